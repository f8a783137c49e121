import Dialects
import NIOCore
import StreamCheckers
import Testing
import TunnelProtocol
import Vocabulary

@testable import Gateway

@Suite("What becomes of an answer in another dialect")
struct TranslatedAnswerTests {
    private static let requests: [(endpoint: Endpoint, body: String)] = [
        (.messages, #"{"model":"public","max_tokens":9,"messages":[{"role":"user","content":"x"}]"#),
        (.responses, #"{"model":"public","input":"x""#),
        (.generateContent(model: "public", framing: nil), #"{"contents":[{"parts":[{"text":"x"}]}]"#),
    ]
    private static let names = ["messages", "responses", "gemini"]

    private func answer(
        _ name: String,
        streamed: Bool,
        hides: Bool = false,
        codes: ErrorCodes = ErrorCodes()
    ) throws -> Answer {
        var (endpoint, body) = try #require(Self.requests.first { $0.endpoint.name == name })
        if name == "gemini" {
            endpoint = .generateContent(model: "public", framing: streamed ? .events : nil)
        } else {
            body += ",\"stream\":\(streamed)"
        }
        let translation = try Translation(endpoint, reading: ByteBuffer(string: body + "}"))
        let id = CallID(high: 1, low: 2)
        let identity = AnswerIdentity(digits: id.digits, created: 1_790_000_000, model: "public")
        let call = Call(
            id: id,
            endpoint: endpoint,
            deployment: try #require(DeploymentName("public")),
            key: "key_x",
            user: "user_x",
            form: .translated(translation, identity),
            errorCodes: codes,
            hidesUpstreamText: hides,
            passedHeaders: [],
            bytesIn: body.utf8.count,
            arrived: .uptimeNanoseconds(0),
            complete: .uptimeNanoseconds(0)
        )
        return Answer(call: call, now: { 1_790_000_009 })
    }

    private func head(_ status: Int, _ type: String = "application/json") -> BinaryHTTP.ResponseHead {
        BinaryHTTP.ResponseHead(status: status, fields: [.init(name: "content-type", value: type)])
    }

    private func event(_ json: String) -> String { "data: \(json)\n\n" }

    private var role: String { self.event(#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#) }
    private var text: String { self.event(#"{"choices":[{"index":0,"delta":{"content":"Ünï"}}]}"#) }
    private var rest: String {
        self.event(#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)
            + self.event(#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7}}"#)
            + "data: [DONE]\n\n"
    }

    /// What is written for pieces of a stream, and how it ends.
    private func run(_ answer: inout Answer, _ pieces: [ByteBuffer]) -> (written: String, end: String) {
        var written = ""
        func take(_ verdict: Answer.Verdict) -> String? {
            switch verdict {
            case .wait: return nil
            case .stream(let bytes): written += String(buffer: bytes)
            case .endStream(let bytes):
                written += bytes.map { String(buffer: $0) } ?? ""
                return "end"
            case .whole(let status, let pieces, _, _):
                written += pieces.map { String(buffer: $0) }.joined()
                return "whole \(status)"
            case .count, .ask, .lacks: return "something else"
            case .fail(let error): return "fail \(error.code.status)"
            case .failInside(let bytes, let outcome):
                written += String(buffer: bytes)
                return "fail inside \(outcome.status)"
            }
            return nil
        }
        for piece in pieces {
            if let end = take(answer.content(piece)) { return (written, end) }
        }
        let end = take(answer.end())
        return (written, end ?? "nothing")
    }

    @Test("a stream says the same however it is cut", arguments: Self.names)
    func cut(name: String) throws {
        let bytes = Array((self.role + self.text + self.rest).utf8)
        var whole = try self.answer(name, streamed: true)
        _ = whole.head(self.head(200, "text/event-stream"))
        let expected = self.run(&whole, [ByteBuffer(bytes: bytes)])
        #expect(expected.end == "end" && expected.written.contains("Ünï"))
        #expect(whole.usage == Usage(input: 5, output: 7))
        #expect((whole.response != nil) == (name == "responses"))
        for place in 0...bytes.count {
            var answer = try self.answer(name, streamed: true)
            _ = answer.head(self.head(200, "text/event-stream"))
            let pieces = [ByteBuffer(bytes: bytes[..<place]), ByteBuffer(bytes: bytes[place...])]
            let told = self.run(&answer, pieces)
            #expect(told.written == expected.written && told.end == "end", "cut at \(place)")
        }
    }

    @Test("an error before the first event is a real one, one behind it stands inside", arguments: Self.names)
    func broken(name: String) throws {
        let error = self.event(#"{"error":{"message":"boom","code":500}}"#)
        for (said, wanted) in [("", "fail 502"), (self.text, "fail inside 502")] {
            for ending in [error, ""] {
                var answer = try self.answer(name, streamed: true)
                _ = answer.head(self.head(200, "text/event-stream"))
                let pieces = [said, ending].filter { !$0.isEmpty }.map { ByteBuffer(string: $0) }
                let told = self.run(&answer, pieces)
                #expect(told.end == wanted, "\(told.written)")
                #expect(told.written.contains("boom") == (!said.isEmpty && !ending.isEmpty), "\(told.written)")
                #expect(answer.response == nil, "only a whole answer is kept")
            }
        }
        // In one piece with what came before it, nothing was written yet: it is still a real error.
        var together = try self.answer(name, streamed: true)
        _ = together.head(self.head(200, "text/event-stream"))
        #expect(self.run(&together, [ByteBuffer(string: self.text + error)]).end == "fail 502")
    }

    @Test("a model server's own words of its failure can be hidden", arguments: Self.names)
    func hidden(name: String) throws {
        let error = #"{"error":{"message":"secret","type":"secret","code":500}}"#
        for (said, ending) in [("", "fail 502"), (self.text, "fail inside 502")] {
            var answer = try self.answer(name, streamed: true, hides: true)
            _ = answer.head(self.head(200, "text/event-stream"))
            let pieces = [said, self.event(error)].filter { !$0.isEmpty }.map { ByteBuffer(string: $0) }
            let told = self.run(&answer, pieces)
            #expect(told.end == ending && !told.written.contains("secret"), "\(told.written)")
            if !said.isEmpty { #expect(told.written.contains("The model server failed."), "\(told.written)") }
        }
        for status in [200, 400, 429, 500] {
            for streamed in [true, false] {
                var answer = try self.answer(name, streamed: streamed, hides: true)
                _ = answer.head(self.head(status))
                _ = answer.content(ByteBuffer(string: error))
                switch answer.end() {
                case .fail(let error): #expect(error.message == "The model server failed.")
                case .whole(_, let pieces, _, _):
                    let text = pieces.map { String(buffer: $0) }.joined()
                    #expect(text.contains("The model server ") && !text.contains("secret"), "\(text)")
                default: Issue.record("\(status) is no failure")
                }
            }
        }
    }

    @Test("after five seconds the stream begins with what its dialect bears", arguments: Self.names)
    func held(name: String) throws {
        var answer = try self.answer(name, streamed: true)
        if case .stream = answer.commit() { Issue.record("no head, no stream") }
        _ = answer.head(self.head(200, "text/event-stream"))
        guard case .stream(let bytes) = answer.commit() else {
            Issue.record("nothing is said")
            return
        }
        let said = String(buffer: bytes)
        switch name {
        case "messages": #expect(said.hasPrefix("event: message_start\n") && said.contains("event: ping\n"))
        case "responses": #expect(said.hasPrefix("event: response.created\n") && said.hasSuffix(": keep-alive\n\n"))
        default: #expect(said == "\n")
        }
        let minute = String(buffer: answer.keepAlive(minute: true))
        #expect(minute.contains("response.in_progress") == (name == "responses"))
        let told = self.run(&answer, [ByteBuffer(string: self.text + self.rest)])
        #expect(told.end == "end")
        #expect(!told.written.contains("message_start") && !told.written.contains("response.created"))
    }

    @Test(
        "a stream that waits for its server begins no answer that another one cannot go on with",
        arguments: Self.names
    )
    func waiting(name: String) throws {
        let sign = name == "gemini" ? "\n" : ": keep-alive\n\n"
        var answer = try self.answer(name, streamed: true)
        answer.isAnnounced = true
        let minutes = name == "responses" ? [false] : [false, true]
        for minute in minutes { #expect(String(buffer: answer.keepAlive(minute: minute)) == sign) }
        // A server that does not have what its connector says is asked once more, in other words.
        var refused = answer
        _ = refused.head(self.head(404))
        for minute in minutes { #expect(String(buffer: refused.keepAlive(minute: minute)) == sign) }
        _ = answer.head(self.head(200, "text/event-stream"))
        let begun = ["messages": "event: message_start\n", "responses": "event: response.created\n"][name]
        #expect(String(buffer: answer.keepAlive(minute: false)).hasPrefix(begun ?? "\n"))
    }

    /// What Responses say each minute is the answer's beginning, told once, whoever goes on with it.
    @Test(
        "events of a wait are counted in whatever comes behind it",
        arguments: [0, 1, 3],
        ["answer", "error", "head"]
    )
    func eventsOfWaiting(minutes: Int, end: String) throws {
        var answer = try self.answer("responses", streamed: true)
        answer.isAnnounced = true
        var said = ByteBuffer()
        for _ in 0..<minutes { said.writeImmutableBuffer(answer.keepAlive(minute: true)) }
        // Asked of another server.
        answer = Answer(call: answer.call, now: answer.now)
        answer.isAnnounced = true
        said.writeImmutableBuffer(answer.keepAlive(minute: true))
        _ = answer.head(self.head(end == "head" ? 500 : 200, end == "head" ? "text/plain" : "text/event-stream"))
        said.writeImmutableBuffer(answer.keepAlive(minute: true))
        let text =
            end == "answer" ? self.text + self.rest : end == "head" ? "" : self.event(#"{"error":{"message":"no"}}"#)
        let told = self.run(&answer, [ByteBuffer(string: text)])
        said.writeString(told.written)
        #expect(told.end == (end == "answer" ? "end" : "fail inside 502"))
        let checker = ResponsesStreamChecker(said)
        #expect(checker.faults == [])
        #expect(checker.events.count > minutes + 3)
    }

    /// Where a model server can say that it has failed.
    private enum Place: CaseIterable {
        /// The first event of a stream.
        case first
        /// Behind its first words.
        case inside
        /// The first event of a stream whose caller had to wait.
        case announced
        /// The head of an answer whose caller had to wait for a stream.
        case announcedHead
        /// In the place of a whole answer.
        case whole
        /// In the place of a stream.
        case insteadOfStream
    }

    /// All that the caller reads when a model server fails.
    private func told(_ error: String, _ status: Int, at place: Place, by answer: Answer) -> (text: String, status: Int)
    {
        var answer = answer
        answer.isAnnounced = place == .announced || place == .announcedHead
        let isEvent = [.first, .inside, .announced].contains(place)
        let head = self.head(
            place == .announcedHead ? status : 200,
            isEvent ? "text/event-stream" : "application/json"
        )
        _ = answer.head(head)
        if place == .inside { _ = answer.content(ByteBuffer(string: self.text)) }
        var verdict = answer.content(ByteBuffer(string: isEvent ? self.event(error) : error))
        if case .wait = verdict { verdict = answer.end() }
        switch verdict {
        case .fail(let error):
            let dialect = answer.call.endpoint.dialect
            let body = dialect.errorBody(error.worded(by: answer.call.errorCodes), requestID: "req_1")
            return (String(buffer: body), dialect.status(of: error.code))
        case .failInside(let bytes, let outcome): return (String(buffer: bytes), outcome.status)
        case .whole(let status, let pieces, _, _): return (pieces.map { String(buffer: $0) }.joined(), status)
        default: return ("", 0)
        }
    }

    @Test(
        "that a prompt is too long is told in the words that clients know, wherever it is said",
        arguments: Self.names
    )
    func tooLong(name: String) throws {
        let said = "The input (9 tokens) is longer than the model's context length (8 tokens)."
        let error = #"{"error":{"message":"\#(said)","type":"BadRequestError","code":400}}"#
        let codes = try ErrorCodes(["context_length_exceeded=too_long"])
        let words = [
            "messages": #""message":"prompt is too long: "#, "responses": #""code":"too_long""#,
            "gemini": #""message":"The input token count exceeds the maximum number of tokens allowed: "#,
        ]
        let word = try #require(words[name])
        for place in Place.allCases {
            for hides in [false, true] {
                let answer = try self.answer(name, streamed: place != .whole, hides: hides, codes: codes)
                let (text, status) = self.told(error, 400, at: place, by: answer)
                #expect(status == 400 && text.contains(word), "\(place): \(text)")
                let message = hides ? "The prompt is longer than the model's context." : said
                #expect(text.contains(message) && text.contains("9 tokens") == !hides, "\(place): \(text)")
            }
        }
    }

    @Test("a connector's own credential is nobody's business, also behind a wait", arguments: Self.names)
    func credential(name: String) throws {
        let error = #"{"error":{"message":"Incorrect API key provided: sk-secret","type":"invalid_request_error"}}"#
        for hides in [false, true] {
            let answer = try self.answer(name, streamed: true, hides: hides)
            let (text, _) = self.told(error, 401, at: .announcedHead, by: answer)
            #expect(text.contains("its connector's own credential") && !text.contains("secret"), "\(text)")
        }
    }

    @Test(
        "a whole answer must be one",
        arguments: [
            (
                200, #"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5}}"#,
                200
            ),
            (200, "rubbish", 0), (200, "", 0), (200, #"{"choices":[]}"#, 0), (200, #"{"error":"no"}"#, 0),
            (400, #"{"error":{"message":"no"}}"#, 400), (404, "{}", 404), (422, "{}", 422), (429, "{}", 429),
        ],
        Self.names
    )
    func whole(_ sample: (status: Int, body: String, expected: Int), name: String) throws {
        var answer = try self.answer(name, streamed: false)
        _ = answer.head(self.head(sample.status))
        let told = self.run(&answer, [ByteBuffer(string: sample.body)])
        #expect(told.end == (sample.expected == 0 ? "fail 502" : "whole \(sample.expected)"))
        if sample.expected == 200 { #expect(told.written.contains("hi") && answer.usage?.input == 5) }
        #expect((answer.response != nil) == (name == "responses" && sample.expected == 200))
    }

    @Test("an error that is said as a whole answer to a streamed call is no answer", arguments: Self.names)
    func wholeInPlaceOfStream(name: String) throws {
        var answer = try self.answer(name, streamed: true)
        _ = answer.head(self.head(200))
        let told = self.run(&answer, [ByteBuffer(string: #"{"error":{"message":"out of memory"}}"#)])
        #expect(told.end == "whole \(name == "gemini" ? 503 : 502)" && told.written.contains("out of memory"))
    }
}
