import Dialects
import NIOCore
import Vocabulary

/// A streamed Chat answer that was read to its end.
struct ChatStreamRun {
    var events: [AnswerEvent] = []
    var ending: ChatEventStream.Ending
    var usage: Usage?

    init(_ pieces: [ByteBuffer], choices: Int = 1, allowsParallelToolCalls: Bool = true) {
        var conversation = Conversation(model: "m")
        conversation.choices = choices
        conversation.allowsParallelToolCalls = allowsParallelToolCalls
        let identity = AnswerIdentity(digits: "d1d2", created: 0, model: "m")
        var stream = ChatEventStream(conversation, identity: identity)
        for piece in pieces { stream.receive(piece, into: &self.events) }
        self.ending = stream.finish(into: &self.events)
        self.usage = stream.usage
    }

    init(_ text: String, choices: Int = 1, allowsParallelToolCalls: Bool = true) {
        self.init(
            [ByteBuffer(string: text)],
            choices: choices,
            allowsParallelToolCalls: allowsParallelToolCalls
        )
    }

    /// The same stream, cut in two at every byte, and once into single bytes.
    static func cuts(_ bytes: [UInt8]) -> [(name: String, run: ChatStreamRun)] {
        let halves = (0...bytes.count).map { index in
            (
                "cut at \(index)",
                ChatStreamRun([ByteBuffer(bytes: bytes[..<index]), ByteBuffer(bytes: bytes[index...])])
            )
        }
        return halves + [("bytes", ChatStreamRun(bytes.map { ByteBuffer(bytes: [$0]) }))]
    }

    /// One line for each event and one for the end, as they stand in the reference files.
    var lines: String {
        let end =
            switch self.ending {
            case .complete: "complete"
            case .truncated: "truncated"
            case .failed(let error): "failed \(error.code) \(error.message)"
            }
        return (self.events.map(Self.line) + [end]).joined(separator: "\n") + "\n"
    }

    private static func line(_ event: AnswerEvent) -> String {
        switch event {
        case .reasoning(let text, let choice): "reasoning[\(choice)] \(String(buffer: text.bytes))"
        case .text(let text, let choice): "text[\(choice)] \(String(buffer: text.bytes))"
        case .refusal(let text, let choice): "refusal[\(choice)] \(String(buffer: text.bytes))"
        case .toolCall(let index, let id, let name, let choice):
            "call[\(choice)].\(index) \(id) \(String(buffer: name.bytes))"
        case .toolArguments(let text, let index, let choice):
            "arguments[\(choice)].\(index) \(String(buffer: text.bytes))"
        case .logprobs(let value, let choice): "logprobs[\(choice)] \(value.text)"
        case .finish(.stopSequence(let text), let choice): "finish[\(choice)] stopSequence \(text)"
        case .finish(let reason, let choice): "finish[\(choice)] \(reason)"
        case .usage(let usage):
            "usage in=\(usage.input) cached=\(usage.cachedInput) out=\(usage.output) reasoning=\(usage.reasoning)"
        }
    }
}
