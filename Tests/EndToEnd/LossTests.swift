import TestSupport
import Testing

extension Faults {
    /// Parts that die, and come back.
    @Suite
    struct LossTests {
        @Test func theConnectorIsKilled() async throws {
            try await Stand.with { stand in
                let (call, coming) = try await stand.streaming()
                stand.connector.program.kill()
                try await call.disconnected.wait(within: 5, "the upstream request is closed")
                _ = try await stand.connector.program.exited.wait()
                let answer = try await stand.caller.post("/v1/chat/completions", Stand.chat())
                Refusal.offline.expect(answer)
                #expect(answer.head["retry-after"] != nil)
                #expect(answer.json["error"]["message"].string?.contains("gemma-tunnel") == true)

                // A connector that was cut off looks the same, and would come back: only its successor proves that it does not.
                try await stand.connector.startAgain()
                // The caller is told inside the stream, and the stream ends in order.
                let stream = try await coming.stream(within: 20)
                #expect(stream.failure?["message"].string?.isEmpty == false, "\(stream.events)")
                try await stand.isServing()
            }
        }

        @Test func theConnectorIsKilledBeforeTheModelAnswers() async throws {
            var plan = Stand.Plan()
            plan.relay = ["--timeouts-resume", "1s"]
            try await Stand.with(plan) { stand in
                async let whole = stand.caller.post("/v1/chat/completions", Stand.chat())
                _ = try await stand.upstream.nextCall()
                stand.connector.program.kill()
                // The model may have begun: not tried elsewhere, not called offline.
                Refusal.badGateway.expect(try await whole)
            }
        }

        @Test func theRelayIsKilledAndStartedAgain() async throws {
            try await Stand.with { stand in
                let (call, coming) = try await stand.streaming()
                stand.relay.program.kill()
                try await coming.connection.closed.wait(within: 10, "the caller's connection is closed")
                _ = try await stand.relay.program.exited.wait()
                try await stand.relay.startAgain()
                // The relay that is there now knows of no call.
                try await call.disconnected.wait(within: 25, "the upstream request is closed")
                // Keys, deployments and tokens are as before, and the connector comes back by itself.
                try await stand.isServing(within: 45)
                #expect(stand.connector.program.exited.happened == nil)
            }
        }

        @Test func theRelayIsStoppedInOrderAndStartedAgain() async throws {
            try await Stand.with { stand in
                try await stand.expectServing()
                stand.relay.program.terminate()
                #expect(try await stand.relay.program.exited.wait(within: 20, "the relay ends") == 0)
                try await stand.relay.startAgain()
                try await stand.isServing(within: 45)
            }
        }

        @Test func theUpstreamGoesAwayAndComesBack() async throws {
            try await Stand.with { stand in
                try await stand.expectServing()
                await stand.upstream.stop()
                let answer = try await stand.caller.post("/v1/chat/completions", Stand.chat())
                Refusal.offline.expect(answer)
                #expect(answer.head["retry-after"] != nil)
                let message = answer.json["error"]["message"].string ?? ""
                #expect(message.contains("gemma-tunnel"), "\(message)")
                #expect(message.contains("model server") || message.contains("upstream"), "\(message)")

                let back = try await ScriptedUpstream.start(models: [Stand.model], port: stand.upstream.port)
                back.script("ready") { try await $0.answer(UpstreamCall.chat("yes")) }
                try await eventually(within: 60, "calls are answered again") {
                    let body = Stand.chat("Hello", #","script":"ready""#)
                    return try await stand.caller.post("/v1/chat/completions", body).status == 200
                }
                await back.stop()
            }
        }

        @Test func aConnectorMayStartBeforeItsUpstream() async throws {
            let relay = try await RelayUnderTest.start()
            try await relay.createDeployment(Stand.deployment)
            let caller = try relay.caller(key: try await relay.createKey().secret)
            let token = try await relay.createToken(Stand.deployment)
            // The kernel gives the port, which is nobody's again by the time the connector starts.
            let earlier = try await ScriptedUpstream.start()
            let port = earlier.port
            await earlier.stop()
            let connector = try await ConnectorUnderTest.start(
                relay: relay,
                token: token.secret,
                upstream: "http://127.0.0.1:\(port)",
                waits: false
            )
            try await eventually("the connector is there, without its model") {
                let answer = try await caller.post("/v1/chat/completions", Stand.chat())
                return answer.status == 503
            }
            let upstream = try await ScriptedUpstream.start(port: port)
            upstream.script("ready") { try await $0.answer(UpstreamCall.chat("yes")) }
            try await eventually(within: 60, "calls are answered") {
                let body = Stand.chat("Hello", #","script":"ready""#)
                return try await caller.post("/v1/chat/completions", body).status == 200
            }
            await connector.stop()
            await relay.stop()
            await upstream.stop()
        }
    }
}
