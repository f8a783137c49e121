import Dialects

/// The conversations whose bodies stand in `Reference/Requests`.
enum ChatConversations {
    static let all: [(name: String, conversation: Conversation)] = [
        ("plain", Self.make([.user([.text("Hi")])])),
        ("streamed", Self.make([.user([.text("Hi")])]) { $0.streams = true }),
        ("system-in-front", Self.systems),
        ("several-texts", Self.make([.user([.text("one"), .text("two \"2\"\n")]), .user([])])),
        ("parts", Self.parts),
        ("tool-results", Self.toolResults),
        ("tool-result-late", Self.lateResult),
        ("tool-result-with-image", Self.resultWithImage),
        ("tool-result-alone", Self.make([.toolResult(.init(callID: "x", parts: [.text("r")])), .user([.text("?")])])),
        ("same-call-id-in-two-turns", Self.sameID),
        ("assistant", Self.assistant),
        ("tools", Self.tools(.automatic)),
        ("tools-none", Self.tools(.none)),
        ("tools-one", Self.tools(.tool("g"))),
        ("tools-required", Self.tools(.required) { $0.allowsParallelToolCalls = false }),
        (
            "choice-without-tools",
            Self.make([.user([.text("Hi")])]) {
                $0.toolChoice = .required
                $0.allowsParallelToolCalls = true
            }
        ),
        ("everything", Self.everything),
        ("json", Self.make([.user([.text("Hi")])]) { $0.output = .json }),
        (
            "schema",
            Self.make([.user([.text("Hi")])]) {
                $0.output = .schema(.init(name: "out", schema: ["type": "object"], isStrict: true, description: "d"))
            }
        ),
        (
            "thinking-off",
            Self.make([.user([.text("Hi")])]) {
                $0.reasoning = .off
                $0.extras["chat_template_kwargs"] = ["enable_thinking": true, "x": 1]
            }
        ),
        ("thinking-effort", Self.make([.user([.text("Hi")])]) { $0.reasoning = .effort("high") }),
    ]

    private static func make(
        _ messages: [Message],
        _ change: (inout Conversation) -> Void = { _ in }
    ) -> Conversation {
        var conversation = Conversation(model: "public")
        conversation.messages = messages
        change(&conversation)
        return conversation
    }

    private static func calls(_ ids: String...) -> Message {
        var turn = Message.AssistantTurn()
        turn.toolCalls = ids.map { .init(id: $0, name: "f", arguments: #"{"id":"\#($0)"}"#) }
        return .assistant(turn)
    }

    private static func result(_ id: String, _ text: String, isError: Bool = false) -> Message {
        .toolResult(.init(callID: id, parts: [.text(text)], isError: isError))
    }

    private static let systems = Self.make([
        .system("one"), .system("two"), .user([.text("Hi")]), .system("three"), .system(""), .user([.text("?")]),
    ])

    private static let parts = Self.make([
        .user([
            .text("Look"), .image(url: "data:image/png;base64,AA==", detail: "low"),
            .image(url: "https://example.org/a.png", detail: nil), .audio(data: "AA==", format: "wav"),
            .file(data: "data:application/pdf;base64,AA==", name: "a.pdf"),
            .file(data: "data:application/pdf;base64,AA==", name: nil),
        ])
    ])

    private static let toolResults = Self.make([
        .user([.text("Go")]), Self.calls("a", "b", "c"), Self.result("c", "C"),
        .toolResult(.init(callID: "a", parts: [.text("A"), .text("A2")])), Self.result("b", "no", isError: true),
        .user([.text("And?")]),
    ])

    private static let lateResult = Self.make([
        Self.calls("a", "b"), .user([.text("Wait")]), Self.result("a", "A"), Self.calls("c"), .user([.text("?")]),
    ])

    private static let resultWithImage = Self.make([
        Self.calls("a", "b"),
        .toolResult(
            .init(callID: "a", parts: [.text("seen"), .image(url: "data:image/png;base64,AA==", detail: nil)])
        ),
        .toolResult(.init(callID: "b", parts: [])), .user([.text("What is it?")]), Self.calls("c"),
        .toolResult(.init(callID: "c", parts: [.file(data: "data:text/plain;base64,AA==", name: nil)])),
        .assistant(.init()),
    ])

    private static let sameID = Self.make([
        Self.calls("a"), Self.result("a", "first"), Self.calls("a"), Self.result("a", "second"), Self.calls("a"),
    ])

    private static let assistant: Conversation = {
        var thinking = Message.AssistantTurn()
        thinking.reasoning = "Hm"
        thinking.text = "Yes"
        var refusing = Message.AssistantTurn()
        refusing.refusal = "No"
        var calling = Message.AssistantTurn()
        calling.text = "Let me see"
        calling.toolCalls = [.init(id: "a", name: "f", arguments: "")]
        return Self.make([
            .user([.text("1")]), .assistant(thinking), .user([.text("2")]), .assistant(refusing), .user([.text("3")]),
            .assistant(calling), Self.result("a", ""), .assistant(.init()),
        ])
    }()

    private static func tools(
        _ choice: Conversation.ToolChoice,
        _ change: (inout Conversation) -> Void = { _ in }
    ) -> Conversation {
        Self.make([.user([.text("Hi")])]) {
            $0.tools = [
                .init(
                    name: "f",
                    description: "does it",
                    parameters: [
                        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
                        "properties": ["a": ["$ref": "#/$defs/a"]], "$defs": ["a": ["type": "integer"]],
                    ],
                    isStrict: true
                ),
                .init(name: "g", description: nil, parameters: nil),
                .init(name: "h", description: nil, parameters: [:]),
                .init(name: "i", description: nil, parameters: ["anyOf": [["type": "object"]]]),
            ]
            $0.toolChoice = choice
            change(&$0)
        }
    }

    private static let everything = Self.make([.user([.text("Hi")])]) {
        $0.maximumTokens = 100
        $0.stopSequences = ["a", "b\n"]
        $0.choices = 2
        $0.sampling.temperature = .number("0.70")
        $0.sampling.topP = .number("1")
        $0.sampling.topK = 40
        $0.sampling.frequencyPenalty = .number("-0.5")
        $0.sampling.presencePenalty = .number("0.5")
        $0.sampling.seed = .number("12345678901234567890")
        $0.sampling.logitBias = ["17": -100]
        $0.sampling.topLogprobs = 3
        $0.user = "u"
        $0.extras = JSONObject([("min_p", .number("0.05")), ("model", "other"), ("stream", true), ("top_k", 1)])
    }
}
