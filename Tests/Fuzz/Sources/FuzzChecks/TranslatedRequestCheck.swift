import Dialects
import NIOCore
import Vocabulary

/// The readers of translated requests: they take what is JSON, say what is wrong in words, and what they take is a request
/// that a server of Chat understands.
enum TranslatedRequestCheck {
    private static let model = "own \"\\\n\u{1}é"

    static func run(_ input: [UInt8], _ endpoint: Endpoint) throws {
        let body = ByteBuffer(bytes: input)
        let translation: Translation
        do throws(GatewayError) {
            translation = try Translation(endpoint, reading: body)
        } catch {
            try promise(error.code == .invalidRequest, "a request is refused as \(error.code): \(error.message)")
            return try promise(!error.message.isEmpty, "a refusal says nothing")
        }
        try promise(JSONOracle.value(input) != nil || JSONOracle.mayRefuse(input), "what is no JSON was taken")
        let written = translation.body(.translated, upstreamModel: self.model, kind: .generic)
        var ahead = translation
        ahead.writeAhead(upstreamModel: self.model, for: ModelServer())
        if !endpoint.countsTokens {
            let again = ahead.body(.translated, upstreamModel: self.model, kind: .generic)
            try promise(again == written, "written ahead it is another")
        }
        try promise(
            written.readableBytes <= 64 * input.count + 65_536,
            "\(input.count) bytes become \(written.readableBytes)"
        )
        // Both readers of JSON must agree that it is some; Foundation's does not take all that there is.
        guard let read = try? JSONValue(reading: written) else {
            throw BrokenPromise("what is written is no JSON: «\(String(buffer: written))»")
        }
        let bytes = Array(written.readableBytesView)
        try promise(
            JSONOracle.object(bytes) != nil || JSONOracle.mayRefuse(bytes),
            "what is written is no JSON for Foundation: «\(String(buffer: written))»"
        )
        try promise(read["model"]?.string == self.model, "the model was not replaced")
        if case .embedContent = endpoint { return try self.inspectEmbeddings(read) }
        try promise((read["stream"]?.bool ?? false) == translation.streams, "the stream was misread")
        try promise(
            (read["stream_options"]?["include_usage"]?.bool ?? false) == translation.streams,
            "nobody asks for the usage"
        )
        try self.inspectMessages(read)
        try self.inspectTools(read)
    }

    private static func inspectEmbeddings(_ read: JSONValue) throws {
        guard let texts = read["input"]?.array else { throw BrokenPromise("no input: \(read.text)") }
        try promise(!texts.isEmpty && texts.allSatisfy { $0.string != nil }, "an input that is no text: \(read.text)")
    }

    private static func inspectMessages(_ read: JSONValue) throws {
        guard let messages = read["messages"]?.array, !messages.isEmpty else {
            throw BrokenPromise("no messages: \(read.text)")
        }
        // Results stand directly behind the calls that they answer.
        var waiting: Set<String> = []
        for message in messages {
            let role = message["role"]?.string ?? ""
            try promise(["system", "user", "assistant", "tool"].contains(role), "the role «\(role)»: \(read.text)")
            let isContent = message["content"]?.string != nil || message["content"]?.array?.isEmpty == false
            let calls = message["tool_calls"]?.array
            try promise(isContent || role == "assistant", "a message without content: \(message.text)")
            if role == "tool" {
                let id = message["tool_call_id"]?.string
                try promise(id != nil, "a result of no call: \(message.text)")
                if let id { waiting.remove(id) }
                continue
            }
            try promise(waiting.isEmpty, "a call without a result: \(read.text)")
            for call in calls ?? [] {
                guard let id = call["id"]?.string, let function = call["function"],
                    function["name"]?.string?.isEmpty == false, function["arguments"]?.string != nil
                else { throw BrokenPromise("a call that is none: \(call.text)") }
                waiting.insert(id)
            }
            try promise(calls == nil || calls?.isEmpty == false, "no calls in a list of calls: \(message.text)")
            try promise(calls == nil || role == "assistant", "calls of the role «\(role)»: \(message.text)")
        }
        try promise(waiting.isEmpty, "a call without a result at the end: \(read.text)")
    }

    private static func inspectTools(_ read: JSONValue) throws {
        let tools = read["tools"]?.array ?? []
        try promise(read["tools"] == nil || !tools.isEmpty, "no tools in a list of tools: \(read.text)")
        var names: Set<String> = []
        for tool in tools {
            guard let function = tool["function"], let name = function["name"]?.string, !name.isEmpty,
                function["parameters"]?.object != nil
            else { throw BrokenPromise("a tool that is none: \(tool.text)") }
            names.insert(name)
        }
        if let chosen = read["tool_choice"]?["function"]?["name"]?.string {
            try promise(names.contains(chosen), "a tool is chosen that is not there: \(read.text)")
        }
        if read["tool_choice"]?.string == "required" {
            try promise(!tools.isEmpty, "a tool is required where none is: \(read.text)")
        }
    }
}

/// Anthropic's Messages.
package enum MessagesRequestCheck: Check {
    package static func run(_ input: [UInt8]) throws { try TranslatedRequestCheck.run(input, .messages) }
}

/// OpenAI's Responses.
package enum ResponsesRequestCheck: Check {
    package static func run(_ input: [UInt8]) throws { try TranslatedRequestCheck.run(input, .responses) }
}

/// Gemini's contents.
package enum GeminiRequestCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        for framing: GeminiStream.Framing? in [nil, .events] {
            try TranslatedRequestCheck.run(input, .generateContent(model: "public", framing: framing))
        }
    }
}

/// Gemini's texts to embed, one or several.
package enum GeminiEmbeddingsCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        for isBatch in [false, true] {
            try TranslatedRequestCheck.run(input, .embedContent(model: "public", isBatch: isBatch))
        }
    }
}

/// What is only to be counted, in each dialect.
package enum TokenCountCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        for endpoint in [.messagesTokenCount, .responsesTokenCount, .geminiTokenCount(model: "public")] as [Endpoint] {
            try TranslatedRequestCheck.run(input, endpoint)
        }
    }
}
