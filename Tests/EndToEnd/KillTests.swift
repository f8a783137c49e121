import Foundation
import TestSupport
import Testing

extension Faults {
    /// Programs that die under load, as in a power cut.
    @Suite
    struct KillTests {
        private static let streams = 20

        /// Begins streams, each with its first word there.
        /// - Parameter stopped: counts those that were given up.
        private func streams(_ stand: Stand, _ stopped: Counter = Counter()) async throws -> [ComingAnswer] {
            stand.upstream.script("endless") { call in
                try await call.begin()
                try await call.send(event: UpstreamCall.words("first"))
                try await call.disconnected.wait()
                stopped.add()
            }
            var answers: [ComingAnswer] = []
            for _ in 0..<Self.streams {
                let body = Stand.streamedChat("x", #","script":"endless""#)
                let coming = try await stand.caller.start("POST", "/v1/chat/completions", body: body)
                try await withDeadline(30, "a stream begins") {
                    _ = try await coming.head()
                    _ = try await coming.text(until: "\n\n")
                }
                answers.append(coming)
            }
            return answers
        }

        /// Every stream ends with an error in its dialect.
        private func expectFailures(_ answers: [ComingAnswer]) async throws {
            for answer in answers {
                let stream = try await answer.stream(within: 20)
                #expect(stream.failure?["message"].string?.isEmpty == false)
            }
        }

        /// After a hangup its calls run in tunnels of the configuration before.
        @Test(arguments: [false, true])
        func theConnector(hasReloaded: Bool) async throws {
            try await Stand.with { stand in
                let answers = try await self.streams(stand)
                if hasReloaded {
                    stand.connector.program.signal(SIGHUP)
                    try await eventually("other tunnels serve") {
                        stand.connector.program.logText.contains("the new tunnels serve")
                    }
                }
                stand.connector.program.kill()
                _ = try await stand.connector.program.exited.wait()
                try await stand.connector.startAgain()
                let start = ContinuousClock.now
                try await self.expectFailures(answers)
                print("\(Self.streams) streams ended \(ContinuousClock.now - start) after the successor was there")
                try await stand.isServing()
            }
        }

        /// A line that was cut looks the same, so calls under way end when their time is up; whoever comes meanwhile waits.
        @Test func theConnectorForGood() async throws {
            var plan = Stand.Plan()
            plan.relay = ["--timeouts-resume", "2s", "--hold-time", "60s"]
            try await Stand.with(plan) { stand in
                let answers = try await self.streams(stand)
                stand.upstream.script("ready") { try await $0.answer(UpstreamCall.chat("yes")) }
                stand.connector.program.kill()
                let start = ContinuousClock.now
                _ = try await stand.connector.program.exited.wait()
                let body = Stand.chat("later", #","script":"ready""#)
                let later = try await stand.caller.start("POST", "/v1/chat/completions", body: body)
                try await stand.waiting(1)
                try await self.expectFailures(answers)
                print("\(Self.streams) streams ended \(ContinuousClock.now - start) after a connector that stays away")
                #expect(try await stand.metric("adit_lost_calls_total") == Double(Self.streams))
                try await stand.connector.startAgain()
                #expect(try await withDeadline(30, "an answer") { try await later.whole().status } == 200)
                #expect(stand.upstream.requests.count { $0 == "POST /v1/chat/completions" } == Self.streams + 1)
            }
        }

        @Test func theModelServer() async throws {
            try await Stand.with { stand in
                let answers = try await self.streams(stand)
                let start = ContinuousClock.now
                await stand.upstream.stop()
                try await self.expectFailures(answers)
                print("\(Self.streams) streams ended \(ContinuousClock.now - start) after their model server")
                let back = try await ScriptedUpstream.start(models: [Stand.model], port: stand.upstream.port)
                back.script("ready") { try await $0.answer(UpstreamCall.chat("yes")) }
                try await eventually(within: 60, "calls are answered again") {
                    let body = Stand.chat("Hello", #","script":"ready""#)
                    return try await stand.caller.post("/v1/chat/completions", body).status == 200
                }
                await back.stop()
            }
        }

        @Test func theRelay() async throws {
            try await Stand.with { stand in
                let stopped = Counter()
                let answers = try await self.streams(stand, stopped)
                stand.relay.program.kill()
                for answer in answers {
                    try await answer.connection.closed.wait(within: 10, "a caller's connection is closed")
                }
                _ = try await stand.relay.program.exited.wait()
                try await stand.relay.startAgain()
                try await stand.isServing(within: 60)
                // The relay that is there now knows of no call: none goes on for nobody.
                try await eventually(within: 20, "the model is stopped") { stopped.value == Self.streams }
            }
        }
    }
}
