import NIOCore
import Vocabulary

@testable import Dialects

/// A stream that was read to its end, and what became of it.
struct StreamRun: Equatable {
    var text = ""
    var ending: String
    var usage: Usage?
    var hasFailed: Bool

    /// - Parameter pieces: what comes from the upstream, one after the other.
    init(_ pieces: [ByteBuffer], keepsUsage: Bool = false) {
        var stream = ChatStream(publicModel: "public", keepsUsage: keepsUsage)
        for piece in pieces {
            if let bytes = stream.receive(piece) { self.text += String(buffer: bytes) }
        }
        switch stream.finish() {
        case .complete(let rest):
            self.ending = "complete"
            if let rest { self.text += String(buffer: rest) }
        case .truncated: self.ending = "truncated"
        case .failed: self.ending = "failed"
        }
        self.usage = stream.usage
        self.hasFailed = stream.hasFailed
    }

    init(_ text: String, keepsUsage: Bool = false) {
        self.init([ByteBuffer(string: text)], keepsUsage: keepsUsage)
    }

    /// The same stream, cut in two at every byte and once into single bytes.
    static func cuts(_ text: String, keepsUsage: Bool = false) -> [StreamRun] {
        let bytes = Array(text.utf8)
        let halves = (0...bytes.count).map { index in
            StreamRun(
                [ByteBuffer(bytes: bytes[..<index]), ByteBuffer(bytes: bytes[index...])],
                keepsUsage: keepsUsage
            )
        }
        return halves + [StreamRun(bytes.map { ByteBuffer(bytes: [$0]) }, keepsUsage: keepsUsage)]
    }
}

/// Events as OpenAI's API sends them (OpenAI API reference, "chat completion chunk object").
enum Events {
    static func data(_ json: String) -> String { "data: \(json)\n\n" }

    static func word(_ model: String = "own") -> String {
        self.data(
            #"{"id":"c","model":"\#(model)","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}"#
        )
    }

    static func stop(_ model: String = "own") -> String {
        self.data(#"{"id":"c","model":"\#(model)","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)
    }

    static func usage(_ model: String = "own") -> String {
        self.data(
            #"{"id":"c","model":"\#(model)","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5,"total_tokens":8}}"#
        )
    }

    static let done = "data: [DONE]\n\n"
}
