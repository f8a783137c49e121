import Dialects
import NIOCore
import Testing
import Vocabulary

@Suite("Responses: whole answers and small bodies")
struct ResponsesReplyTests {
    private func request(_ more: String = "") throws -> ResponsesRequest {
        try ResponsesRequest(text: "{\"model\":\"demo\",\"input\":\"x\"\(more)}")
    }

    /// What a stream of the same events ends with.
    private func streamed(_ request: ResponsesRequest, _ events: [AnswerEvent]) throws -> JSONValue {
        var stream = ResponsesStream(request, identity: .test)
        stream.completedAt = 7
        _ = ResponsesScript(steps: events.map { .event($0) } + [.finish]).play(into: &stream)
        return try JSONValue(reading: stream.response ?? ByteBuffer())
    }

    @Test("an answer is the same, streamed or not", arguments: [FinishReason.stop, .length, .contentFilter])
    func same(_ finish: FinishReason) throws {
        let request = try self.request(
            #","include":["reasoning.encrypted_content"],"tools":[{"type":"function","name":"f"},{"type":"custom","name":"p"}]"#
        )
        var choice = Reply.Choice(finish: finish)
        choice.reasoning = "r \"q\""
        choice.text = "t\nä"
        choice.refusal = "no"
        choice.toolCalls = [
            .init(id: "c1", name: "f", arguments: ""), .init(id: "", name: "p", arguments: #"{"input":"a\nb"}"#),
        ]
        let usage = Usage(input: 5, cachedInput: 1, output: 6, reasoning: 2)
        let answer = Responses.reply(
            Reply(choices: [choice], usage: usage),
            to: request,
            identity: .test,
            completedAt: 7
        )
        let body = try JSONValue(reading: answer.body)
        let streamed = try self.streamed(
            request,
            [
                .reasoning(EscapedText(choice.reasoning), choice: 0), .text(EscapedText(choice.text), choice: 0),
                .refusal(EscapedText("no"), choice: 0),
                .toolCall(index: 0, id: "c1", name: EscapedText("f"), choice: 0),
                .toolCall(index: 1, id: "", name: EscapedText("p"), choice: 0),
                .toolArguments(EscapedText(choice.toolCalls[1].arguments), index: 1, choice: 0),
                .finish(finish, choice: 0), .usage(usage),
            ]
        )
        #expect(body == streamed)
        #expect(body["output"]?.array == answer.output)
        #expect(body["status"]?.string == (finish == .stop ? "completed" : "incomplete"))
        #expect(body["output"]?.array?[3]["input"] == "a\nb")
        #expect(body["output"]?.array?[2]["arguments"] == "{}")
    }

    @Test("what was answered can be asked on from")
    func roundTrip() throws {
        let request = try self.request(#","tools":[{"type":"custom","name":"p"}]"#)
        var choice = Reply.Choice(finish: .toolCalls)
        choice.reasoning = "r"
        choice.text = "t"
        choice.toolCalls = [.init(id: "c1", name: "p", arguments: #"{"input":"a"}"#)]
        let answer = Responses.reply(Reply(choices: [choice], usage: nil), to: request, identity: .test)
        let chain = try request.keptInput(.test) + answer.output
        let next: JSONValue = [
            "model": "demo", "previous_response_id": "r",
            "input": [["type": "custom_tool_call_output", "call_id": "c1", "output": "done"]],
        ]
        let messages = try ResponsesRequest(reading: next, chain: { _ in chain }).conversation.messages
        #expect(messages.map(\.summary) == ["user: x", #"assistant: t (r) c1=p{"input":"a"}"#, "tool c1: done"])
    }

    @Test("small bodies")
    func bodies() throws {
        #expect(String(buffer: Responses.inputTokens(11)) == #"{"object":"response.input_tokens","input_tokens":11}"#)
        #expect(
            String(buffer: Responses.deleted(id: "resp_1"))
                == #"{"id":"resp_1","object":"response.deleted","deleted":true}"#
        )
        #expect(
            String(buffer: Responses.errorBody(Responses.notFound("r"), requestID: "q"))
                == #"{"error":{"message":"Response with id 'r' not found.","type":"invalid_request_error","param":"response_id","code":null}}"#
        )
        #expect(Responses.notFound("r").code.status == 404 && Responses.notInBackground("r").code.status == 400)
        let error = GatewayError(.invalidRequest, "too long", parameter: "input")
        #expect(
            String(buffer: Responses.errorBody(error, requestID: "r", code: "context_length_exceeded"))
                == #"{"error":{"message":"too long","type":"invalid_request_error","param":"input","code":"context_length_exceeded"}}"#
        )
    }

    @Test(
        "a list is read in pages",
        arguments: [
            ([], ["d", "c", "b", "a"], false),
            ([("order", "asc"), ("limit", "2")], ["a", "b"], true),
            ([("order", "asc"), ("after", "b"), ("include", "x")], ["c", "d"], false),
            ([("limit", "1"), ("after", "c")], ["b"], true),
            ([("order", "asc"), ("after", "d")], [], false),
        ] as [([(String, String)], [String], Bool)]
    )
    func list(_ query: [(String, String)], _ ids: [String], _ hasMore: Bool) throws {
        let items: [JSONValue] = ["a", "b", "c", "d"].map { ["id": .string($0), "type": "message"] }
        let body = try Responses.inputItems(items, .init(reading: query.map { (name: $0.0, value: $0.1) }))
        let list = try JSONValue(reading: body)
        #expect(list["data"]?.array?.compactMap { $0["id"]?.string } == ids)
        #expect(list["has_more"] == .bool(hasMore) && list["object"] == "list")
        #expect(list["first_id"]?.string == ids.first && list["last_id"]?.string == ids.last)
    }

    @Test(
        "a list that is not there is refused",
        arguments: [("limit", "0"), ("limit", "x"), ("order", "up"), ("after", "z")]
    )
    func listRefused(_ name: String, _ value: String) {
        let error = #expect(throws: GatewayError.self) {
            try Responses.inputItems([], .init(reading: [(name: name, value: value)]))
        }
        #expect(error?.parameter == name)
    }
}
