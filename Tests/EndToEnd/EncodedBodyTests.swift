import NIOCore
import TestSupport
import Testing

extension EndToEnd {
    /// Bodies with `content-encoding`, as Codex sends them.
    @Suite(.stand())
    struct EncodedBodyTests {
        private static func encoded(_ text: String, _ coding: String) -> [UInt8] {
            coding == "zstd" ? Compressed.zstd(Array(text.utf8)) : Compressed.gzip(Array(text.utf8))
        }

        /// What the upstream sees, byte for byte, of a chat that is sent encoded.
        private static func expectSame(_ body: String, _ seen: UpstreamCall) {
            #expect(seen.text == body.replacing(Stand.deployment, with: Stand.model))
            #expect(seen.header("content-encoding") == nil)
            #expect(seen.header("content-length") == String(seen.body.count))
        }

        @Test(arguments: ["gzip", "zstd"])
        func aChatInTwoPieces(coding: String) async throws {
            let stand = try Stand.lent
            let body = Stand.chat(String(repeating: "so it goes. ", count: 50_000))
            let bytes = Self.encoded(body, coding)
            async let answer = stand.caller.post(
                "/v1/chat/completions",
                pieces: [Array(bytes[..<10]), Array(bytes[10...])],
                headers: [("content-encoding", coding)]
            )
            let call = try await stand.upstream.nextCall()
            Self.expectSame(body, call)
            try await call.answer(UpstreamCall.chat("yes"))
            #expect(try await answer.status == 200)
        }

        @Test(arguments: ["gzip", "zstd"])
        func aChatOverHTTP2(coding: String) async throws {
            let stand = try Stand.lent
            let caller = try await HTTP2Caller.connect(
                port: stand.relay.port,
                authorityFile: stand.relay.authority,
                key: stand.key.secret
            )
            let body = Stand.chat(String(repeating: "so it goes. ", count: 50_000))
            let coming = try await caller.start(
                "POST",
                "/v1/chat/completions",
                bytes: Self.encoded(body, coding),
                headers: [("content-encoding", coding)]
            )
            let call = try await stand.upstream.nextCall()
            Self.expectSame(body, call)
            try await call.answer(UpstreamCall.chat("yes"))
            let answer = try await withDeadline(60, "an answer") { try await coming.whole() }
            #expect(answer.status == 200)
        }

        @Test func oneThatIsTranslated() async throws {
            let stand = try Stand.lent
            let body = #"{"model":"\#(Stand.deployment)","input":"Hello"}"#
            async let answer = stand.caller.post(
                "/v1/responses",
                pieces: [Self.encoded(body, "zstd")],
                headers: [("content-encoding", "zstd")]
            )
            let call = try await stand.upstream.nextCall()
            #expect(call.json["messages"][0]["content"].string == "Hello")
            try await call.answer(UpstreamCall.chat("yes"))
            #expect(try await answer.json["status"].string == "completed")
        }

        /// A hundred kilobytes that stand for a hundred megabytes; what follows on the connection is not lost.
        @Test(arguments: ["gzip", "zstd"])
        func aBomb(coding: String) async throws {
            let stand = try Stand.lent
            let zeros = [UInt8](repeating: UInt8(ascii: " "), count: 100 << 20)
            let bomb = coding == "zstd" ? Compressed.zstd(zeros, tellsLength: false) : Compressed.gzip(zeros)
            #expect(bomb.count < 200 << 10)
            let answer = try await stand.caller.post(
                "/v1/responses",
                pieces: [bomb],
                headers: [("content-encoding", coding)]
            )
            Refusal.tooLarge.expect(answer)
            try await stand.expectServing()
        }

        @Test(arguments: ["gzip", "zstd"])
        func oneThatIsBroken(coding: String) async throws {
            let stand = try Stand.lent
            let whole = Self.encoded(Stand.chat(), coding)
            for bytes in [Array(Stand.chat().utf8), Array(whole.dropLast()), []] {
                let headers = [("content-encoding", coding)]
                Refusal.badRequest.expect(
                    try await stand.caller.post("/v1/chat/completions", pieces: [bytes], headers: headers)
                )
                let answer = try await stand.caller.post("/v1/messages", pieces: [bytes], headers: headers)
                #expect(answer.status == 400)
                #expect(answer.json["error"]["type"].string == "invalid_request_error", "\(answer.text)")
                #expect(answer.json["error"]["message"].string?.contains("content-encoding") == true)
            }
        }

        @Test(arguments: ["br", "deflate", "gzip, zstd", "compress"])
        func oneThatIsNotKnown(coding: String) async throws {
            let answer = try await Stand.lent.caller.post(
                "/v1/chat/completions",
                Stand.chat(),
                headers: [("content-encoding", coding)]
            )
            Refusal.unsupported.expect(answer)
            #expect(answer.head["accept-encoding"] == "gzip, zstd")
            #expect(answer.json["error"]["message"].string?.contains("gzip, zstd") == true)
        }

        /// Two requests on one connection, the second sent before the first is unpacked.
        @Test func theNextRequestWaitsItsTurn() async throws {
            let stand = try Stand.lent
            let long = Stand.chat(String(repeating: " ", count: 8 << 20), #","script":"one""#)
            stand.upstream.script("one") { try await $0.answer(UpstreamCall.chat("first")) }
            stand.upstream.script("two") { try await $0.answer(UpstreamCall.chat("second")) }
            let short = Stand.chat("", #","script":"two""#)
            let headers = [("content-encoding", "gzip")]
            var bytes = ByteBuffer()
            for body in [long, short].map({ Self.encoded($0, "gzip") }) {
                let head = stand.caller.head("POST", "/v1/chat/completions", headers: headers, length: body.count)
                bytes.writeString(head)
                bytes.writeBytes(body)
            }
            let connection = try await stand.caller.connect()
            try await connection.send(bytes)
            let answers = ComingAnswer(connection: connection)
            for word in ["first", "second"] {
                let answer = try await withDeadline(60, "an answer") { try await answers.whole() }
                #expect(answer.json["choices"][0]["message"]["content"].string == word, "\(answer.text)")
            }
            connection.leave()
        }
    }
}
