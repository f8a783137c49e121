import Dialects
import NIOCore
import Testing
import Vocabulary

@Suite("What each server is told in Chat")
struct ChatRequestKindTests {
    private func body(_ kind: UpstreamKind, _ change: (inout Conversation) -> Void) throws -> JSONValue {
        var conversation = Conversation(model: "m")
        conversation.messages = [.user([.text("x")])]
        change(&conversation)
        return try JSONValue(reading: ChatRequestWriter(model: "own", kind: kind).body(conversation))
    }

    @Test(
        "thinking is turned off in the way that the server understands",
        arguments: [
            (UpstreamKind.ollama, "none", false), (.vllm, nil, true), (.sglang, nil, true), (.llamaCpp, nil, true),
            (.lmStudio, "none", true), (.generic, "none", true),
        ] as [(UpstreamKind, String?, Bool)]
    )
    func off(kind: UpstreamKind, effort: String?, hasSwitch: Bool) throws {
        let body = try self.body(kind) { $0.reasoning = .off }
        #expect(body["reasoning_effort"]?.string == effort)
        #expect((body["chat_template_kwargs"]?["enable_thinking"]?.bool == false) == hasSwitch)
    }

    @Test(
        "an effort is one that the server takes",
        arguments: [
            (UpstreamKind.ollama, "max", "max"), (.vllm, "max", "high"), (.sglang, "xhigh", "high"),
            (.lmStudio, "minimal", "low"), (.vllm, "medium", "medium"), (.llamaCpp, "high", "high"),
            (.generic, "xhigh", "xhigh"),
        ]
    )
    func effort(kind: UpstreamKind, asked: String, told: String) throws {
        let body = try self.body(kind) { $0.reasoning = .effort(asked) }
        #expect(body["reasoning_effort"]?.string == told)
        #expect(body["chat_template_kwargs"]?["reasoning_effort"]?.string == (kind == .llamaCpp ? told : nil))
    }

    @Test(
        "earlier thoughts have the name that the server reads",
        arguments: [
            (UpstreamKind.ollama, ["reasoning"]), (.vllm, ["reasoning"]), (.llamaCpp, ["reasoning_content"]),
            (.sglang, ["reasoning_content"]), (.generic, ["reasoning_content", "reasoning"]),
        ]
    )
    func thoughts(kind: UpstreamKind, names: [String]) throws {
        var turn = Message.AssistantTurn()
        turn.text = "y"
        turn.reasoning = "Hm"
        let body = try self.body(kind) { $0.messages.append(.assistant(turn)) }
        let keys = body["messages"]?.array?.last?.object?.members.map(\.key) ?? []
        #expect(keys.filter { $0.hasPrefix("reasoning") } == names)
    }

    @Test("LM Studio knows no json_object")
    func json() throws {
        #expect(try self.body(.lmStudio) { $0.output = .json }["response_format"]?["type"]?.string == "json_schema")
        #expect(try self.body(.vllm) { $0.output = .json }["response_format"]?["type"]?.string == "json_object")
    }
}
