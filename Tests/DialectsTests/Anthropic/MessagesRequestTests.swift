import Testing
import Vocabulary

@testable import Dialects

/// What the members of a Messages request mean (Anthropic, "Messages").
@Suite("Requests of Messages")
struct MessagesRequestTests {
    @Test("a small request")
    func small() throws {
        let request = try MessagesRequest(reading: MessagesRequest.hello)
        var expected = Conversation(model: "gemma-home")
        expected.messages = [.user([.text("Hello")])]
        expected.maximumTokens = 100
        expected.streams = true
        #expect(request.conversation == expected)
        #expect(request.thinkingDisplay == .whole && request.eagerTools.isEmpty && request.droppedTools.isEmpty)
    }

    @Test("the count of tokens needs no limit")
    func tokenCount() throws {
        var body = try #require(MessagesRequest.hello.object)
        body["max_tokens"] = nil
        #expect(try MessagesRequest(reading: .object(body), for: .tokenCount).conversation.maximumTokens == nil)
        let fault = #expect(throws: GatewayError.self) { try MessagesRequest(reading: .object(body)) }
        #expect(fault?.parameter == "max_tokens" && fault?.message == "max_tokens: is required.")
    }

    @Test(
        "thinking and effort",
        arguments: [
            ([:], nil, .whole),
            (["thinking": ["type": "adaptive"]], nil, .whole),
            (["thinking": ["type": "between_tools"]], nil, .whole),
            (["thinking": ["type": "adaptive", "display": "omitted"]], nil, .omitted),
            (["thinking": ["type": "enabled", "budget_tokens": 1024]], .effort("low"), .whole),
            (["thinking": ["type": "enabled", "budget_tokens": 20000]], .effort("high"), .whole),
            (["thinking": ["type": "disabled"]], .off, .none),
            (["thinking": ["type": "disabled"], "output_config": ["effort": "max"]], .off, .none),
            (["thinking": ["type": "adaptive"], "output_config": ["effort": "max"]], .effort("max"), .whole),
            (
                ["thinking": ["type": "enabled", "budget_tokens": 1024], "output_config": ["effort": "high"]],
                .effort("high"), .whole
            ),
        ] as [([String: JSONValue], Conversation.Reasoning?, MessagesRequest.ThinkingDisplay)]
    )
    func thinking(
        _ members: [String: JSONValue],
        _ reasoning: Conversation.Reasoning?,
        _ display: MessagesRequest.ThinkingDisplay
    ) throws {
        let request = try MessagesRequest(with: members)
        #expect(request.conversation.reasoning == reasoning)
        #expect(request.thinkingDisplay == display)
    }

    @Test(
        "the choice of tools",
        arguments: [
            (["type": "auto"], .automatic, nil), (["type": "any"], .required, nil),
            (["type": "none"], Conversation.ToolChoice.none, nil), (["type": "tool", "name": "f"], .tool("f"), nil),
            (["type": "auto", "disable_parallel_tool_use": true], .automatic, false),
            (["type": "any", "disable_parallel_tool_use": false], .required, nil),
        ] as [(JSONValue, Conversation.ToolChoice, Bool?)]
    )
    func toolChoice(_ choice: JSONValue, _ expected: Conversation.ToolChoice, _ isParallel: Bool?) throws {
        let tools: JSONValue = [["name": "f", "input_schema": [:], "eager_input_streaming": true]]
        let request = try MessagesRequest(with: ["tools": tools, "tool_choice": choice])
        #expect(request.conversation.toolChoice == expected)
        #expect(request.conversation.allowsParallelToolCalls == isParallel)
        #expect(request.eagerTools == ["f"])
    }

    @Test("tools of Anthropic's servers are dropped, and members that change nothing are borne")
    func dropped() throws {
        let request = try MessagesRequest(with: [
            "tools": [["type": "web_search_20250305", "name": "web_search"], ["type": "mcp_toolset"]],
            "cache_control": ["type": "ephemeral"], "service_tier": "auto", "context_management": ["edits": []],
            "container": nil, "mcp_servers": [], "speed": "fast", "min_p": 0, "nonsense": 1,
            "output_format": ["type": "json_schema", "schema": ["type": "object"]],
        ])
        #expect(request.droppedTools == ["web_search", "mcp_toolset"] && request.conversation.tools.isEmpty)
        #expect(request.conversation.extras == JSONObject([("min_p", 0)]))
        let schema = Conversation.OutputFormat.Schema(name: "output", schema: ["type": "object"], isStrict: true)
        #expect(request.conversation.output == .schema(schema))
    }

    @Test(
        "what is wrong is refused by its name",
        arguments: [
            (["model": 1], "model"), (["model": ""], "model"), (["model": nil], "model"),
            (["max_tokens": "many"], "max_tokens"), (["max_tokens": 0], "max_tokens"), (["stream": 1], "stream"),
            (["messages": []], "messages"), (["messages": "Hi"], "messages"), (["messages": [1]], "messages.0"),
            (["messages": [["role": "user", "content": []]]], "messages"),
            (["messages": [["role": "tool", "content": "x"]]], "messages.0.role"),
            (["messages": [["role": "user"]]], "messages.0.content"),
            (["messages": [["role": "user", "content": 1]]], "messages.0.content"),
            (["messages": [["role": "user", "content": [["text": "x"]]]]], "messages.0.content.0.type"),
            (["messages": [["role": "user", "content": [["type": "text"]]]]], "messages.0.content.0.text"),
            (["messages": [["role": "user", "content": [["type": "video"]]]]], "messages.0.content.0.type"),
            (["messages": [["role": "assistant", "content": [["type": "image"]]]]], "messages.0.content.0.type"),
            (
                [
                    "messages": [
                        [
                            "role": "assistant",
                            "content": [["type": "tool_use", "id": "a", "name": "f", "input": "{}"]],
                        ]
                    ]
                ],
                "messages.0.content.0.input"
            ),
            (
                ["messages": [["role": "user", "content": [["type": "tool_result"]]]]],
                "messages.0.content.0.tool_use_id"
            ),
            (["system": 1], "system"), (["system": [["type": "image"]]], "system.0.type"),
            (["temperature": "hot"], "temperature"), (["top_k": true], "top_k"),
            (["stop_sequences": "x"], "stop_sequences"), (["stop_sequences": ["a", ""]], "stop_sequences.1"),
            (["metadata": ["user_id": 1]], "metadata.user_id"), (["thinking": ["type": "deep"]], "thinking.type"),
            (["thinking": ["type": "enabled"]], "thinking.budget_tokens"),
            (["thinking": ["type": "adaptive", "display": "loud"]], "thinking.display"),
            (["output_config": ["effort": "huge"]], "output_config.effort"), (["output_config": 1], "output_config"),
            (["output_config": ["format": ["type": "xml"]]], "output_config.format.type"),
            (["output_config": ["format": ["type": "json_schema"]]], "output_config.format.schema"),
            (["tools": [["input_schema": [:]]]], "tools.0.name"), (["tools": [["name": "f"]]], "tools.0.input_schema"),
            (["tools": [["name": "f", "input_schema": "x"]]], "tools.0.input_schema"),
            (["tool_choice": "auto"], "tool_choice"), (["tool_choice": ["type": "any"]], "tool_choice"),
            (["tool_choice": ["type": "some"]], "tool_choice.type"),
            (["tool_choice": ["type": "tool", "name": "f"]], "tool_choice.name"),
            (
                [
                    "tools": [["type": "bash_20250124", "name": "bash"]],
                    "tool_choice": ["type": "tool", "name": "bash"],
                ], "tool_choice.name"
            ),
            (["container": "c_1"], "container"), (["mcp_servers": [["type": "url"]]], "mcp_servers"),
        ] as [([String: JSONValue], String)]
    )
    func refused(_ members: [String: JSONValue], _ parameter: String) throws {
        let fault = try #require(throws: GatewayError.self) { try MessagesRequest(with: members) }
        #expect(fault.code == .invalidRequest && fault.parameter == parameter)
        #expect(fault.message.hasPrefix("\(parameter): ") && fault.message.hasSuffix("."))
    }

    @Test("a body that is no object is refused", arguments: [.null, [], "x", 1] as [JSONValue])
    func noObject(_ body: JSONValue) {
        let fault = #expect(throws: GatewayError.self) { try MessagesRequest(reading: body) }
        #expect(fault?.code == .invalidRequest && fault?.parameter == nil)
    }
}
