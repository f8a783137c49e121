import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@testable import Dialects

@Suite("Responses that pass as a server tells them")
struct PassedResponsesTests {
    private static let identity = AnswerIdentity(digits: "0123456789ab", created: 1_790_000_000, model: "public")

    /// A stream of events, numbered.
    private static func stream(_ events: [String], named: Bool = true, from first: Int = 0) -> String {
        events.enumerated().map { index, event in
            let data = "{\"sequence_number\":\(first + index)," + event.dropFirst()
            let type = (try? JSONValue(reading: event))?["type"]?.string ?? ""
            return (named ? "event: \(type)\n" : "") + "data: \(data)\n\n"
        }.joined()
    }

    private static func lifecycle(_ type: String, _ status: String, _ more: String = "") -> String {
        #"{"type":"\#(type)","response":{"id":"resp_theirs","object":"response","created_at":1.5,"model":"own","#
            + #""status":"\#(status)","output":[],"tools":[]\#(more)}}"#
    }

    private static let text: [String] = [
        #"{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}"#,
        #"{"type":"response.content_part.added","item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}"#,
        #"{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"Ünï","logprobs":[]}"#,
        #"{"type":"response.output_text.done","item_id":"msg_1","output_index":0,"content_index":0,"text":"Ünï","logprobs":[]}"#,
        #"{"type":"response.content_part.done","item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Ünï","annotations":[],"logprobs":[]}}"#,
        #"{"type":"response.output_item.done","output_index":0,"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Ünï","annotations":[],"logprobs":[]}]}}"#,
    ]
    private static let item =
        #"{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Ünï","annotations":[],"logprobs":[]}]}"#
    private static let begin = [
        lifecycle("response.created", "in_progress"), lifecycle("response.in_progress", "in_progress"),
    ]
    private static let usage =
        #","usage":{"input_tokens":5,"output_tokens":7,"total_tokens":12,"input_tokens_details":{"cached_tokens":2}}"#
    private static let end = lifecycle("response.completed", "completed", usage)
        .replacing(#""output":[]"#, with: #""output":[\#(item)]"#)

    private static func translation(_ more: String = "") throws -> Translation {
        let body = #"{"model":"public","input":"x","stream":true\#(more)}"#
        return try Translation(.responses, reading: ByteBuffer(string: body))
    }

    // Made once: a stream is a value.
    private let fresh: PassedStream

    init() throws {
        self.fresh = PassedStream(PassedResponses(try Self.request(), Self.identity))
    }

    private static func request() throws -> ResponsesRequest {
        try ResponsesRequest(reading: JSONValue(reading: #"{"model":"public","input":"x","stream":true}"#))
    }

    private func run(
        _ pieces: [ByteBuffer]
    ) throws -> (out: ByteBuffer, ending: AnswerEnding, stream: PassedStream) {
        var stream = self.fresh
        var out = ByteBuffer()
        for piece in pieces where !stream.hasEnded { out.writeImmutableBuffer(stream.receive(piece)) }
        let ending = stream.finish(now: 1_790_000_009)
        switch ending {
        case .complete(let rest): out.writeImmutableBuffer(rest)
        case .failed(let error, let said):
            out.writeImmutableBuffer(said)
            out.writeImmutableBuffer(stream.fail(error))
        }
        return (out, ending, stream)
    }

    private func cut(_ text: String, at index: Int) -> [ByteBuffer] {
        let bytes = Array(text.utf8)
        return [ByteBuffer(bytes: bytes[..<index]), ByteBuffer(bytes: bytes[index...])]
    }

    @Test("they come out whole and the same, however they are cut", arguments: [true, false])
    func grammar(named: Bool) async throws {
        let stream = Self.stream(Self.begin + Self.text + [Self.end], named: named) + "data: [DONE]\n\n"
        let whole = try self.run([ByteBuffer(string: stream)])
        #expect(ResponsesStreamChecker(whole.out).faults == [])
        let text = String(buffer: whole.out)
        #expect(!text.contains("own"))
        #expect(!text.contains("resp_theirs"))
        #expect(whole.stream.usage == Usage(input: 5, cachedInput: 2, output: 7))
        let response = try JSONValue(reading: try #require(whole.stream.response))
        #expect(response["id"]?.string == "resp_0123456789ab")
        #expect(response["completed_at"]?.int == 1_790_000_009)
        #expect(response["usage"]?["input_tokens_details"]?["cache_write_tokens"]?.int == 0)
        #expect(response["store"]?.bool == true)
        #expect(response["output"]?.array?.count == 1)
        for index in stride(from: 0, through: stream.utf8.count, by: named ? 1 : 7) {
            await Task.yield()
            let out = try self.run(self.cut(stream, at: index)).out
            if out != whole.out { Issue.record("cut at \(index)") }
        }
    }

    @Test("numbers that no server can mean are left out, or believed up to a limit")
    func hugeNumbers() throws {
        let huge = "9223372036854775807"
        let usage = #","completed_at":1e300,"usage":{"input_tokens":\#(huge),"output_tokens":\#(huge)}"#
        let end = Self.lifecycle("response.completed", "completed", usage)
        let whole = try self.run([ByteBuffer(string: Self.stream(Self.begin + [end]))])
        #expect(whole.stream.usage == Usage(input: Usage.most, output: Usage.most))
        let response = try JSONValue(reading: try #require(whole.stream.response))
        #expect(response["completed_at"]?.int == 1_790_000_009)
        #expect(response["usage"]?["total_tokens"]?.int == 2 * Usage.most)
        // What breaks off behind an event with the last of all numbers.
        let word = #"{"type":"response.output_text.delta","sequence_number":\#(huge),"delta":"x"}"#
        let cut = try self.run([ByteBuffer(string: Self.stream(Self.begin) + "data: \(word)\n\n")])
        #expect(String(buffer: cut.out).contains("response.failed"))
    }

    @Test("words pass as the very bytes that came")
    func untouched() throws {
        var stream = try #require(try Self.translation().makePassage(Self.identity))
        _ = stream.receive(ByteBuffer(string: Self.stream(Self.begin)))
        let word = ByteBuffer(string: Self.stream([Self.text[2]]))
        #expect(stream.receive(word) == word)
    }

    @Test("parts of reasoning have OpenAI's name")
    func reasoning() throws {
        let part =
            #"{"type":"response.reasoning_part.added","item_id":"rs_1","output_index":0,"content_index":0,"part":{"type":"reasoning_text","text":""}}"#
        let done = part.replacing("added", with: "done")
        let out = String(
            buffer: try self.run([ByteBuffer(string: Self.stream(Self.begin + [part, done, Self.end]))]).out
        )
        #expect(!out.contains("reasoning_part"))
        #expect(out.contains("event: response.content_part.added\n"))
        #expect(out.contains("event: response.content_part.done\n"))
    }

    @Test("an answer that its length has ended is called incomplete")
    func incomplete() throws {
        let end = Self.lifecycle(
            "response.completed",
            "incomplete",
            Self.usage + #","incomplete_details":{"reason":"max_output_tokens"}"#
        )
        let out = String(buffer: try self.run([ByteBuffer(string: Self.stream(Self.begin + [end]))]).out)
        #expect(out.contains("event: response.incomplete\n"))
        #expect(out.contains(#""incomplete_details":{"reason":"max_output_tokens"}"#))
    }

    @Test("a stream that breaks off fails, with what was whole by then", arguments: 0...8)
    func truncated(count: Int) throws {
        let stream = Self.stream(Array((Self.begin + Self.text).prefix(count)))
        for index in stride(from: 0, through: stream.utf8.count, by: 7) {
            let result = try self.run(self.cut(stream, at: index))
            guard case .failed = result.ending else {
                _ = Issue.record("it is complete")
                return
            }
            let last = try #require(String(buffer: result.out).split(separator: "\n\n").last)
            #expect(last.hasPrefix("event: response.failed\n"))
            let data = try JSONValue(reading: String(last.split(separator: "\n")[1].dropFirst(6)))
            #expect(data["response"]?["status"]?.string == "failed")
            #expect(data["response"]?["error"]?["code"]?.string == "server_error")
            #expect(data["response"]?["output"]?.array?.count == (count == 8 ? 1 : 0))
            if count > 0 { #expect(data["sequence_number"]?.int == count) }
        }
    }

    @Test("an error of the server is told as a failed response")
    func failure() throws {
        let error = #"event: error\#ndata: {"type":"error","error":{"message":"too much","code":503}}\#n\#n"#
        let result = try self.run([ByteBuffer(string: Self.stream(Self.begin) + error)])
        guard case .failed(let reason, _) = result.ending else {
            _ = Issue.record("it is complete")
            return
        }
        #expect(reason.message.contains("too much"))
        #expect(String(buffer: result.out).contains("event: response.failed\n"))
    }

    @Test("a response that the server calls failed is a failure, told once and with its reason", arguments: [0, 2, 8])
    func failed(count: Int) throws {
        let reason = #","error":{"code":"server_error","message":"out of memory"}"#
        for type in ["response.failed", "response.completed"] {
            let end = Self.lifecycle(type, "failed", reason + Self.usage)
            let events = Array((Self.begin + Self.text).prefix(count)) + [end]
            let result = try self.run([ByteBuffer(string: Self.stream(events))])
            guard case .failed(let error, _) = result.ending else {
                _ = Issue.record("it is complete")
                return
            }
            #expect(error.code == .upstreamFailed && error.message.contains("out of memory"))
            #expect(result.stream.usage == nil)
            let told = String(buffer: result.out).split(separator: "\n\n").filter { $0.contains(#""status":"failed""#) }
            #expect(told.count == 1)
            let data = try JSONValue(reading: String(told.first?.split(separator: "\n")[1].dropFirst(6) ?? "{}"))
            #expect(data["type"]?.string == "response.failed")
            #expect(data["response"]?["error"]?["code"]?.string == "server_error")
            #expect(data["response"]?["error"]?["message"]?.string?.contains("out of memory") == true)
            #expect(data["response"]?["output"]?.array?.count == (count == 8 ? 1 : 0))
        }
    }

    @Test(
        "a failure keeps the code by which its caller knows what to do",
        arguments: [
            ("rate_limit_exceeded", GatewayError.Code.upstreamBusy), ("invalid_prompt", .invalidRequest),
            ("image_too_large", .upstreamFailed),
        ]
    )
    func failureCode(word: String, code: GatewayError.Code) throws {
        let reason = #","error":{"code":"\#(word)","message":"no"}"#
        let events = Self.begin + [Self.lifecycle("response.failed", "failed", reason)]
        let result = try self.run([ByteBuffer(string: Self.stream(events))])
        guard case .failed(let error, _) = result.ending else {
            _ = Issue.record("it is complete")
            return
        }
        #expect(error.code == code)
        #expect(String(buffer: result.out).contains(#""code":"\#(word)""#))
    }

    @Test("nothing is told of a failure before which nothing was told: it may still become a real error")
    func failedAtOnce() throws {
        var stream = self.fresh
        let end = Self.lifecycle("response.failed", "failed", #","error":{"code":"server_error","message":"no"}"#)
        #expect(stream.receive(ByteBuffer(string: Self.stream([end]))).readableBytes == 0)
        #expect(stream.hasEnded)
    }

    @Test("a whole answer that has failed is an error, with or without a reason")
    func wholeFailure() throws {
        for reason in ["", #","error":null"#, #","error":{"code":"server_error","message":"no"}"#] {
            let answer = #"{"id":"resp_theirs","status":"failed","output":[]\#(reason)}"#
            let error = #expect(throws: GatewayError.self) {
                try Self.translation().passedReply(ByteBuffer(string: answer), identity: Self.identity, now: 0)
            }
            #expect(error?.code == .upstreamFailed)
        }
    }

    @Test("a server's own words of its failure can be hidden")
    func hidden() throws {
        var translation = try Self.translation()
        translation.hidesUpstreamText = true
        for (code, told) in [("secret", "server_error"), ("context_length_exceeded", "context_length_exceeded")] {
            let failed = #"{"status":"failed","error":{"code":"\#(code)","message":"secret"},"output":[]}"#
            var stream = try #require(translation.makePassage(Self.identity))
            let event = #"{"type":"response.failed","response":\#(failed)}"#
            var text = String(
                buffer: stream.receive(ByteBuffer(string: Self.stream(Self.begin) + "data: \(event)\n\n"))
            )
            guard case .failed(let error, let said) = stream.finish(now: 0) else {
                Issue.record("a failure is taken for an answer")
                continue
            }
            text += String(buffer: said) + String(buffer: stream.fail(error.withoutUpstreamText))
            #expect(!text.contains("secret") && text.contains(#""code":"\#(told)""#), "\(text)")
        }
        // One that was cut off may say why.
        let cut = Self.lifecycle("response.incomplete", "incomplete", #","error":{"code":"secret","message":"secret"}"#)
        for hides in [true, false] {
            translation.hidesUpstreamText = hides
            var stream = try #require(translation.makePassage(Self.identity))
            _ = stream.receive(ByteBuffer(string: Self.stream(Self.begin + [cut])))
            guard case .complete(let last) = stream.finish(now: 0) else {
                Issue.record("an answer is taken for a failure")
                continue
            }
            #expect(String(buffer: last).contains("secret") == !hides, "\(String(buffer: last))")
        }
    }

    @Test("signs of life are comments, and once a minute an event")
    func keepAlive() throws {
        var stream = try #require(try Self.translation().makePassage(Self.identity))
        // A server that reads a long prompt has not said a word yet: the answer begins without it.
        #expect(String(buffer: stream.keepAlive(minute: true)).hasPrefix("event: response.created\n"))
        _ = stream.receive(ByteBuffer(string: Self.stream(Self.begin)))
        #expect(String(buffer: stream.keepAlive(minute: false)) == ": keep-alive\n\n")
        #expect(String(buffer: stream.keepAlive(minute: true)).hasPrefix("event: response.in_progress\n"))
    }

    @Test("events of ours between the server's own are counted with them", arguments: [0, 2, 5])
    func numbers(told: Int) throws {
        let events = Self.begin + Self.text + [Self.end]
        let translation = try Self.translation()
        for place in events.indices {
            for first in [0, 1] {
                var (said, count) = (ByteBuffer(), 0)
                while count < told {
                    said.writeImmutableBuffer(try #require(translation.eventOfWaiting(Self.identity, told: &count)))
                }
                var stream = try #require(translation.makePassage(Self.identity, told: told))
                for index in events.indices {
                    if index == place {
                        for _ in 0..<3 { said.writeImmutableBuffer(stream.keepAlive(minute: true)) }
                    }
                    let event = Self.stream([events[index]], from: first + index)
                    said.writeImmutableBuffer(stream.receive(ByteBuffer(string: event)))
                }
                guard case .complete(let rest) = stream.finish(now: 1_790_000_009) else {
                    Issue.record("it is not complete")
                    continue
                }
                said.writeImmutableBuffer(rest)
                // Where the server tells the first event, it has the first number as well.
                let isTheirs = told == 0 && place > 0
                let faults = ResponsesStreamChecker(said, from: isTheirs ? first : 0).faults
                #expect(faults == [], "\(place) \(first)")
            }
        }
    }

    @Test("a whole answer has our id and name, and all that SDKs read")
    func whole() throws {
        let answer = """
            {"id":"resp_theirs","object":"response","created_at":1,"model":"own","status":"completed","output":[\(Self.item)],\
            "usage":{"input_tokens":5,"output_tokens":7,"total_tokens":12},"kv_transfer_params":null,"store":false}
            """
        let (body, usage) = try Self.translation(#","metadata":{"a":"b"}"#)
            .passedReply(ByteBuffer(string: answer), identity: Self.identity, now: 1_790_000_009)
        let response = try JSONValue(reading: body)
        #expect(response["id"]?.string == "resp_0123456789ab")
        #expect(response["model"]?.string == "public")
        #expect(response["store"]?.bool == true)
        #expect(response["metadata"]?["a"]?.string == "b")
        #expect(response["usage"]?["output_tokens_details"]?["reasoning_tokens"]?.int == 0)
        #expect(response.object?.members.contains { $0.key == "kv_transfer_params" } == false)
        #expect(usage == Usage(input: 5, output: 7))
        for broken in ["[]", "{}", #"{"error":{"message":"no"}}"#] {
            #expect(throws: GatewayError.self) {
                try Self.translation().passedReply(ByteBuffer(string: broken), identity: Self.identity, now: 0)
            }
        }
    }

    @Test("the messages that vLLM was asked to tell are told, whole and in a stream")
    func responseMessages() throws {
        let messages = #""input_messages":[{"role":"user","content":"x"}],"output_messages":[{"role":"assistant"}]"#
        let end = Self.lifecycle("response.completed", "completed", Self.usage + "," + messages)
        let stream = try self.run([ByteBuffer(string: Self.stream(Self.begin + [end]))])
        let streamed = try JSONValue(reading: try #require(stream.stream.response))
        let answer = #"{"id":"resp_theirs","status":"completed","output":[],\#(messages)}"#
        let (body, _) = try Self.translation()
            .passedReply(ByteBuffer(string: answer), identity: Self.identity, now: 1_790_000_009)
        #expect(String(buffer: stream.out).contains(messages))
        for response in [streamed, try JSONValue(reading: body)] {
            #expect(response["input_messages"]?.array?.first?["content"] == "x")
            #expect(response["output_messages"]?.array?.first?["role"] == "assistant")
        }
    }

    @Test("that a prompt is too long is told by the code that clients know")
    func tooLong() throws {
        let said = "The input (9 tokens) is longer than the model's context length (8 tokens)."
        let error = #"{"type":"error","error":{"message":"\#(said)","type":"BadRequestError","code":400}}"#
        let failed = Self.lifecycle(
            "response.failed",
            "failed",
            #","error":{"code":"context_length_exceeded","message":"\#(said)"}"#
        )
        for event in [error, failed] {
            let result = try self.run([ByteBuffer(string: Self.stream(Self.begin + [event]))])
            guard case .failed(let reason, _) = result.ending else {
                Issue.record("it is complete")
                continue
            }
            #expect(reason.code == .invalidRequest && reason.reason == "context_length_exceeded")
            #expect(String(buffer: result.out).contains(#""code":"context_length_exceeded""#))
        }
    }
}
