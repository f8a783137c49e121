import TestSupport
import Testing

extension EndToEnd {
    /// The caller goes away; the model must stop.
    @Suite(.stand())
    struct CancelTests {
        /// How a caller goes away.
        enum Leaving: String, CaseIterable, Sendable {
            case closes, resets
        }

        @Test(arguments: Leaving.allCases)
        func inTheMiddleOfAStream(leaving: Leaving) async throws {
            let stand = try Stand.lent
            let (call, coming) = try await stand.streaming()
            coming.connection.leave(leaving)
            try await call.disconnected.wait(within: 5, "the upstream request is closed")
            try await stand.expectServing()
        }

        @Test(arguments: Leaving.allCases, [Stand.chat(), Stand.streamedChat()])
        func beforeTheModelSaysAnything(leaving: Leaving, body: String) async throws {
            let stand = try Stand.lent
            let coming = try await stand.caller.start("POST", "/v1/chat/completions", body: body)
            let call = try await stand.upstream.nextCall()
            coming.connection.leave(leaving)
            try await call.disconnected.wait(within: 5, "the upstream request is closed")
            try await stand.expectServing()
        }

        @Test func inTheMiddleOfAWholeAnswer() async throws {
            let stand = try Stand.lent
            let coming = try await stand.caller.start("POST", "/v1/chat/completions", body: Stand.chat())
            let call = try await stand.upstream.nextCall()
            try await call.begin(type: "application/json")
            try await call.send(#"{"model":"scripted","#)
            coming.leave()
            try await call.disconnected.wait(within: 5, "the upstream request is closed")
            try await stand.expectServing()
        }

        @Test func whileTheBodyIsStillBeingSent() async throws {
            let stand = try Stand.lent
            let connection = try await stand.caller.connect()
            try await connection.send(stand.caller.head("POST", "/v1/chat/completions", length: 1000) + "{\"model\"")
            connection.leave()
            try await stand.expectServing()
        }

        @Test func oneOfTwoStreams() async throws {
            let stand = try Stand.lent
            let (first, leaving) = try await stand.streaming()
            let (second, staying) = try await stand.streaming()
            leaving.leave()
            try await first.disconnected.wait(within: 5, "the first upstream request is closed")
            try await second.finishStream()
            let rest = try EventStream(String(decoding: try await staying.rest(), as: UTF8.self))
            #expect(rest.isDone)
        }
    }
}

extension WireConnection {
    func leave(_ way: EndToEnd.CancelTests.Leaving) {
        switch way {
        case .closes: self.leave()
        case .resets: self.abort()
        }
    }
}
