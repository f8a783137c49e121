import Dialects
import NIOCore
import StreamCheckers
import Vocabulary

/// The translators of streams: cuts change nothing, and whatever a model server sends, what comes out is a stream of the
/// dialect with its own end or its own error.
enum TranslatedStreamCheck {
    private static let identity = AnswerIdentity(digits: "0123456789abcdef01234567", created: 1, model: "public")

    /// - Parameters:
    ///   - request: the body of a request, whose answer the input is.
    ///   - faults: what is wrong with a stream, by the dialect's checker.
    static func run(
        _ input: [UInt8],
        _ endpoint: Endpoint,
        _ request: String,
        _ faults: (ByteBuffer) -> [String]
    ) throws {
        let translation = try Translation(endpoint, reading: ByteBuffer(string: request))
        let pieces = Pieces(input)
        let whole = try self.translate([pieces.whole], translation)
        let cut = try self.translate(pieces.cut, translation)
        try promise(whole == cut, "cuts change the stream: \(String(buffer: whole)) and \(String(buffer: cut))")
        let waited = try self.translate(pieces.cut, translation, keepsAlive: true)
        for bytes in [whole, waited] where bytes.readableBytes > 0 {
            let text = String(validating: bytes.readableBytesView, as: UTF8.self)
            try promise(text != nil, "the stream is no UTF-8: «\(String(buffer: bytes))»")
            let found = faults(bytes)
            try promise(found.isEmpty, "\(found): «\(String(buffer: bytes))»")
            try promise(
                bytes.readableBytes <= 64 * input.count + 65_536,
                "\(input.count) bytes become \(bytes.readableBytes)"
            )
        }
    }

    /// Drives the translator as the gateway does; empty where the answer would be an error before any stream.
    private static func translate(
        _ pieces: [ByteBuffer],
        _ translation: Translation,
        keepsAlive: Bool = false
    ) throws -> ByteBuffer {
        guard let writer = translation.makeWriter(self.identity) else { throw BrokenPromise("no writer") }
        var stream = TranslatedStream(reader: translation.makeReader(self.identity), writer: writer)
        var out = ByteBuffer()
        for (index, piece) in pieces.enumerated() {
            if stream.hasEnded { break }
            out.writeImmutableBuffer(stream.receive(piece))
            if keepsAlive, !stream.hasEnded {
                out.writeImmutableBuffer(stream.keepAlive(minute: index.isMultiple(of: 2)))
            }
        }
        switch stream.finish(now: 2) {
        case .complete(let rest): out.writeImmutableBuffer(rest)
        case .failed(let error, let said):
            try promise(!error.message.isEmpty, "an error without words")
            out.writeImmutableBuffer(said)
            if out.readableBytes > 0 { out.writeImmutableBuffer(stream.fail(error)) }
        }
        return out
    }
}

/// Streams of Chat into Anthropic's Messages.
package enum ChatToMessagesCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        let hello = #""model":"public","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hello"}]"#
        let tools = #""tools":[{"name":"f","input_schema":{"type":"object"}}]"#
        for request in [
            "{\(hello)}", #"{\#(hello),\#(tools),"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}"#,
        ] {
            try TranslatedStreamCheck.run(input, .messages, request) { MessagesStreamChecker($0).problems }
        }
    }
}

/// Streams of Chat into OpenAI's Responses.
package enum ChatToResponsesCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        let hello = #""model":"public","stream":true,"input":"Hello""#
        let tools =
            #"[{"type":"custom","name":"f"},{"type":"namespace","name":"n","tools":[{"type":"function","name":"g"}]}]"#
        for request in ["{\(hello)}", #"{\#(hello),"tools":\#(tools),"parallel_tool_calls":false}"#] {
            try TranslatedStreamCheck.run(input, .responses, request) { ResponsesStreamChecker($0).faults }
        }
    }
}

/// Streams of Chat into Gemini's, as events and as an array.
package enum ChatToGeminiCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        let hello = #""contents":[{"parts":[{"text":"Hello"}]}]"#
        let enumeration = #"{"responseMimeType":"text/x.enum","responseSchema":{"type":"STRING","enum":["a","b"]}}"#
        for (config, framing) in [
            (#"{"thinkingConfig":{"includeThoughts":true}}"#, .events), (#"{"candidateCount":2}"#, .array),
            (enumeration, .events),
        ] as [(String, GeminiStream.Framing)] {
            let endpoint = Endpoint.generateContent(model: "public", framing: framing)
            let request = #"{\#(hello),"generationConfig":\#(config)}"#
            try TranslatedStreamCheck.run(input, endpoint, request) { bytes in
                do {
                    _ = try GeminiStreamCheck(bytes, framing)
                    return []
                } catch {
                    return ["\(error)"]
                }
            }
        }
    }
}
