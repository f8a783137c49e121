import TestSupport
import Testing

extension EndToEnd {
    /// Responses in the background of a relay that stops.
    struct BackgroundDrainTests {
        private static func plan(_ more: [String] = []) -> Stand.Plan {
            var plan = Stand.Plan()
            plan.relay = ["--responses-persist"] + more
            return plan
        }

        @Test func theRelayEndsAfterThem() async throws {
            try await Stand.with(Self.plan()) { stand in
                let (call, id) = try await stand.inBackground()
                try await call.begin()
                try await call.send(event: UpstreamCall.words("first"))
                let idle = try await stand.caller.connect()
                stand.relay.program.terminate()
                try await idle.closed.wait(within: 20, "the relay is stopping")
                #expect(stand.relay.program.exited.happened == nil)
                try await call.send(event: UpstreamCall.words(" second"))
                try await call.finishStream()
                #expect(try await stand.relay.program.exited.wait(within: 30, "the relay ends") == 0)
                try await stand.relay.startAgain()
                let told = try await stand.ended(id, as: "completed")
                #expect(told["output"][0]["content"][0]["text"].string == "first second")
            }
        }

        @Test func thoseThatTakeTooLongFail() async throws {
            try await Stand.with(Self.plan(["--drain", "1s"])) { stand in
                let (call, id) = try await stand.inBackground()
                stand.relay.program.terminate()
                try await call.disconnected.wait(within: 30, "the upstream request is closed")
                #expect(try await stand.relay.program.exited.wait(within: 30, "the relay ends") == 0)
                #expect(stand.logged(id).count == 1)
                try await stand.relay.startAgain()
                let told = try await stand.ended(id, as: "failed")
                #expect(told["error"]["code"].string == "server_error")
                #expect(told["error"]["message"].string?.contains("relay was stopped") == true)
            }
        }
    }
}
