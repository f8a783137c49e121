package import NIOCore
import Vocabulary

extension Anthropic {
    /// A whole answer: what the model thought, what it says, what it calls.
    package static func reply(_ reply: Reply, to request: MessagesRequest, identity: AnswerIdentity) -> ByteBuffer {
        let choice = reply.choices.first ?? Reply.Choice(finish: .stop)
        var blocks = BlockList(body: ByteBuffer())
        blocks.body.writeMessageHead(identity)
        Self.write(choice, display: request.thinkingDisplay, identity, to: &blocks)
        var body = blocks.body
        body.writeStaticString("],")
        body.writeStop(
            StopReason(choice.finish, hasCalls: !choice.toolCalls.isEmpty, hasRefused: choice.refusal != nil)
        )
        body.writeStaticString(",\"usage\":{")
        body.writeUsage(reply.usage ?? Usage(output: Self.estimatedTokens(choice)))
        body.writeStaticString("}}")
        return body
    }

    private struct BlockList {
        var body: ByteBuffer
        var count = 0

        mutating func begin(_ type: StaticString) {
            if self.count > 0 { self.body.writeStaticString(",") }
            self.count += 1
            self.body.writeStaticString("{\"type\":\"")
            self.body.writeStaticString(type)
            self.body.writeStaticString("\"")
        }
    }

    private static func write(
        _ choice: Reply.Choice,
        display: MessagesRequest.ThinkingDisplay,
        _ identity: AnswerIdentity,
        to blocks: inout BlockList
    ) {
        if display != .none, !choice.reasoning.allSatisfy(\.isWhitespace) {
            blocks.begin("thinking")
            blocks.body.writeStaticString(",\"thinking\":")
            blocks.body.writeJSONString(display == .omitted ? "" : choice.reasoning)
            blocks.body.writeStaticString(",\"signature\":")
            blocks.body.writeJSONString(ThinkingSignature.text(identity, position: 0))
            blocks.body.writeStaticString("}")
        }
        let text = choice.text + (choice.refusal ?? "")
        let isAlone = blocks.count == 0 && choice.toolCalls.isEmpty
        if isAlone ? !text.isEmpty : !text.allSatisfy(\.isWhitespace) {
            blocks.begin("text")
            blocks.body.writeStaticString(",\"text\":")
            blocks.body.writeJSONString(text)
            blocks.body.writeStaticString("}")
        }
        for call in choice.toolCalls {
            blocks.begin("tool_use")
            blocks.body.writeStaticString(",\"id\":")
            blocks.body.writeJSONString(call.id)
            blocks.body.writeStaticString(",\"name\":")
            blocks.body.writeJSONString(call.name)
            blocks.body.writeStaticString(",\"input\":")
            blocks.body.writeString(ToolInput.object(of: call.arguments))
            blocks.body.writeStaticString("}")
        }
    }

    /// About four bytes a token, for servers that do not count.
    private static func estimatedTokens(_ choice: Reply.Choice) -> Int {
        let calls = choice.toolCalls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
        return (choice.reasoning.utf8.count + choice.text.utf8.count + (choice.refusal ?? "").utf8.count + calls + 3)
            / 4
    }
}
