import Testing
import Vocabulary

@testable import Dialects

/// Turns and their blocks.
@Suite("Turns of Messages")
struct MessagesTurnTests {
    private func messages(_ turns: JSONValue, system: JSONValue = .null) throws -> [Message] {
        try MessagesRequest(with: ["messages": turns, "system": system]).conversation.messages
    }

    private func user(_ blocks: JSONValue) throws -> [Message] {
        try self.messages([["role": "user", "content": blocks]])
    }

    @Test("turns of one speaker are one turn, in which the results of tools come first")
    func merged() throws {
        var turn = Message.AssistantTurn()
        turn.text = "One\n\nTwo"
        turn.toolCalls = [
            .init(id: "a", name: "f", arguments: "{}"), .init(id: "b", name: "g", arguments: #"{"x":[1]}"#),
        ]
        let call: JSONValue = ["type": "tool_use", "id": "a", "name": "f", "input": [:]]
        let other: JSONValue = ["type": "tool_use", "id": "b", "name": "g", "input": ["x": [1]]]
        let messages = try self.messages([
            ["role": "user", "content": "Go"],
            ["role": "assistant", "content": [["type": "text", "text": "One"], call]],
            ["role": "assistant", "content": [["type": "text", "text": "Two"], other]],
            ["role": "user", "content": [["type": "text", "text": "Then"]]],
            [
                "role": "user",
                "content": [
                    ["type": "text", "text": "again"], ["type": "tool_result", "tool_use_id": "b", "content": "2"],
                    ["type": "tool_result", "tool_use_id": "a"],
                ],
            ],
            ["role": "assistant", "content": []],
        ])
        #expect(
            messages == [
                .user([.text("Go")]), .assistant(turn), .toolResult(.init(callID: "b", parts: [.text("2")])),
                .toolResult(.init(callID: "a", parts: [])), .user([.text("Then"), .text("again")]),
            ]
        )
    }

    @Test("thinking goes back to the model, its signature does not")
    func thinking() throws {
        let messages = try self.messages([
            ["role": "user", "content": "Go"],
            [
                "role": "assistant",
                "content": [
                    ["type": "thinking", "thinking": "Hm", "signature": "x"],
                    ["type": "redacted_thinking", "data": "x"], ["type": "text", "text": "A"],
                    ["type": "text", "text": "B", "citations": nil],
                ],
            ],
        ])
        var turn = Message.AssistantTurn()
        turn.text = "AB"
        turn.reasoning = "Hm"
        #expect(messages.last == .assistant(turn))
    }

    @Test(
        "the billing line of Claude Code is left out",
        arguments: [
            ("x-anthropic-billing-header: cc_version=2; cch=1;", nil),
            ("x-anthropic-billing-header: cch=1;\nYou are", "You are"),
            ("\nx-anthropic-billing-header: cch=1;\n\n You are\nkind", " You are\nkind"),
            ("You are x-anthropic-billing-header: y", "You are x-anthropic-billing-header: y"), ("", nil),
        ] as [(String, String?)]
    )
    func billing(_ text: String, _ rest: String?) throws {
        let turns: JSONValue = [["role": "user", "content": "Hi"]]
        let expected = rest.map { [Message.system($0)] } ?? []
        for system in [.string(text), [["type": "text", "text": .string(text)]]] as [JSONValue] {
            #expect(try self.messages(turns, system: system).dropLast() == expected[...])
            var body = try #require(MessagesRequest.hello.object)
            body["system"] = system
            let native = try MessagesRequest(reading: BillingHeader.stripped(from: .object(body)))
            #expect(native.conversation.messages.dropLast() == expected[...])
        }
        #expect(BillingHeader.stripped(from: MessagesRequest.hello) == MessagesRequest.hello)
        #expect(BillingHeader.stripped(from: "text") == "text")
    }

    @Test("a system message amid the turns stays there")
    func system() throws {
        let messages = try self.messages(
            [
                ["role": "user", "content": "Hi"], ["role": "system", "content": [["type": "text", "text": "Now B"]]],
            ],
            system: "A"
        )
        #expect(messages == [.system("A"), .user([.text("Hi")]), .system("Now B")])
    }

    @Test("the result of a tool")
    func toolResult() throws {
        let messages = try self.user([
            [
                "type": "tool_result", "tool_use_id": "a", "is_error": true,
                "content": [
                    ["type": "text", "text": "x"],
                    ["type": "image", "source": ["type": "base64", "media_type": "image/webp", "data": "AA=="]],
                    ["type": "tool_reference", "tool_name": "f"],
                ],
            ]
        ])
        let parts: [Message.Part] = [
            .text("x"), .image(url: "data:image/webp;base64,AA==", detail: nil),
            .text(#"{"type":"tool_reference","tool_name":"f"}"#),
        ]
        #expect(messages == [.toolResult(.init(callID: "a", parts: parts, isError: true))])
    }

    @Test(
        "sources that cannot be had are refused by their name",
        arguments: [
            (["type": "image"], "source"),
            (["type": "image", "source": ["type": "file", "file_id": "f"]], "source.type"),
            (
                ["type": "image", "source": ["type": "base64", "media_type": "image/tiff", "data": "A"]],
                "source.media_type"
            ),
            (["type": "image", "source": ["type": "base64", "media_type": "image/png", "data": ""]], "source.data"),
            (["type": "image", "source": ["type": "url", "url": "file:///etc/passwd"]], "source.url"),
            (["type": "document", "source": ["type": "url", "url": "https://x"]], "source.type"),
            (["type": "document", "source": ["type": "file", "file_id": "f"]], "source.type"),
            (
                ["type": "document", "source": ["type": "base64", "media_type": "text/csv", "data": "A"]],
                "source.media_type"
            ),
            (["type": "container_upload", "file_id": "f"], "type"),
        ] as [(JSONValue, String)]
    )
    func sources(_ block: JSONValue, _ parameter: String) throws {
        let fault = try #require(throws: GatewayError.self) { try self.user([block]) }
        #expect(fault.parameter == "messages.0.content.0." + parameter)
    }
}
