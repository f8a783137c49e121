import Dialects
import NIOCore
import Testing
import Vocabulary

@Suite("Chat: whole answers")
struct ChatReplyTests {
    private static func read(
        _ message: String,
        _ rest: String = #""finish_reason":"stop""#,
        outside: String = #""usage":{"prompt_tokens":5,"completion_tokens":7}"#,
        allowsParallelToolCalls: Bool = true
    ) throws -> Reply {
        let body = #"{"id":"c","choices":[{"index":0,"message":\#(message),\#(rest)}],\#(outside)}"#
        return try ChatReply.read(
            ByteBuffer(string: body),
            digits: "d1d2",
            allowsParallelToolCalls: allowsParallelToolCalls
        )
    }

    private static func failure(_ body: String) -> GatewayError? {
        do {
            _ = try ChatReply.read(ByteBuffer(string: body), digits: "d")
            return nil
        } catch {
            return error
        }
    }

    @Test("a plain answer")
    func plain() throws {
        let reply = try Self.read(#"{"role":"assistant","content":"Gr\u00fc\u00dfe"}"#)
        var choice = Reply.Choice(finish: .stop)
        choice.text = "Grüße"
        #expect(reply == Reply(choices: [choice], usage: Usage(input: 5, output: 7)))
    }

    @Test(
        "where the thoughts are",
        arguments: [
            #""reasoning_content":"hm","content":"x""#, #""reasoning":"hm","content":"x""#,
            #""thinking":"hm","content":"x""#, #""reasoning_details":[{"text":"h"},{"text":"m"}],"content":"x""#,
            #""reasoning_content":"","reasoning":"hm","reasoning_details":[{"text":"hm"}],"content":"x""#,
            #""content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"x"}]"#,
        ]
    )
    func reasoning(_ members: String) throws {
        let choice = try #require(try Self.read("{\(members)}").choices.first)
        #expect(choice.reasoning == "hm" && choice.text == "x")
    }

    @Test(
        "why it ended",
        arguments: [
            (#""finish_reason":"stop""#, FinishReason.stop), (#""finish_reason":null"#, .stop),
            (#""finish_reason":"eos""#, .stop), (#""finish_reason":"tool_calls""#, .stop),
            (#""finish_reason":"length""#, .length), (#""finish_reason":"content_filter""#, .contentFilter),
            (#""finish_reason":"stop","matched_stop":"END""#, .stopSequence("END")),
            (#""finish_reason":"stop","matched_stop":17"#, .stop),
            (#""finish_reason":"stop","stop_reason":"END""#, .stopSequence("END")),
        ]
    )
    func finish(_ rest: String, _ reason: FinishReason) throws {
        #expect(try Self.read(#"{"content":"x"}"#, rest).choices.first?.finish == reason)
    }

    @Test("tool calls, whatever their form")
    func toolCalls() throws {
        let calls = #"""
            [{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
             {"function":{"name":"g","arguments":{"y":2}}},{"id":"a","function":{"name":"h"}}]
            """#
        let choice = try #require(try Self.read(#"{"content":null,"tool_calls":\#(calls)}"#).choices.first)
        #expect(choice.finish == .toolCalls)
        #expect(
            choice.toolCalls == [
                .init(id: "a", name: "f", arguments: #"{"x":1}"#),
                .init(id: "call_d1d2_0", name: "g", arguments: #"{"y":2}"#),
                .init(id: "call_d1d2_1", name: "h", arguments: ""),
            ]
        )
        let one = try Self.read(#"{"tool_calls":\#(calls)}"#, allowsParallelToolCalls: false)
        #expect(one.choices.first?.toolCalls.map(\.name) == ["f"])
        let cut = try Self.read(#"{"tool_calls":\#(calls)}"#, #""finish_reason":"length""#)
        #expect(cut.choices.first?.finish == .length)
        let old = try Self.read(#"{"function_call":{"name":"f","arguments":"{}"}}"#)
        #expect(old.choices.first?.toolCalls == [.init(id: "call_d1d2_0", name: "f", arguments: "{}")])
    }

    @Test("several choices come in their order, and no more than were wanted")
    func choices() throws {
        let body = #"""
            {"choices":[{"index":1,"message":{"content":"b"},"finish_reason":"stop"},
             {"index":2,"message":{"content":"c"},"finish_reason":"stop"},
             {"index":0,"message":{"content":"a","refusal":"r"},"finish_reason":"stop","logprobs":{"content":[{"token":"a"}]}}]}
            """#
        let reply = try ChatReply.read(ByteBuffer(string: body), digits: "d", choices: 2)
        #expect(reply.choices.map(\.text) == ["a", "b"])
        #expect(reply.choices.first?.refusal == "r")
        #expect(reply.choices.first?.logprobs == [["token": "a"]])
        #expect(reply.usage == nil)
    }

    @Test(
        "what was used",
        arguments: [
            (
                #""usage":{"prompt_tokens":5,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":9}}"#,
                Usage(input: 5, cachedInput: 5, output: 7)
            ),
            (
                #""usage":{"prompt_tokens":5,"completion_tokens":7,"completion_tokens_details":{"reasoning_tokens":3}}"#,
                Usage(input: 5, output: 7, reasoning: 3)
            ),
            (
                #""usage":{"prompt_tokens":5,"completion_tokens":7,"reasoning_tokens":3}"#,
                Usage(input: 5, output: 7, reasoning: 3)
            ),
            (
                #""usage":null,"timings":{"prompt_n":3,"cache_n":2,"predicted_n":7}"#,
                Usage(input: 5, cachedInput: 2, output: 7)
            ),
            (
                #""timings":{"prompt_n":9223372036854775807,"cache_n":9223372036854775807,"predicted_n":1}"#,
                Usage(input: 1 << 40, cachedInput: 1 << 40, output: 1)
            ),
            (#""usage":{"total_tokens":5}"#, nil),
        ]
    )
    func usage(_ outside: String, _ usage: Usage?) throws {
        #expect(try Self.read(#"{"content":"x"}"#, outside: outside).usage == usage)
    }

    @Test(
        "what is no answer, and what a server says of it",
        arguments: [
            ("", GatewayError.Code.upstreamFailed, "not a JSON object"), ("[]", .upstreamFailed, "not a JSON object"),
            ("{}", .upstreamFailed, "no choice"), (#"{"choices":[]}"#, .upstreamFailed, "no choice"),
            (#"{"choices":[{"index":0}]}"#, .upstreamFailed, "without a message"),
            (
                #"{"choices":[{"message":{"tool_calls":[{"id":"a","function":{}}]}}]}"#, .upstreamFailed,
                "without a name"
            ),
            (#"{"choices":[{"message":{"content":"x"},"finish_reason":"abort"}]}"#, .upstreamFailed, "abort"),
            (#"{"error":"oops"}"#, .upstreamFailed, "oops"),
            (#"{"error":{"message":"slow","code":429}}"#, .upstreamBusy, "slow"),
            (#"{"error":{"message":"long","code":"400"}}"#, .invalidRequest, "long"),
            (#"{"object":"error","message":"bad","code":400}"#, .invalidRequest, "bad"),
            (
                #"{"error":"Unexpected endpoint or method. (GET /x). Returning 200 anyway"}"#, .upstreamFailed,
                "Unexpected"
            ),
        ]
    )
    func failures(_ body: String, _ code: GatewayError.Code, _ words: String) throws {
        let error = try #require(Self.failure(body))
        #expect(error.code == code)
        #expect(error.message.contains(words), "\(error.message)")
    }

    @Test(
        "an HTTP error of the server, for every dialect",
        arguments: [
            (400, #"{"error":{"message":"bad","code":400}}"#, GatewayError.Code.invalidRequest, "bad"),
            (401, #"{"error":{"message":"key"}}"#, .upstreamFailed, "credential"),
            (429, #"{"error":{"message":"slow"}}"#, .upstreamBusy, "slow"),
            (503, #"{"error":{"message":"Loading model","code":503}}"#, .connectorOffline, "loading"),
            (500, "", .upstreamFailed, "500"),
        ]
    )
    func statuses(_ status: Int, _ body: String, _ code: GatewayError.Code, _ words: String) {
        let error = ChatFailure.error(status: status, retryAfter: nil, body: ByteBuffer(string: body))
        #expect(error.code == code)
        #expect(error.message.contains(words), "\(error.message)")
    }
}
