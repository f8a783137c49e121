import Dialects
import NIOCore
import Testing
import TunnelProtocol
import Vocabulary

@testable import Gateway

@Suite("What becomes of an answer")
struct AnswerTests {
    private func answer(streamed: Bool, wantsUsage: Bool = false, hides: Bool = false) throws -> Answer {
        let body = ByteBuffer(
            string:
                #"{"model":"public","messages":[{}],"stream":\#(streamed),"stream_options":{"include_usage":\#(wantsUsage)}}"#
        )
        var scanner = RequestScanner()
        scanner.scan(body)
        let prepared = try PreparedRequest(try scanner.finish().get(), endpoint: .chatCompletions)
        return Answer(
            call: Call(
                id: CallID(high: 1, low: 2),
                endpoint: .chatCompletions,
                deployment: try #require(DeploymentName("public")),
                key: "key_x",
                user: "user_x",
                form: .passed(prepared, body: body),
                errorCodes: try ErrorCodes(["bad_gateway=upstream_error"]),
                hidesUpstreamText: hides,
                passedHeaders: [],
                bytesIn: body.readableBytes,
                arrived: .uptimeNanoseconds(0),
                complete: .uptimeNanoseconds(0)
            ),
            now: { 1_790_000_000 }
        )
    }

    private func head(_ status: Int, _ type: String = "application/json") -> BinaryHTTP.ResponseHead {
        BinaryHTTP.ResponseHead(status: status, fields: [.init(name: "content-type", value: type)])
    }

    private let stream = "text/event-stream; charset=utf-8"
    private let chunk =
        ByteBuffer(
            string: #"data: {"model":"public","choices":[{"delta":{"content":"a"},"finish_reason":null}]}"# + "\n\n"
        )
    private let last = ByteBuffer(
        string: #"data: {"model":"public","choices":[{"delta":{},"finish_reason":"stop"}]}"# + "\n\n"
    )
    private let done = ByteBuffer(string: "data: [DONE]\n\n")

    /// A verdict in short.
    private func words(_ verdict: Answer.Verdict) -> String {
        switch verdict {
        case .wait: "wait"
        case .stream: "stream"
        case .endStream(let rest): rest == nil ? "end" : "write and end"
        case .whole(let status, _, _, _): "whole \(status)"
        case .count: "count"
        case .ask: "ask"
        case .lacks(let service): "lacks \(service)"
        case .fail(let error): "fail \(error.code.status)"
        case .failInside(_, let outcome): "fail inside \(outcome.status)"
        }
    }

    @Test("a stream begins with its first event and ends with [DONE]")
    func streamed() throws {
        var answer = try self.answer(streamed: true)
        #expect(answer.isUntouched)
        #expect(self.words(answer.head(self.head(200, self.stream))) == "wait")
        #expect(!answer.isUntouched && !answer.isCommitted)
        #expect(self.words(answer.content(self.chunk)) == "stream")
        #expect(answer.isCommitted)
        #expect(self.words(answer.content(self.last)) == "stream")
        #expect(self.words(answer.content(self.done)) == "write and end")
        #expect(self.words(answer.end()) == "wait", "the end has been told already")
        #expect(self.words(answer.content(self.chunk)) == "wait")
    }

    @Test("a stream that only lacks [DONE] gets it")
    func withoutDone() throws {
        var answer = try self.answer(streamed: true)
        _ = answer.head(self.head(200, self.stream))
        _ = answer.content(self.last)
        #expect(self.words(answer.end()) == "write and end")
    }

    @Test("a stream that breaks before its first event is a real error")
    func brokenEarly() throws {
        var answer = try self.answer(streamed: true)
        _ = answer.head(self.head(200, self.stream))
        #expect(self.words(answer.end()) == "fail 502")
        var second = try self.answer(streamed: true)
        _ = second.head(self.head(200, self.stream))
        #expect(self.words(second.broken(GatewayError(.upstreamTimeout, "slow"))) == "fail 504")
    }

    @Test(
        "an error that is the stream's first event is a real one",
        arguments: [
            (
                #"{"error":{"code":400,"message":"x","type":"exceed_context_size_error"}}"#, 400,
                "context_length_exceeded"
            ),
            (#"{"error":{"code":429,"message":"x"}}"#, 429, "rate_limit_exceeded"),
            (#"{"error":{"code":503,"message":"Loading model"}}"#, 503, "connector_offline"),
            (#"{"error":"x"}"#, 502, "upstream_error"),
            // The error itself, as old vLLM sends it.
            (#"{"object":"error","message":"x","type":"BadRequestError","code":400}"#, 400, "null"),
        ]
    )
    func errorFirst(_ error: String, _ status: Int, _ word: String) throws {
        let event = "data: \(error)\n\n"
        // In one piece with what came before it nothing was written yet.
        for text in [event, event + "data: [DONE]\n\n", String(buffer: self.chunk) + event, String(event.dropLast(2))] {
            var answer = try self.answer(streamed: true)
            _ = answer.head(self.head(200, self.stream))
            var verdict = answer.content(ByteBuffer(string: text))
            if case .wait = verdict { verdict = answer.end() }
            guard case .whole(status, let pieces, let retryAfter, let code?) = verdict else {
                Issue.record("\(self.words(verdict)) for \(text)")
                continue
            }
            let body = pieces.map { String(buffer: $0) }.joined()
            #expect(body.hasPrefix(#"{"error":{"message":"#) && body.contains(word), "\(body)")
            #expect((retryAfter != nil) == (status == 429 || status == 503))
            let blames: Bool? = status == 400 ? false : status == 429 ? nil : true
            #expect(CallRecord.Outcome(status: status, code).blamesServer == blames)
            #expect(self.words(answer.end()) == "wait")
        }
    }

    @Test("an error behind the first event, or behind the head, stands inside")
    func errorLater() throws {
        let error = ByteBuffer(string: #"data: {"error":{"code":"400","message":"x"}}"# + "\n\n")
        for isHeld in [true, false] {
            var answer = try self.answer(streamed: true)
            _ = answer.head(self.head(200, self.stream))
            _ = isHeld ? answer.commit() : answer.content(self.chunk)
            guard case .stream(error) = answer.content(error) else {
                Issue.record("the error does not pass")
                return
            }
            #expect(self.words(answer.end()) == "end")
        }
    }

    @Test("a stream that breaks later says so inside")
    func brokenLate() throws {
        var answer = try self.answer(streamed: true)
        _ = answer.head(self.head(200, self.stream))
        _ = answer.content(self.chunk)
        #expect(self.words(answer.end()) == "fail inside 502")
        var second = try self.answer(streamed: true)
        _ = second.head(self.head(200, self.stream))
        _ = second.content(self.chunk)
        guard case .failInside(let bytes, _) = second.broken(GatewayError(.upstreamFailed, "broke")) else {
            Issue.record("no error inside the stream")
            return
        }
        #expect(String(buffer: bytes).hasPrefix("data: {\"error\":{\"message\":\"broke\""))
        #expect(String(buffer: bytes).hasSuffix("\n\ndata: [DONE]\n\n"))
    }

    @Test(
        "a model server's own words of its failure can be hidden inside a stream",
        arguments: [
            #"data: {"error":{"message":"secret","type":"secret","code":500}}"#,
            #"data: {"error":"secret"}"#,
            #"data: {"object":"error","message":"secret","type":"secret","code":500}"#,
            #"data: {"model":"public","choices":[],"error":{"message":"secret"}}"#,
            #"error: {"message":"secret","code":500}"#,
            "data: {\"error\":\ndata: {\"message\":\"secret\"}}",
        ]
    )
    func hiddenInside(event: String) throws {
        let event = ByteBuffer(string: event + "\n\n")
        var answer = try self.answer(streamed: true, hides: true)
        _ = answer.head(self.head(200, self.stream))
        _ = answer.content(self.chunk)
        guard case .stream(let bytes) = answer.content(event) else {
            Issue.record("the error is not told")
            return
        }
        let text = String(buffer: bytes)
        #expect(!text.contains("secret"), "\(text)")
        #expect(text.hasPrefix(#"data: {"error":{"message":"The model server failed.""#), "\(text)")
        #expect(text.contains(#""code":"upstream_error""#) && text.hasSuffix("}}\n\n"), "\(text)")
        #expect(answer.failureInside == .upstreamFailed)
        #expect(self.words(answer.content(self.done)) == "write and end")

        var first = try self.answer(streamed: true, hides: true)
        _ = first.head(self.head(200, self.stream))
        guard case .fail(let error) = first.content(event) else {
            Issue.record("an error that comes first is no HTTP error")
            return
        }
        #expect(error.code == .upstreamFailed && error.message == "The model server failed.")

        var shown = try self.answer(streamed: true)
        _ = shown.head(self.head(200, self.stream))
        guard case .whole(502, let pieces, _, _) = shown.content(event) else {
            Issue.record("an error that comes first is no HTTP error")
            return
        }
        #expect(pieces.map { String(buffer: $0) }.joined().contains("secret"))
    }

    @Test("that a prompt is too long is told by its code, also inside a stream and when words are hidden")
    func tooLong() throws {
        let said = "The input (9 tokens) is longer than the model's context length (8 tokens)."
        let error = #"{"error":{"message":"\#(said)","type":"BadRequestError","code":400}}"#
        let event = ByteBuffer(string: "data: \(error)\n\n")
        for hides in [false, true] {
            for isAnnounced in [false, true] {
                for hasBegun in [false, true] {
                    var answer = try self.answer(streamed: true, hides: hides)
                    answer.isAnnounced = isAnnounced
                    _ = answer.head(self.head(200, self.stream))
                    if hasBegun { _ = answer.content(self.chunk) }
                    let text = self.text(answer.content(event))
                    #expect(text.contains(#""code":"context_length_exceeded""#), "\(text)")
                    #expect(text.contains(hides ? "longer than the model's context." : said), "\(text)")
                }
            }
            var refused = try self.answer(streamed: true, hides: hides)
            refused.isAnnounced = true
            _ = refused.head(self.head(400))
            _ = refused.content(ByteBuffer(string: error))
            let text = self.text(refused.end())
            #expect(text.contains(#""code":"context_length_exceeded""#), "\(text)")
            #expect(text.contains("9 tokens") == !hides, "\(text)")
        }
    }

    @Test("what is hidden of an error that comes first is its words, not when to try again")
    func hiddenRetry() throws {
        var answer = try self.answer(streamed: true, hides: true)
        _ = answer.head(self.head(200, self.stream))
        let event = #"data: {"error":{"message":"secret","code":429}}"# + "\n\n"
        guard case .fail(let error) = answer.content(ByteBuffer(string: event)) else {
            Issue.record("an error that comes first is no HTTP error")
            return
        }
        #expect(error.code == .upstreamBusy && error.retryAfter == 1 && !error.message.contains("secret"))
    }

    @Test("a connector's own credential is nobody's business, also behind a wait")
    func credential() throws {
        var answer = try self.answer(streamed: true)
        answer.isAnnounced = true
        _ = answer.head(self.head(401))
        _ = answer.content(ByteBuffer(string: #"{"error":{"message":"Incorrect API key provided: sk-secret"}}"#))
        let text = self.text(answer.end())
        #expect(text.contains("its connector's own credential") && !text.contains("secret"), "\(text)")
    }

    /// All that the caller reads.
    private func text(_ verdict: Answer.Verdict) -> String {
        switch verdict {
        case .stream(let bytes), .failInside(let bytes, _): String(buffer: bytes)
        case .whole(_, let pieces, _, _): pieces.map { String(buffer: $0) }.joined()
        case .fail(let error): String(buffer: OpenAI.errorBody(error))
        default: ""
        }
    }

    @Test("a model server's own words of its failure can be hidden in the place of an answer")
    func hiddenWhole() throws {
        for said in [#"{"error":{"message":"secret"}}"#, #"{"object":"error","message":"secret","code":500}"#] {
            for hides in [true, false] {
                var answer = try self.answer(streamed: false, hides: hides)
                _ = answer.head(self.head(200))
                _ = answer.content(ByteBuffer(string: said))
                guard case .fail(let error) = answer.end() else {
                    Issue.record("an error is taken for an answer")
                    continue
                }
                #expect(error.code == .upstreamFailed && error.message.contains("secret") == !hides)
                // The caller knows already that a stream comes.
                var announced = try self.answer(streamed: true, hides: hides)
                announced.isAnnounced = true
                _ = announced.head(self.head(400))
                _ = announced.content(ByteBuffer(string: said))
                guard case .failInside(let bytes, _) = announced.end() else {
                    Issue.record("the error is not told")
                    continue
                }
                #expect(String(buffer: bytes).contains("secret") == !hides, "\(String(buffer: bytes))")
            }
        }
    }

    @Test(
        "a refusal of the model server is one behind a wait too",
        arguments: [
            (400, CallRecord.Outcome.refusedByUpstream), (422, .refusedByUpstream), (401, .failed(.upstreamFailed)),
            (429, .failed(.upstreamBusy)), (500, .failed(.upstreamFailed)),
        ]
    )
    func refusedBehindAWait(_ status: Int, _ expected: CallRecord.Outcome) throws {
        var answer = try self.answer(streamed: true)
        answer.isAnnounced = true
        _ = answer.head(self.head(status))
        _ = answer.content(ByteBuffer(string: #"{"error":{"message":"no"}}"#))
        guard case .failInside(_, let outcome) = answer.end() else {
            Issue.record("the error is not told")
            return
        }
        #expect(outcome == expected)
    }

    @Test("after five seconds the stream begins without an event")
    func held() throws {
        var answer = try self.answer(streamed: true)
        #expect(self.words(answer.commit()) == "wait", "no head, no stream")
        _ = answer.head(self.head(200, self.stream))
        #expect(self.words(answer.commit()) == "stream")
        #expect(self.words(answer.commit()) == "wait")
        #expect(self.words(answer.broken(GatewayError(.upstreamFailed, "broke"))) == "fail inside 502")
    }

    @Test(
        "a whole answer must be one",
        arguments: [
            (200, #"{"model":"m","choices":[]}"#, "whole 200"),
            (200, "rubbish", "fail 502"),
            (200, "{}", "fail 502"),
            (200, #"{"error":{"code":400,"message":"x"}}"#, "fail 400"),
            (200, #"{"object":"error","message":"x","type":"InternalServerError","code":500}"#, "fail 502"),
            (200, "[]", "fail 502"),
            (200, "", "fail 502"),
            (200, #"{"error":"Unexpected endpoint or method."}"#, "fail 502"),
            (400, #"{"error":{"message":"no"}}"#, "whole 400"),
            (401, "{}", "whole 502"),
            (429, "{}", "whole 429"),
            (500, "{}", "whole 502"),
            (503, #"{"error":{"message":"Loading model"}}"#, "whole 503"),
            (503, "busy", "whole 429"),
        ]
    )
    func whole(_ status: Int, _ body: String, _ expected: String) throws {
        var answer = try self.answer(streamed: false)
        #expect(self.words(answer.head(self.head(status))) == "wait")
        for byte in body.utf8 { #expect(self.words(answer.content(ByteBuffer(bytes: [byte]))) == "wait") }
        #expect(self.words(answer.end()) == expected)
        #expect(self.words(answer.end()) == "wait")
    }

    @Test("an informational head is not the answer's")
    func informational() throws {
        var answer = try self.answer(streamed: false)
        #expect(self.words(answer.head(self.head(103))) == "wait")
        #expect(answer.isUntouched)
    }

    @Test("a stream that nobody asked for, and a whole answer in place of a stream, are no answers")
    func wrongKind() throws {
        var whole = try self.answer(streamed: false)
        #expect(self.words(whole.head(self.head(200, self.stream))) == "fail 502")
        var streamed = try self.answer(streamed: true)
        _ = streamed.head(self.head(200))
        _ = streamed.content(ByteBuffer(string: #"{"error":{"message":"out of memory"}}"#))
        #expect(self.words(streamed.end()) == "whole 502")
    }

    @Test("usage is remembered, streamed or not")
    func usage() throws {
        let usage = #""usage":{"prompt_tokens":5,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":2}}"#
        var whole = try self.answer(streamed: false)
        _ = whole.head(self.head(200))
        _ = whole.content(ByteBuffer(string: "{\"model\":\"m\",\"choices\":[],\(usage)}"))
        _ = whole.end()
        #expect(whole.usage == Usage(input: 5, cachedInput: 2, output: 7))
        var streamed = try self.answer(streamed: true)
        _ = streamed.head(self.head(200, self.stream))
        _ = streamed.content(self.last)
        #expect(self.words(streamed.content(ByteBuffer(string: "data: {\"choices\":[],\(usage)}\n\n"))) == "wait")
        _ = streamed.content(self.done)
        #expect(streamed.usage == Usage(input: 5, cachedInput: 2, output: 7))
    }
}
