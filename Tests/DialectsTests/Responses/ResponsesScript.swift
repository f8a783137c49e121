import NIOCore
import Vocabulary

@testable import Dialects

/// What a model server says, one JSON object a line, as the files in `Reference` have it.
struct ResponsesScript {
    enum Step {
        case event(AnswerEvent)
        case keepAlive(minute: Bool)
        case fail(GatewayError)
        case finish
    }

    var steps: [Step]

    init(steps: [Step]) {
        self.steps = steps
    }

    init(reading text: String) throws {
        self.steps = try text.split(separator: "\n").map { try Self.step(JSONValue(reading: String($0))) }
    }

    private static func step(_ line: JSONValue) throws -> Step {
        if let text = line["text"]?.string { return .event(.text(EscapedText(text), choice: 0)) }
        if let text = line["raw"]?.string { return .event(.text(EscapedText(ByteBuffer(string: text)), choice: 0)) }
        if let text = line["reasoning"]?.string { return .event(.reasoning(EscapedText(text), choice: 0)) }
        if let text = line["refusal"]?.string { return .event(.refusal(EscapedText(text), choice: 0)) }
        if let index = line["call"]?.int {
            let name = EscapedText(line["name"]?.string ?? "")
            return .event(.toolCall(index: index, id: line["id"]?.string ?? "", name: name, choice: 0))
        }
        if let text = line["arguments"]?.string {
            return .event(.toolArguments(EscapedText(text), index: line["of"]?.int ?? 0, choice: 0))
        }
        if let value = line["logprobs"] { return .event(.logprobs(value, choice: 0)) }
        if let reason = line["finish"]?.string.flatMap({ Self.reasons[$0] }) {
            return .event(.finish(reason, choice: 0))
        }
        if let usage = line["usage"]?.array?.compactMap(\.int) {
            let value = Usage(input: usage[0], cachedInput: usage[1], output: usage[2], reasoning: usage[3])
            return .event(.usage(value))
        }
        if let minute = line["keepAlive"]?.bool { return .keepAlive(minute: minute) }
        if let message = line["fail"]?.string { return .fail(GatewayError(.upstreamFailed, message)) }
        return .finish
    }

    private static let reasons: [String: FinishReason] = [
        "stop": .stop, "length": .length, "tool_calls": .toolCalls, "content_filter": .contentFilter,
    ]

    /// Plays it into a stream that begins first; every step's bytes.
    func play(into stream: inout ResponsesStream) -> [ByteBuffer] {
        var told: [ByteBuffer] = []
        func take(_ body: (inout ByteBuffer) -> Void) {
            var bytes = ByteBuffer()
            body(&bytes)
            told.append(bytes)
        }
        take { stream.begin(into: &$0) }
        for step in self.steps {
            switch step {
            case .event(let event): take { stream.write(event, into: &$0) }
            case .keepAlive(let minute): take { stream.keepAlive(minute: minute, into: &$0) }
            case .fail(let error): take { stream.fail(error, into: &$0) }
            case .finish: take { stream.finish(into: &$0) }
            }
        }
        return told
    }
}

extension AnswerIdentity {
    static let test = AnswerIdentity(digits: "0123456789abcdef01234567", created: 1_790_000_000, model: "demo")
}

extension ResponsesStream {
    /// The items that `response.output_item.done` told, once the stream has ended.
    var output: [JSONValue] { self.items.map(\.value) }
}

extension ResponsesRequest {
    init(text: String, generates: Bool = true) throws {
        try self.init(reading: JSONValue(reading: text), generates: generates)
    }
}
