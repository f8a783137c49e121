import NIOCore

/// One item of a response's output, from its beginning to its end.
struct OutputItem: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case reasoning
        case message
        case functionCall
        case customToolCall
    }

    enum Status: String, Hashable, Sendable {
        case inProgress = "in_progress"
        case completed
        case incomplete

        /// What the model's stop makes of the items that it was at.
        init(_ reason: FinishReason) {
            switch reason {
            case .length, .contentFilter: self = .incomplete
            case .stop, .stopSequence, .toolCalls: self = .completed
            }
        }
    }

    /// A part of a message.
    struct Part: Hashable, Sendable {
        var isRefusal: Bool
        var text = EscapedText()
        var logprobs: [JSONValue] = []
    }

    /// What a call is made with.
    struct Call: Hashable, Sendable {
        var id: String
        /// As the caller knows it.
        var name: EscapedText
        var namespace: String?
        /// As the model writes it: for a custom tool too, an object around its input.
        var arguments = EscapedText()
    }

    let kind: Kind
    let id: String
    /// The item's place in the output.
    let index: Int
    var status = Status.inProgress
    /// Of a message; the last one may be open.
    var parts: [Part] = []
    /// Of reasoning: all of it, as one summary.
    var summary = EscapedText()
    /// Of reasoning that the caller wants to send back.
    var encryptedContent: String?
    /// Of a call.
    var call: Call?
    /// The first half of an escaped pair of surrogates that a delta ended with.
    private var half = EscapedText()

    init(_ kind: Kind, index: Int, digits: String) {
        self.kind = kind
        self.index = index
        let prefix =
            switch kind {
            case .reasoning: "rs"
            case .message: "msg"
            case .functionCall: "fc"
            case .customToolCall: "ctc"
            }
        self.id = "\(prefix)_\(digits)_\(index)"
    }

    /// What of a piece of text can be told at once. Half of a pair of surrogates waits for the other one: strict
    /// parsers, such as Codex's, refuse an event that has a half alone.
    mutating func whole(_ text: EscapedText) -> EscapedText {
        if self.half.isEmpty, !text.endsInHalfPair { return text }
        var text = text
        if !self.half.isEmpty {
            self.half.append(text)
            text = self.half
            self.half = EscapedText()
        }
        guard text.endsInHalfPair else { return text }
        var bytes = text.bytes
        let start = bytes.readSlice(length: bytes.readableBytes - 6) ?? ByteBuffer()
        self.half = EscapedText(bytes)
        return EscapedText(start)
    }

    /// What still waits for its other half when no more text comes: a character that is none.
    mutating func rest() -> EscapedText {
        defer { self.half = EscapedText() }
        return self.half.isEmpty ? EscapedText() : EscapedText("\u{FFFD}")
    }

    /// The arguments as they are told at the end; Chat's servers leave them empty for a function without parameters.
    var finalArguments: EscapedText {
        guard let call = self.call, !call.arguments.isEmpty else { return EscapedText("{}") }
        return call.arguments
    }

    /// What a custom tool is called with: the text that the model put into the object, or all of it when it wrote no
    /// such object.
    var customInput: EscapedText {
        guard let arguments = self.call?.arguments, let text = arguments.unescaped,
            let object = try? JSONValue(reading: text), let input = object["input"]?.string
        else { return self.call?.arguments ?? EscapedText() }
        return EscapedText(input)
    }

    /// The item as it is stored.
    var value: JSONValue {
        var bytes = ByteBuffer()
        self.write(into: &bytes)
        // It was written as JSON; were a model server's escape none, nothing of the item could be kept.
        return (try? JSONValue(reading: bytes)) ?? .null
    }
}

// MARK: - As JSON

extension OutputItem {
    /// Writes the item; while it is in progress, without its content.
    func write(into bytes: inout ByteBuffer) {
        bytes.writeStaticString("{\"id\":\"")
        bytes.writeString(self.id)
        bytes.writeStaticString("\",\"type\":")
        switch self.kind {
        case .reasoning: self.writeReasoning(into: &bytes)
        case .message: self.writeMessage(into: &bytes)
        case .functionCall:
            bytes.writeStaticString("\"function_call\"")
            self.writeCall(into: &bytes)
            bytes.writeStaticString(",\"arguments\":")
            bytes.writeJSONString(self.status == .inProgress ? EscapedText() : self.finalArguments)
        case .customToolCall:
            bytes.writeStaticString("\"custom_tool_call\"")
            self.writeCall(into: &bytes)
            bytes.writeStaticString(",\"input\":")
            bytes.writeJSONString(self.status == .inProgress ? EscapedText() : self.customInput)
        }
        bytes.writeStaticString(",\"status\":\"")
        bytes.writeString(self.status.rawValue)
        bytes.writeStaticString("\"}")
    }

    private func writeReasoning(into bytes: inout ByteBuffer) {
        bytes.writeStaticString("\"reasoning\",\"summary\":[")
        if self.status != .inProgress { self.writeSummaryPart(into: &bytes) }
        bytes.writeStaticString("]")
        if let content = self.encryptedContent {
            bytes.writeStaticString(",\"encrypted_content\":")
            bytes.writeJSONString(content)
        }
    }

    /// The one part of a summary.
    func writeSummaryPart(into bytes: inout ByteBuffer) {
        bytes.writeStaticString("{\"type\":\"summary_text\",\"text\":")
        bytes.writeJSONString(self.summary)
        bytes.writeStaticString("}")
    }

    private func writeMessage(into bytes: inout ByteBuffer) {
        bytes.writeStaticString("\"message\",\"role\":\"assistant\",\"content\":[")
        if self.status != .inProgress {
            for (index, part) in self.parts.enumerated() {
                if index > 0 { bytes.writeStaticString(",") }
                part.write(into: &bytes)
            }
        }
        bytes.writeStaticString("]")
    }

    private func writeCall(into bytes: inout ByteBuffer) {
        guard let call = self.call else { return }
        bytes.writeStaticString(",\"call_id\":")
        bytes.writeJSONString(call.id)
        bytes.writeStaticString(",\"name\":")
        bytes.writeJSONString(call.name)
        if let namespace = call.namespace {
            bytes.writeStaticString(",\"namespace\":")
            bytes.writeJSONString(namespace)
        }
    }
}

extension OutputItem.Part {
    func write(into bytes: inout ByteBuffer) {
        if self.isRefusal {
            bytes.writeStaticString("{\"type\":\"refusal\",\"refusal\":")
            bytes.writeJSONString(self.text)
            bytes.writeStaticString("}")
        } else {
            bytes.writeStaticString("{\"type\":\"output_text\",\"text\":")
            bytes.writeJSONString(self.text)
            bytes.writeStaticString(",\"annotations\":[],\"logprobs\":")
            bytes.writeJSON(.array(self.logprobs))
            bytes.writeStaticString("}")
        }
    }
}
