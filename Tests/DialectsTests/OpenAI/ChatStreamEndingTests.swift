import NIOCore
import Testing
import Vocabulary

@testable import Dialects

/// How a stream ends. SDKs take an end without [DONE] for a whole answer (openai-python 3.52.0, _streaming.py), so that one
/// which is not whole has to be said.
@Suite("Ends of a stream")
struct ChatStreamEndingTests {
    private static let error = #"{"error":{"message":"x","type":"y","param":null,"code":"z"}}"#

    @Test(
        "the end of a stream",
        arguments: [
            ("", "", "truncated"), (": a\n\n", ": a\n\n", "truncated"),
            (Events.word(), Events.word("public"), "truncated"),
            (Events.word() + "data: {\"mod", Events.word("public"), "truncated"),
            (Events.word() + "data: [DO", Events.word("public"), "truncated"),
            // Ollama: an error in the middle of a stream is swallowed; the stream just ends.
            (Events.word() + Events.word(), Events.word("public") + Events.word("public"), "truncated"),
            // A reason for the end is as good as [DONE], which is then said.
            (Events.stop(), Events.stop("public") + Events.done, "complete"),
            (Events.stop() + Events.usage(), Events.stop("public") + Events.done, "complete"),
            (Events.stop() + ": a\n\n", Events.stop("public") + ": a\n\n" + Events.done, "complete"),
            (Events.stop() + "data: {\"mod", Events.stop("public") + Events.done, "complete"),
            // Without the last blank line.
            (Events.stop() + "data: [DONE]", Events.stop("public") + Events.done, "complete"),
            (Events.stop() + "data: [DONE]\n", Events.stop("public") + "data: [DONE]\n\n\n", "complete"),
            (
                Events.word() + String(Events.stop().dropLast(2)),
                Events.word("public") + Events.stop("public") + Events.done, "complete"
            ),
            (Events.done, Events.done, "complete"),
            (Events.done + Events.word() + Self.error, Events.done, "complete"),
            (Events.word() + Events.done, Events.word("public") + Events.done, "complete"),
        ]
    )
    func endings(_ input: String, _ expected: String, _ ending: String) {
        for (index, run) in StreamRun.cuts(input).enumerated() {
            // One more line end after the last event means nothing.
            #expect(run.text == expected || run.text + "\n" == expected, "cut at \(index)")
            #expect(run.ending == ending && !run.hasFailed, "cut at \(index)")
        }
    }

    @Test("the usage of a last event without its blank line is read")
    func usage() {
        for run in StreamRun.cuts(Events.stop() + String(Events.usage().dropLast(2))) {
            #expect(run.usage == Usage(input: 3, output: 5) && run.text == Events.stop("public") + Events.done)
        }
    }

    @Test(
        "only a reason that is a text ends a choice",
        arguments: ["null", "\"\"", "\"stop\"", "\"tool_calls\"", "\"abort\""]
    )
    func reasons(_ reason: String) {
        let chunk =
            #"{"model":"public","choices":[{"index":0,"finish_reason":\#(reason),"delta":{"finish_reason":"a"}}]}"#
        #expect(StreamRun(Events.data(chunk)).ending == (reason.count > 4 ? "complete" : "truncated"))
    }

    private static func choice(_ index: Int, _ reason: String) -> String {
        #"{"index":\#(index),"delta":{"x":[{"finish_reason":"a"}]},"finish_reason":\#(reason)}"#
    }

    @Test(
        "a stream is whole when every choice that has begun has ended",
        arguments: [
            ([[Self.choice(1, "null")], [Self.choice(0, "null")], [Self.choice(1, #""stop""#)]], "truncated"),
            (
                [
                    [Self.choice(1, "null"), Self.choice(0, "null")],
                    [Self.choice(1, #""stop""#), Self.choice(0, #""stop""#)],
                ], "complete"
            ),
            ([[Self.choice(1, "null"), Self.choice(0, #""stop""#)], [Self.choice(1, #""length""#)]], "complete"),
            // What comes behind a choice's end does not begin it again.
            ([[Self.choice(0, #""stop""#)], [Self.choice(0, "null")]], "complete"),
            ([[Self.choice(0, #""stop""#)], [Self.choice(127, "null")]], "truncated"),
            ([[Self.choice(127, #""stop""#)], []], "complete"),
        ]
    )
    func choices(_ chunks: [[String]], _ ending: String) {
        let text = chunks.map { Events.data(#"{"model":"public","choices":[\#($0.joined(separator: " , "))]}"#) }
        #expect(StreamRun(text.joined()).ending == ending)
        // Whatever else has a reason or an index in it is no choice.
        let more = Events.data(#"{"x":[{"finish_reason":"a"}],"choices":[],"y":[{"index":3}]}"#)
        #expect(StreamRun(text.joined() + more).ending == ending)
    }

    @Test(
        "an error in the stream is passed on, and with it the stream has failed",
        arguments: [
            (Self.error, Self.error),
            // llama.cpp, vLLM and SGLang: the code is a number; OpenAI's is a text or null.
            (#"{"error":{"code":500,"message":"x"}}"#, #"{"error":{"code":"500","message":"x"}}"#),
            (#"{"error":{"message":"x","code":-1}}"#, #"{"error":{"message":"x","code":"-1"}}"#),
            (
                #"{"error":{"a":{"code":1},"b":[2],"code" : 5e2 }}"#,
                #"{"error":{"a":{"code":1},"b":[2],"code" : "5e2" }}"#
            ),
            (#"{"error":{"message":"\"code\":1","code":1.5}}"#, #"{"error":{"message":"\"code\":1","code":"1.5"}}"#),
            (#"{"error":{"code":null}}"#, #"{"error":{"code":null}}"#), (#"{"error":"x"}"#, #"{"error":"x"}"#),
            (#"{"code":7,"error":{"message":"x"}}"#, #"{"code":7,"error":{"message":"x"}}"#),
            // The error itself, as old vLLM sends it.
            (
                #"{"object":"error","message":"x","type":"y","param":null,"code":500}"#,
                #"{"error":{"object":"error","message":"x","type":"y","param":null,"code":"500"}}"#
            ),
        ]
    )
    func errors(_ chunk: String, _ expected: String) {
        for run in StreamRun.cuts(Events.word("public") + Events.data(chunk)) {
            #expect(run.text == Events.word("public") + Events.data(expected))
            #expect(run.ending == "failed" && run.hasFailed)
        }
        let run = StreamRun(Events.data(chunk) + Events.done)
        #expect(run.text == Events.data(expected) + Events.done && run.ending == "complete" && run.hasFailed)
    }

    @Test("an error that the upstream sends without its blank line is passed on as well")
    func unfinishedError() {
        for run in StreamRun.cuts(Events.word("public") + "data: " + Self.error) {
            #expect(run.text == Events.word("public") + Events.data(Self.error))
            #expect(run.hasFailed && run.ending != "truncated")
        }
    }

    @Test(
        "an event with the name of an error is one, unless it says something of a choice",
        arguments: [
            (#"{"message":"boom","code":500}"#, #"{"error":{"message":"boom","code":"500"}}"#),
            (#"boom "a""#, #"{"error":"boom \"a\""}"#),
            (#"{"error":{"message":"boom"}}"#, #"{"error":{"message":"boom"}}"#),
        ]
    )
    func namedErrors(_ data: String, _ expected: String) {
        for run in StreamRun.cuts("event: error\ndata: \(data)\n\n") {
            #expect(run.text == Events.data(expected) && run.ending == "failed" && run.hasFailed)
        }
        let word = Events.word("public")
        let run = StreamRun("event: error\n" + word + Events.done)
        #expect(run.text == word + Events.done && !run.hasFailed)
    }

    @Test("no error is none", arguments: ["null", "false", "\"\""])
    func noErrors(_ value: String) {
        let run = StreamRun(Events.data(#"{"error":\#(value),"model":"public"}"#) + Events.done)
        #expect(run.ending == "complete" && !run.hasFailed)
    }

    @Test(
        "a line `error:` of old builds of llama.cpp becomes an error object",
        arguments: [
            (#"error: {"code":500,"message":"x"}"#, #"{"error":{"code":"500","message":"x"}}"#),
            (#"error: boom "a""#, #"{"error":"boom \"a\""}"#), ("data: {}\nerror:x", #"{"error":"x"}"#),
        ]
    )
    func errorLines(_ line: String, _ expected: String) {
        for run in StreamRun.cuts(line + "\n\n") {
            #expect(run.text == Events.data(expected) && run.ending == "failed")
        }
    }

    @Test("what the relay says itself")
    func own() {
        let event = ChatStream.errorEvent(GatewayError(.upstreamFailed, "a\nb"))
        let json = #"{"error":{"message":"a\nb","type":"server_error","param":null,"code":"bad_gateway"}}"#
        #expect(String(buffer: event) == Events.data(json) + Events.done)
        #expect(StreamRun([ChatStream.keepAlive]).text == String(buffer: ChatStream.keepAlive))
    }
}
