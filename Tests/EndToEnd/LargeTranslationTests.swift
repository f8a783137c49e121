import NIOCore
import TestSupport
import Testing

extension EndToEnd {
    /// Long bodies that are translated, on a relay with one event loop.
    @Suite(.stand(relay: ["--threads", "1"]))
    struct LargeTranslationTests {
        /// A Messages request of 64 MiB, an image in base64 nearly all of it.
        private static let large: String = {
            let frame = Self.messages("")
            return Self.messages(String(repeating: "A", count: (64 << 20) - frame.utf8.count))
        }()

        private static func messages(_ image: String) -> String {
            """
            {"model":"\(Stand.deployment)","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":\
            {"type":"base64","media_type":"image/png","data":"\(image)"}},{"type":"text","text":"See."}]}]}
            """
        }

        /// While the long body is understood and written anew, the words of a stream on the same loop go on arriving: more of
        /// them pass between the last byte of the body and its arrival at the model than one pause would leave room for.
        @Test func anotherStreamKeepsItsPace() async throws {
            let stand = try Stand.lent
            let (call, connection) = try await Self.keepingPace(stand, "/v1/messages", Self.large)
            #expect(call.body.count > 63 << 20)
            try await call.answer(UpstreamCall.chat("seen"))
            let answer = try await withDeadline(60, "the answer") {
                try await ComingAnswer(connection: connection).whole()
            }
            #expect(answer.json["content"][0]["text"].string == "seen", "\(answer.text.prefix(300))")
            connection.leave()
        }

        /// A message of a conversation, of three hundred bytes.
        private static let message = #"{"role":"user","content":"\#(String(repeating: "word ", count: 60))"}"#

        /// A Responses request of six megabytes in short items.
        private static let many: String = {
            let input = Array(repeating: Self.message, count: 20_000).joined(separator: ",")
            return #""model":"\#(Stand.deployment)","input":[\#(input)]"#
        }()

        /// Has a long response stored, and gives its id.
        private static func stored(_ stand: Stand) async throws -> String {
            let (_, first) = try await stand.exchange("{\(Self.many)}", path: "/v1/responses") {
                try await $0.answer(UpstreamCall.chat("yes"))
            }
            return try #require(first.json["id"].string, "\(first.text.prefix(300))")
        }

        /// The same while a short body goes on from a long response, or refers to many items of it: that is read once.
        @Test func whatIsRememberedIsReadAsideToo() async throws {
            let stand = try Stand.lent
            let id = try await Self.stored(stand)
            let items = (0..<1_000).map { #"{"type":"item_reference","id":"msg_\#(id.dropFirst(5))_i\#($0)"}"# }
            for (members, size) in [
                (#""previous_response_id":"\#(id)","input":"go on""#, 6_000_000),
                (#""input":[\#(items.joined(separator: ","))]"#, 300_000),
            ] {
                let body = #"{"model":"\#(Stand.deployment)",\#(members)}"#
                let (call, connection) = try await Self.keepingPace(stand, "/v1/responses", body)
                #expect(call.body.count > size)
                try await call.answer(UpstreamCall.chat("seen"))
                connection.leave()
            }
        }

        /// The same while its items are listed.
        @Test func itemsAreListedAside() async throws {
            let stand = try Stand.lent
            let id = try await Self.stored(stand)
            // A chain, which is listed whole.
            var last = id
            for _ in 0..<3 {
                let body = #"{\#(Self.many),"previous_response_id":"\#(last)"}"#
                let (_, next) = try await stand.exchange(body, path: "/v1/responses") {
                    try await $0.answer(UpstreamCall.chat("yes"))
                }
                last = try #require(next.json["id"].string, "\(next.text.prefix(300))")
            }
            let end = last
            let listed = try await Self.keepingPace(stand, "a list of items") {
                try await stand.caller.get("/v1/responses/\(end)/input_items?limit=3")
            }
            #expect(listed.json["data"].array?.count == 3 && listed.json["has_more"] == .bool(true))
            let wrong = try await stand.caller.get("/v1/responses/\(id)/input_items?after=nobody")
            #expect(wrong.status == 400 && wrong.json["error"]["param"].string == "after", "\(wrong.text)")
        }

        /// The same while turns of a WebSocket only prepare the next one, several in one write.
        @Test func warmUpsAreReadAsideToo() async throws {
            let stand = try Stand.lent
            let id = try await Self.stored(stand)
            let socket = try await SocketCaller.open(stand.caller)
            let frame = SocketCaller.message(
                #"{"type":"response.create","model":"\#(Stand.deployment)","previous_response_id":"\#(id)","#
                    + #""input":"x","generate":false}"#
            )
            var frames = ByteBuffer()
            for _ in 0..<3 { frames.writeImmutableBuffer(frame) }
            let written = frames
            try await Self.keepingPace(stand, "warm-ups") {
                try await socket.wire.send(written)
                for _ in 0..<3 { _ = try await socket.messages(until: "response.completed") }
            }
            socket.wire.leave()
        }

        /// The same while a long message of a WebSocket is read; what follows it waits for its turn.
        @Test func longMessagesAreReadAsideToo() async throws {
            let stand = try Stand.lent
            let socket = try await SocketCaller.open(stand.caller)
            var frames = SocketCaller.message(#"{"type":"response.create",\#(Self.many)}"#)
            frames.writeImmutableBuffer(SocketCaller.message(#"{"type":"response.steer","previous_response_id":"r"}"#))
            let written = frames
            let call = try await Self.keepingPace(stand, "a message") {
                try await socket.wire.send(written)
                return try await stand.upstream.nextCall(within: 200)
            }
            #expect(call.body.count > 6_000_000)
            try await call.stream(["seen"])
            let types = try await socket.messages(until: "response.completed").map { $0["type"].string ?? "" }
            #expect(Set(types.prefix(2)) == ["response.steer.failed", "response.created"], "\(types)")
            try await socket.wire.send(SocketCaller.message(String(repeating: "[", count: 300_000)))
            #expect(try await socket.messages(until: "error").last?["status"].int == 400)
            socket.wire.leave()
        }

        /// To remember a long request takes no time on the event loop when its answer ends.
        @Test func whatIsStoredIsWrittenBefore() async throws {
            let stand = try Stand.lent
            let turns = #"\#(Self.message),{"role":"assistant","content":"a"}"#
            let input = Array(repeating: turns, count: 20_000).joined(separator: ",")
            let body = #"{"model":"\#(Stand.deployment)","input":[\#(input)]}"#
            let connection = try await stand.caller.connect()
            let begin = ContinuousClock.now
            try await connection.send(stand.caller.head("POST", "/v1/responses", length: body.utf8.count) + body)
            let call = try await stand.upstream.nextCall(within: 200)
            let reading = ContinuousClock.now - begin
            let (_, pause) = try await Self.passingWords(stand) {
                try await call.answer(UpstreamCall.chat("seen"))
                let answer = try await ComingAnswer(connection: connection).whole()
                #expect(answer.json["status"].string == "completed", "\(answer.text.prefix(300))")
            }
            print("a body that was read in \(reading) was remembered with a pause of \(pause.longest)")
            #expect(pause.longest * 10 < reading, "\(pause.longest) of \(reading)")
            connection.leave()
        }

        /// Sends a request while words of a stream pass, until it arrives at the model.
        private static func keepingPace(
            _ stand: Stand,
            _ path: String,
            _ body: String
        ) async throws -> (call: UpstreamCall, connection: WireConnection) {
            let connection = try await stand.caller.connect()
            let bytes = ByteBuffer(string: body)
            let call = try await Self.keepingPace(stand, "a body for \(path)") {
                try await connection.send(stand.caller.head("POST", path, length: bytes.readableBytes))
                try await connection.send(bytes)
                return try await stand.upstream.nextCall(within: 200)
            }
            return (call, connection)
        }

        /// Does something that takes long while words of a stream pass, none of which may wait for nearly all of it.
        @discardableResult
        private static func keepingPace<Product: Sendable>(
            _ stand: Stand,
            _ what: String,
            _ work: @escaping @Sendable () async throws -> Product
        ) async throws -> Product {
            let begin = ContinuousClock.now
            let (product, pace) = try await Self.passingWords(stand, during: work)
            let all = ContinuousClock.now - begin
            print("\(what) took \(all); \(pace.words) words passed meanwhile, the slowest in \(pace.longest)")
            #expect(pace.words > 5)
            // The loop has its own part, reading and sending the bytes; understanding them is most of the time.
            #expect(pace.longest * 3 < all, "\(what): \(pace.longest) of \(all)")
            return product
        }

        /// Does something while words of a stream pass, one at a time, each sent when the one before has arrived.
        private static func passingWords<Product: Sendable>(
            _ stand: Stand,
            during work: @escaping @Sendable () async throws -> Product
        ) async throws -> (product: Product, pace: (words: Int, longest: Duration)) {
            let (streaming, coming) = try await stand.streaming()
            let done = Event<Result<Product, any Error>>()
            let waiting = Task {
                do { done.fire(.success(try await work())) } catch { done.fire(.failure(error)) }
            }
            var longest = Duration.zero
            var words = 0
            while done.happened == nil {
                let sent = ContinuousClock.now
                try await streaming.send(event: UpstreamCall.words("w\(words)"))
                _ = try await withDeadline(200, "word \(words) arrives") {
                    try await coming.text(until: "\n\n")
                }
                longest = max(longest, ContinuousClock.now - sent)
                words += 1
            }
            await waiting.value
            try await streaming.finishStream()
            return (try #require(done.happened).get(), (words, longest))
        }

        /// Requests on one connection stay in their order although the first takes longer to understand.
        @Test func orderIsKept() async throws {
            let stand = try Stand.lent
            let long = Self.messages(String(repeating: "A", count: 4 << 20))
            let short = Self.messages("AA==")
            var bytes = ByteBuffer()
            for body in [long, short] {
                bytes.writeString(stand.caller.head("POST", "/v1/messages", length: body.utf8.count) + body)
            }
            let connection = try await stand.caller.connect()
            try await connection.send(bytes)
            let answers = ComingAnswer(connection: connection)
            for word in ["first", "second"] {
                let call = try await stand.upstream.nextCall(within: 60)
                #expect((call.body.count > 1 << 20) == (word == "first"))
                try await call.answer(UpstreamCall.chat(word))
                let answer = try await withDeadline(60, "an answer") { try await answers.whole() }
                #expect(answer.json["content"][0]["text"].string == word)
            }
            connection.leave()
        }

        @Test func aCallerWhoLeavesIsNotWaitedFor() async throws {
            let stand = try Stand.lent
            let before = stand.upstream.requests.count
            for _ in 0..<3 {
                let body = Self.messages(String(repeating: "A", count: 8 << 20))
                let coming = try await stand.caller.start("POST", "/v1/messages", body: body)
                coming.connection.leave()
            }
            try await stand.expectServing()
            #expect(stand.upstream.requests.count - before <= 4)
        }

        @Test func aLongBodyThatIsWrongIsRefusedInItsDialect() async throws {
            let stand = try Stand.lent
            let wrong = Self.messages(String(repeating: "A", count: 1 << 20)).replacing("\"See.\"", with: "7")
            let answer = try await stand.caller.post("/v1/messages", wrong)
            #expect(answer.status == 400)
            #expect(answer.json["error"]["type"].string == "invalid_request_error", "\(answer.text)")
            let count = try await stand.caller.post(
                "/v1/messages/count_tokens",
                Self.messages(String(repeating: "A", count: 1 << 20))
            )
            #expect(count.head["adit-token-count"] == "estimate")
            #expect((1_000...1_100).contains(count.json["input_tokens"].int ?? 0), "\(count.text)")
            let metrics = try await stand.caller.get("/metrics")
            let line =
                "adit_calls_total{deployment=\"\(Stand.deployment)\",endpoint=\"token-count\",outcome=\"completed\"}"
            #expect(metrics.text.contains(line), "\(metrics.text.prefix(2_000))")
            #expect(stand.relay.program.logText.contains("endpoint=token-count"))
        }
    }
}
