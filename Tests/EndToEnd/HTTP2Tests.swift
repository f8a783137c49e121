import TestSupport
import Testing

extension EndToEnd {
    /// The same API over HTTP/2, on the same port.
    @Suite(.stand())
    struct HTTP2Tests {
        private static func connect() async throws -> HTTP2Caller {
            let stand = try Stand.lent
            return try await HTTP2Caller.connect(
                port: stand.relay.port,
                authorityFile: stand.relay.authority,
                key: stand.key.secret
            )
        }

        @Test func aCallAndAPageAndAnError() async throws {
            let stand = try Stand.lent
            let caller = try await Self.connect()
            let coming = try await caller.start("POST", "/v1/chat/completions", body: Stand.chat())
            let call = try await stand.upstream.nextCall()
            try await call.answer(UpstreamCall.chat("yes"))
            let answer = try await withDeadline(10, "an answer") { try await coming.whole() }
            #expect(answer.text == UpstreamCall.chat("yes", model: Stand.deployment))
            #expect(answer.head["connection"] == nil)
            #expect(answer.head["transfer-encoding"] == nil)
            expectRequestID(answer.head)
            let health = try await withDeadline(10, "a page") { try await caller.start("GET", "/healthz").whole() }
            #expect(health.status == 200)
            let wrong = try await withDeadline(10, "an error") { try await caller.start("GET", "/nowhere").whole() }
            Refusal.unknownRoute.expect(wrong)
        }

        @Test(arguments: [HTTP2Caller.Naming.host, .nothing])
        func aRequestWithoutAnAuthority(naming: HTTP2Caller.Naming) async throws {
            let stand = try Stand.lent
            let caller = try await Self.connect()
            let page = try await caller.start("GET", "/healthz", bytes: nil, headers: [], naming: naming)
            #expect(try await withDeadline(10, "a page") { try await page.whole() }.status == 200)
            let body = Array(Stand.chat("x", #","script":"named""#).utf8)
            stand.upstream.script("named") { try await $0.answer(UpstreamCall.chat("yes")) }
            let coming = try await caller.start(
                "POST",
                "/v1/chat/completions",
                bytes: body,
                headers: [],
                naming: naming
            )
            #expect(try await withDeadline(10, "an answer") { try await coming.whole() }.status == 200)
        }

        @Test func manyStreamsOnOneConnection() async throws {
            let stand = try Stand.lent
            stand.upstream.script("count") { call in
                let number = call.json["number"].int ?? 0
                try await call.stream((0..<10).map { "\(number).\($0) " })
            }
            let caller = try await Self.connect()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let body = Stand.streamedChat("x", #","script":"count","number":\#(number)"#)
                        let coming = try await caller.start("POST", "/v1/chat/completions", body: body)
                        let answer = try await withDeadline(60, "stream \(number) ends") { try await coming.whole() }
                        let stream = try EventStream(answer.text)
                        #expect(stream.content == (0..<10).map { "\(number).\($0) " }.joined())
                        #expect(stream.isDone)
                    }
                }
                try await group.waitForAll()
            }
        }

        @Test func aCancelledStreamStopsTheModelAndNothingElse() async throws {
            let stand = try Stand.lent
            let caller = try await Self.connect()
            let leaving = try await caller.start("POST", "/v1/chat/completions", body: Stand.streamedChat())
            let first = try await stand.upstream.nextCall()
            let staying = try await caller.start("POST", "/v1/chat/completions", body: Stand.streamedChat())
            let second = try await stand.upstream.nextCall()
            leaving.leave()
            try await first.disconnected.wait(within: 5, "the first upstream request is closed")
            try await second.stream(["on"])
            let answer = try await withDeadline(10, "the other stream ends") { try await staying.whole() }
            #expect(try EventStream(answer.text).content == "on")
            #expect(caller.closed.happened == nil)
        }
    }
}
