import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("Responses: requests")
struct ResponsesRequestTests {
    private func conversation(_ text: String) throws -> Conversation { try ResponsesRequest(text: text).conversation }

    @Test(
        "input becomes messages",
        arguments: [
            (#""Hi""#, ["user: Hi"]),
            (
                #"[{"role":"user","content":"a"},{"role":"developer","content":[{"type":"input_text","text":"b"}]}]"#,
                ["user: a", "system: b"]
            ),
            // The model's items become one turn.
            (
                #"[{"role":"user","content":"a"},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"r"}]},{"type":"message","role":"assistant","content":[{"type":"output_text","text":"t","annotations":[]}],"phase":"commentary"},{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"function_call","call_id":"c2","name":"g","arguments":"{\"a\":1}"},{"type":"function_call_output","call_id":"c1","output":"1"},{"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"2"}]}]"#,
                ["user: a", "assistant: t (r) c1=f{} c2=g{\"a\":1}", "tool c1: 1", "tool c2: 2"]
            ),
            // Outputs move up to their call.
            (
                #"[{"type":"function_call","call_id":"c1","name":"f","arguments":""},{"role":"user","content":"wait"},{"type":"function_call_output","call_id":"c1","output":"1"},{"role":"assistant","content":"done"}]"#,
                ["assistant:  c1=f{}", "tool c1: 1", "user: wait", "assistant: done"]
            ),
            // Calls by turns are turns of their own.
            (
                #"[{"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"1"},{"type":"function_call","call_id":"c2","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c2","output":"2"}]"#,
                ["assistant:  c1=f{}", "tool c1: 1", "assistant:  c2=f{}", "tool c2: 2"]
            ),
            (
                #"[{"type":"custom_tool_call","call_id":"c1","name":"p","input":"x\n\"y\""},{"type":"custom_tool_call_output","call_id":"c1","output":"ok"}]"#,
                [#"assistant:  c1=p{"input":"x\n\"y\""}"#, "tool c1: ok"]
            ),
            (
                #"[{"type":"function_call","call_id":"c1","name":"f","namespace":"ns","arguments":"{}"},{"type":"function_call_output","call_id":"c1","output":"ok"}]"#,
                ["assistant:  c1=ns__f{}", "tool c1: ok"]
            ),
            (
                #"[{"type":"local_shell_call","id":"ls","call_id":"c1","action":{"type":"exec","command":["ls"]},"status":"completed"},{"type":"local_shell_call_output","call_id":"c1","output":"a b"}]"#,
                [#"assistant:  c1=local_shell{"type":"exec","command":["ls"]}"#, "tool c1: a b"]
            ),
            // A call that was cut off can never be answered.
            (
                #"[{"role":"user","content":"a"},{"type":"function_call","call_id":"c1","name":"f","arguments":"{\"","status":"incomplete"},{"role":"user","content":"b"}]"#,
                ["user: a", "user: b"]
            ),
            // Hosted tools' items say nothing to another model.
            (
                #"[{"type":"web_search_call","id":"ws_1","status":"completed"},{"type":"mcp_list_tools","tools":[]},{"type":"tool_search_output","tools":[]},{"role":"user","content":"a"}]"#,
                ["user: a"]
            ),
            // Reasoning alone before what somebody else says; a foreign one that is sealed says nothing.
            (
                #"[{"type":"reasoning","summary":[],"encrypted_content":"gAAA"},{"type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"c"}]},{"role":"user","content":"a"}]"#,
                ["assistant:  (c)", "user: a"]
            ),
            (
                #"[{"type":"reasoning","summary":[],"encrypted_content":"adit1.aGVsbG8="},{"role":"assistant","content":"x"}]"#,
                ["assistant: x (hello)"]
            ),
            (
                #"[{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"no"}]}]"#,
                ["assistant:  !no"]
            ),
            (
                #"[{"role":"user","id":"m1","content":"a"},{"type":"item_reference","id":"m1"}]"#,
                ["user: a", "user: a"]
            ),
        ]
    )
    func input(_ input: String, _ expected: [String]) throws {
        let messages = try self.conversation("{\"model\":\"m\",\"input\":\(input)}").messages
        #expect(messages.map(\.summary) == expected)
    }

    @Test("parts that Chat can carry")
    func parts() throws {
        let messages = try self.conversation(
            #"""
            {"model":"m","input":[{"role":"user","content":[
              {"type":"input_text","text":"t"},
              {"type":"input_image","image_url":"data:image/png;base64,AA==","detail":"low"},
              {"type":"input_image","image_url":{"url":"https://example.org/a.png"}},
              {"type":"input_file","file_data":"data:application/pdf;base64,AA==","filename":"a.pdf"},
              {"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}]},
             {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
             {"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":"data:image/png;base64,AA=="}]}]}
            """#
        ).messages
        #expect(
            messages[0]
                == .user([
                    .text("t"), .image(url: "data:image/png;base64,AA==", detail: "low"),
                    .linkedImage(
                        url: "https://example.org/a.png",
                        detail: nil,
                        parameter: "input[0].content[2].image_url.url"
                    ),
                    .file(data: "data:application/pdf;base64,AA==", name: "a.pdf"), .audio(data: "AA==", format: "wav"),
                ])
        )
        let image = Message.Part.image(url: "data:image/png;base64,AA==", detail: nil)
        #expect(messages[2] == .toolResult(.init(callID: "c", parts: [image])))
    }

    @Test("instructions come first, and are not inherited")
    func instructions() throws {
        let stored: [JSONValue] = [["type": "message", "role": "user", "id": "msg_1", "content": "old"]]
        let body = try JSONValue(
            reading: #"{"model":"m","instructions":"be","input":"new","previous_response_id":"resp_1"}"#
        )
        let request = try ResponsesRequest(reading: body, chain: { $0 == "resp_1" ? stored : nil })
        #expect(request.conversation.messages.map(\.summary) == ["system: be", "user: old", "user: new"])
        #expect(request.earlier == stored && request.previousResponseID == "resp_1")
        #expect(request.input.count == 1)
    }

    @Test("a chain that is not known is told by its code")
    func unknownChain() throws {
        let body = try JSONValue(reading: #"{"model":"m","input":"x","previous_response_id":"resp_9"}"#)
        let error = #expect(throws: GatewayError.self) { try ResponsesRequest(reading: body) }
        #expect(error?.code.status == 400)
        let told = try JSONValue(reading: Responses.errorBody(error!, requestID: "req_1"))["error"]
        #expect(told?["code"] == "previous_response_not_found" && told?["param"] == "previous_response_id")
        #expect(told?["type"] == "invalid_request_error")
    }

    @Test("a call of the chain that nobody answered is the input's fault")
    func unanswered() throws {
        let call: JSONValue = ["type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"]
        let body: JSONValue = ["model": "m", "previous_response_id": "r", "input": "x"]
        let error = #expect(throws: GatewayError.self) { try ResponsesRequest(reading: body, chain: { _ in [call] }) }
        #expect(error?.parameter == "input" && error?.message.contains("function call c") == true)
    }

    @Test("with a chain the input may be empty; a call of the chain is answered by the new input")
    func continued() throws {
        let stored: [JSONValue] = [
            ["role": "user", "content": "old"],
            [
                "type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": "{}",
                "status": "completed",
            ],
        ]
        let body: JSONValue = [
            "model": "m", "previous_response_id": "r",
            "input": [["type": "function_call_output", "call_id": "c", "output": "1"]],
        ]
        let request = try ResponsesRequest(reading: body, chain: { _ in stored })
        #expect(request.conversation.messages.map(\.summary) == ["user: old", "assistant:  c=f{}", "tool c: 1"])
        let tail: JSONValue = ["model": "m", "previous_response_id": "r", "input": []]
        let empty = try ResponsesRequest(reading: tail, chain: { _ in [stored[0]] })
        #expect(empty.conversation.messages.map(\.summary) == ["user: old"])
    }

    @Test(
        "an item that is referred to again and again makes a request no larger than it may be",
        arguments: [true, false]
    )
    func repeatedReferences(isStored: Bool) throws {
        let item: JSONValue = ["role": "user", "id": "m1", "content": .string(String(repeating: "a", count: 1 << 10))]
        let size = item.text.utf8.count
        let reference: JSONValue = ["type": "item_reference", "id": "m1"]
        func read(_ count: Int) throws -> ResponsesRequest {
            let input = (isStored ? [] : [item]) + Array(repeating: reference, count: count)
            return try ResponsesRequest(
                reading: ["model": "m", "input": .array(input)],
                item: { $0 == "m1" ? item : nil },
                room: 4 * size
            )
        }
        #expect(try read(4).conversation.messages.count == (isStored ? 4 : 5))
        let error = #expect(throws: GatewayError.self) { try read(5) }
        #expect(error?.code == .bodyTooLarge && error?.parameter == "input[\(isStored ? 4 : 5)].id")
    }

    @Test("what only a store knows is taken from it")
    func references() throws {
        let one: JSONValue = ["model": "m", "input": [["type": "item_reference", "id": "a"]]]
        let request = try ResponsesRequest(reading: one, item: { ["role": "user", "content": .string($0)] })
        #expect(request.conversation.messages.map(\.summary) == ["user: a"])
    }

    @Test("a warm-up needs no input")
    func warmUp() throws {
        let request = try ResponsesRequest(text: #"{"model":"m","input":[]}"#, generates: false)
        #expect(request.conversation.messages.isEmpty)
    }

    @Test("settings")
    func settings() throws {
        let request = try ResponsesRequest(
            text: #"""
                {"model":"m","input":"x","temperature":0.70,"top_p":1,"max_output_tokens":9,"top_logprobs":3,"stream":true,
                 "reasoning":{"effort":"xhigh"},"user":"u","top_k":5,"seed":7,"min_p":0.1,"stop":["a","b"],"store":false,
                 "chat_template_kwargs":{"x":1},"client_metadata":{"y":1},"text":{"format":{"type":"json_object"}}}
                """#
        )
        let conversation = request.conversation
        #expect(conversation.sampling.temperature == .number("0.70") && conversation.sampling.topP == 1)
        #expect(conversation.sampling.topK == 5 && conversation.sampling.seed == 7)
        #expect(conversation.sampling.logprobs && conversation.sampling.topLogprobs == 3)
        #expect(conversation.maximumTokens == 9 && conversation.streams && conversation.user == "u")
        #expect(conversation.reasoning == .effort("xhigh") && conversation.output == .json)
        #expect(conversation.stopSequences == ["a", "b"] && !request.stores)
        #expect(conversation.extras.members.map(\.key) == ["min_p", "chat_template_kwargs"])
        #expect(try self.conversation(#"{"model":"m","input":"x","reasoning":{"effort":"none"}}"#).reasoning == .off)
        #expect(try ResponsesRequest(text: #"{"model":"m","input":"x"}"#).stores)
    }

    @Test("own items are stored with ids")
    func stored() throws {
        let request = try ResponsesRequest(
            text: #"""
                {"model":"m","input":[{"role":"user","content":"a"},{"role":"user","content":"b","id":"msg_x"},
                 {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
                 {"type":"function_call_output","call_id":"c","output":"1"}]}
                """#
        )
        let items = try request.keptInput(.test)
        let digits = AnswerIdentity.test.digits
        #expect(items.map { $0["id"]?.string } == ["msg_\(digits)_i0", "msg_x", "fc_\(digits)_i2", "fco_\(digits)_i3"])
        #expect(items[0]["type"] == "message" && items[0]["status"] == "completed")
    }
}

extension ResponsesRequest {
    /// Its own items as they are kept for later requests.
    func keptInput(_ identity: AnswerIdentity) throws -> [JSONValue] {
        try JSONValue(reading: KeptInput(of: self, identity).items).array ?? []
    }
}

extension Message {
    /// A line that shows all of it but the kinds of its parts.
    var summary: String {
        switch self {
        case .system(let text): return "system: \(text)"
        case .user(let parts): return "user: \(parts.map(\.plain).joined(separator: "|"))"
        case .toolResult(let result):
            return "tool \(result.callID): \(result.parts.map(\.plain).joined(separator: "|"))"
        case .assistant(let turn):
            var line = "assistant: \(turn.text)"
            if !turn.reasoning.isEmpty { line += " (\(turn.reasoning))" }
            if let refusal = turn.refusal { line += " !\(refusal)" }
            for call in turn.toolCalls { line += " \(call.id)=\(call.name)\(call.arguments)" }
            return line
        }
    }
}

extension Message.Part {
    fileprivate var plain: String { if case .text(let text) = self { text } else { "?" } }
}
