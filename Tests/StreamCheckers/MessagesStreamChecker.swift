package import Dialects
package import NIOCore

/// Reads a stream of Messages as the SDKs do and finds what is wrong with its grammar.
package struct MessagesStreamChecker {
    package struct Block: Equatable {
        package var type: String
        /// The text, the thoughts or the arguments.
        package var text = ""
        package var signature = ""
        package var id = ""
        package var name = ""

        package init(type: String, text: String = "", signature: String = "", id: String = "", name: String = "") {
            self.type = type
            self.text = text
            self.signature = signature
            self.id = id
            self.name = name
        }
    }

    package enum End: Equatable {
        case whole
        case error
        case none
    }

    package private(set) var problems: [String] = []
    package private(set) var blocks: [Block] = []
    package private(set) var end = End.none
    package private(set) var stopReason: String?
    package private(set) var usage: JSONValue?
    package private(set) var longestEvent = 0
    package private(set) var pings = 0
    private var hasBegun = false
    private var isOpen = false
    private var hasDelta = false

    package init(_ bytes: ByteBuffer) {
        let text = String(buffer: bytes)
        if !text.isEmpty, !text.hasSuffix("\n\n") { self.problems.append("the last event has no end") }
        // By bytes: a text may hold whatever else Swift takes for a line's end.
        for event in Array(text.utf8).split(separator: [0x0A, 0x0A]) { self.take(Array(event)) }
        if self.end == .none { self.problems.append("no end") }
    }

    private mutating func take(_ event: [UInt8]) {
        self.longestEvent = max(self.longestEvent, event.count)
        let lines = event.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        // A comment, which clients bear at any place.
        if lines.count == 1, lines[0].hasPrefix(":") { return }
        guard lines.count == 2, lines[0].hasPrefix("event: "), lines[1].hasPrefix("data: ") else {
            return self.problems.append("not two lines: \(lines)")
        }
        guard let data = try? JSONValue(reading: String(lines[1].dropFirst(6))) else {
            return self.problems.append("no JSON: \(lines[1].prefix(200))")
        }
        let type = data["type"]?.string ?? ""
        if type != lines[0].dropFirst(7) { self.problems.append("event and type differ: \(lines[0]) \(type)") }
        if self.end != .none { self.problems.append("\(type) behind the end") }
        if type != "message_start", type != "error", !self.hasBegun { self.problems.append("\(type) before the start") }
        self.take(type, data)
    }

    private mutating func take(_ type: String, _ data: JSONValue) {
        switch type {
        case "message_start": self.start(data)
        case "ping": self.pings += 1
        case "content_block_start": self.startBlock(data)
        case "content_block_delta": self.delta(data)
        case "content_block_stop": self.stopBlock(data)
        case "message_delta":
            if self.isOpen { self.problems.append("a block is open at the end") }
            if self.hasDelta { self.problems.append("two message_delta") }
            self.hasDelta = true
            self.stopReason = data["delta"]?["stop_reason"]?.string
            if self.stopReason == nil { self.problems.append("no stop_reason") }
            self.usage = data["usage"]
            if self.usage?["output_tokens"]?.int == nil { self.problems.append("no output_tokens") }
            for (_, value) in (self.usage?.object?.members ?? []).map({ ($0.key, $0.value) }) {
                if let int = value.int, int < 0 { self.problems.append("negative usage") }
            }
        case "message_stop":
            if !self.hasDelta { self.problems.append("no message_delta") }
            self.end = .whole
        case "error":
            if data["error"]?["type"]?.string == nil || data["error"]?["message"]?.string == nil {
                self.problems.append("an error without words")
            }
            if data["request_id"]?.string?.hasPrefix("req_") != true { self.problems.append("no request_id") }
            self.end = .error
        default: self.problems.append("unknown event \(type)")
        }
    }

    private mutating func start(_ data: JSONValue) {
        if self.hasBegun { self.problems.append("two starts") }
        self.hasBegun = true
        let message = data["message"]
        let isRight =
            message?["content"] == [] && message?["role"] == "assistant" && message?["type"] == "message"
            && message?["usage"]?["input_tokens"]?.int != nil && message?["usage"]?["output_tokens"]?.int != nil
            && message?["id"]?.string?.hasPrefix("msg_") == true && message?["model"]?.string != nil
        if !isRight { self.problems.append("message_start: \(data.text)") }
    }

    private mutating func startBlock(_ data: JSONValue) {
        if self.isOpen { self.problems.append("two open blocks") }
        if self.hasDelta { self.problems.append("a block behind message_delta") }
        if data["index"]?.int != self.blocks.count { self.problems.append("index \(data["index"]?.text ?? "missing")") }
        self.isOpen = true
        let start = data["content_block"]
        var block = Block(type: start?["type"]?.string ?? "")
        switch block.type {
        case "text": if start?["text"] != "" { self.problems.append("text's start") }
        case "thinking":
            if start?["thinking"] != "" || start?["signature"] != "" { self.problems.append("thinking's start") }
        case "tool_use":
            block.id = start?["id"]?.string ?? ""
            block.name = start?["name"]?.string ?? ""
            if start?["input"] != [:] || block.id.isEmpty || block.name.isEmpty { self.problems.append("call's start") }
        default: self.problems.append("block of type \(block.type)")
        }
        self.blocks.append(block)
    }

    private mutating func delta(_ data: JSONValue) {
        guard self.isOpen, data["index"]?.int == self.blocks.count - 1 else {
            return self.problems.append("a delta of no open block")
        }
        let last = self.blocks.count - 1
        let delta = data["delta"]
        let text: String?
        switch (self.blocks[last].type, delta?["type"]?.string) {
        case ("text", "text_delta"): text = delta?["text"]?.string
        case ("thinking", "thinking_delta"):
            text = delta?["thinking"]?.string
            if !self.blocks[last].signature.isEmpty { self.problems.append("thinking behind its signature") }
        case ("tool_use", "input_json_delta"): text = delta?["partial_json"]?.string
        case ("thinking", "signature_delta"):
            self.blocks[last].signature += delta?["signature"]?.string ?? ""
            return
        default: return self.problems.append("\(delta?["type"]?.text ?? "") in \(self.blocks[last].type)")
        }
        guard let text, !text.isEmpty else { return self.problems.append("a delta without text") }
        self.blocks[last].text += text
    }

    private mutating func stopBlock(_ data: JSONValue) {
        guard self.isOpen, data["index"]?.int == self.blocks.count - 1, let block = self.blocks.last else {
            return self.problems.append("a stop of no open block")
        }
        self.isOpen = false
        switch block.type {
        case "thinking" where block.signature.isEmpty: self.problems.append("no signature")
        // A tool of this name asked for its arguments as they come, broken or not.
        case "tool_use" where block.name != "eager" && (try? JSONValue(reading: block.text))?.object == nil:
            self.problems.append("arguments that are no object: \(block.text.prefix(100))")
        default: break
        }
    }
}
