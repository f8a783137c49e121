import TestSupport
import Testing

extension Faults {
    /// Programs that are asked to stop while a call is running.
    @Suite
    struct DrainTests {
        @Test func theRelayEndsAfterItsStreams() async throws {
            try await Stand.with { stand in
                let (call, coming) = try await stand.streaming()
                let idle = try await stand.caller.connect()
                stand.relay.program.terminate()
                try await idle.closed.wait(within: 10, "an idle connection is closed")
                try await call.send(event: UpstreamCall.words("second"))
                let text = try await withDeadline(10, "words still pass") { try await coming.text(until: "\n\n") }
                #expect(try EventStream(text).content == "second")
                #expect(stand.relay.program.exited.happened == nil)
                try await call.finishStream()
                let rest = try EventStream(String(decoding: try await coming.rest(), as: UTF8.self))
                #expect(rest.isDone)
                let status = try await stand.relay.program.exited.wait(within: 20, "the relay ends")
                #expect(status == 0)
            }
        }

        /// A balancer learns from a refused connection that the relay stops, on `/readyz` as anywhere.
        @Test func aRelayThatStopsRefusesConnections() async throws {
            try await Stand.with { stand in
                let (call, coming) = try await stand.streaming()
                let probe = stand.caller.with(key: nil)
                let kept = try await probe.connect()
                try await kept.send(probe.head("GET", "/readyz"))
                #expect(try await ComingAnswer(connection: kept).whole().text == "ready\n")
                stand.relay.program.terminate()
                try await kept.closed.wait(within: 10, "a kept connection is closed")
                let refusal = await #expect(throws: (any Error).self) { try await probe.get("/readyz") }
                #expect("\(refusal.map { "\($0)" } ?? "")".contains("refused"))
                try await call.finishStream()
                #expect(try EventStream(String(decoding: try await coming.rest(), as: UTF8.self)).isDone)
            }
        }

        /// Where nobody can come any more, a stream whose line breaks has its last word at once, and the relay waits for it.
        @Test(arguments: ["1", "2"])
        func aStreamThatBreaksWhileTheRelayStopsHasALastWord(tunnels: String) async throws {
            var plan = Stand.Plan()
            plan.isProxied = true
            plan.connector = ["--tunnels", tunnels]
            try await Stand.with(plan) { stand in
                let proxy = try #require(stand.proxy)
                try await eventually("all tunnels are up") { proxy.links.count == Int(tunnels) }
                let (_, coming) = try await stand.streaming()
                let idle = try await stand.caller.connect()
                stand.relay.program.terminate()
                try await idle.closed.wait(within: 10, "an idle connection is closed")
                try await proxy.cut()
                let rest = try await withDeadline(10, "the stream ends") { try await coming.rest() }
                #expect(try EventStream(String(decoding: rest, as: UTF8.self)).failure != nil)
                #expect(try await stand.relay.program.exited.wait(within: 20, "the relay ends") == 0)
                #expect(!stand.relay.program.lastWords.contains("client_gone"))
            }
        }

        @Test func theConnectorEndsAfterItsStreams() async throws {
            try await Stand.with { stand in
                let (call, coming) = try await stand.streaming()
                stand.connector.program.terminate()
                try await stand.callsAreRefused()
                try await call.send(event: UpstreamCall.words("second"))
                let text = try await withDeadline(10, "words still pass") { try await coming.text(until: "\n\n") }
                #expect(try EventStream(text).content == "second")
                #expect(stand.connector.program.exited.happened == nil)
                try await call.finishStream()
                let rest = try EventStream(String(decoding: try await coming.rest(), as: UTF8.self))
                #expect(rest.isDone)
                let status = try await stand.connector.program.exited.wait(within: 20, "the connector ends")
                #expect(status == 0)
            }
        }

        /// The line breaks before the connector is told to stop, or while it waits for its last call.
        @Test(arguments: [false, true])
        func theConnectorComesBackForItsStreams(isStopping: Bool) async throws {
            var plan = Stand.Plan()
            plan.isProxied = true
            plan.connector = ["--tunnels", "1"]
            try await Stand.with(plan) { stand in
                let proxy = try #require(stand.proxy)
                let (call, coming) = try await stand.streaming()
                if !isStopping { try await proxy.cut() }
                stand.connector.program.terminate()
                if isStopping {
                    try await stand.callsAreRefused()
                    try await proxy.cut()
                }
                for word in 0..<3 { try await call.send(event: UpstreamCall.words(" \(word)")) }
                try await call.finishStream()
                let stream = try EventStream(String(decoding: try await coming.rest(), as: UTF8.self))
                #expect(stream.content == " 0 1 2")
                #expect(stream.isDone)
                #expect(stream.failure == nil)
                let status = try await stand.connector.program.exited.wait(within: 20, "the connector ends")
                #expect(status == 0)
            }
        }

        /// Calls that the relay placed before it heard the goodbye, and that the connector never saw, go elsewhere.
        @Test func callsThatCrossTheGoodbyeGoElsewhere() async throws {
            try await Self.withBreakableLine { stand, proxy in
                try await Self.withAnother(stand) { upstream in
                    let release = Event<Void>()
                    upstream.script("held") { call in
                        try await release.wait()
                        try await call.answer(UpstreamCall.chat("elsewhere"))
                    }
                    try await proxy.change([.down]) { $0.isStalled = true }
                    let body = Stand.chat("x", #","script":"held""#)
                    try await withThrowingTaskGroup(of: Answer.self) { group in
                        for _ in 0..<6 {
                            group.addTask { try await stand.caller.post("/v1/chat/completions", body) }
                        }
                        try await eventually("all are placed, half of them on the stalled line") {
                            try await stand.metric("adit_open_calls") == 6
                        }
                        stand.connector.program.terminate()
                        let status = try await stand.connector.program.exited.wait(within: 20, "the connector ends")
                        #expect(status == 0)
                        release.fire(())
                        for try await answer in group { #expect(answer.status == 200, "\(answer.text)") }
                    }
                }
            }
        }

        /// The line of a connector breaks while a request is on its way to it, just before it is told to stop, or behind that: the relay hears
        /// soon that no model had it.
        @Test(arguments: [false, true])
        func aRequestThatBreaksWhileTheConnectorLeavesGoesElsewhere(isStopping: Bool) async throws {
            try await Self.withBreakableLine { stand, proxy in
                let link = try #require(proxy.links.first)
                let before = try await link.passed(.down)
                try await proxy.change([.down]) { $0.rate = 50_000 }
                let body = Stand.chat(String(repeating: "x", count: 8 << 20), #","script":"big""#)
                async let coming = stand.caller.post("/v1/chat/completions", body)
                try await eventually("some of the request is there") { try await link.passed(.down) > before + 50_000 }
                try await Self.withAnother(stand) { upstream in
                    upstream.script("big") { try await $0.answer(UpstreamCall.chat("elsewhere")) }
                    if isStopping {
                        stand.connector.program.terminate()
                        try await stand.connectors(1)
                    }
                    try await proxy.cut()
                    if !isStopping { stand.connector.program.terminate() }
                    let status = try await stand.connector.program.exited.wait(within: 20, "the connector ends")
                    #expect(status == 0)
                    try await eventually(within: 10, "nobody waits for it any more") {
                        try await stand.metric("adit_open_calls") == 0
                    }
                }
                let answer = try await coming
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.text.contains("elsewhere"))
            }
        }

        /// Lends a stand whose connector has one tunnel, through a proxy.
        private static func withBreakableLine(
            _ body: @Sendable @escaping (Stand, FaultProxy) async throws -> Void
        ) async throws {
            var plan = Stand.Plan()
            plan.isProxied = true
            plan.connector = ["--tunnels", "1"]
            try await Stand.with(plan) { stand in try await body(stand, try #require(stand.proxy)) }
        }

        /// Lends a model server behind another connector, which has a line of its own.
        private static func withAnother(
            _ stand: Stand,
            _ body: @Sendable (ScriptedUpstream) async throws -> Void
        ) async throws {
            let upstream = try await ScriptedUpstream.start(models: [Stand.model])
            let connector = try await ConnectorUnderTest.start(
                relay: stand.relay,
                token: stand.token.secret,
                upstream: upstream.url,
                flags: ["--tunnels", "1"]
            )
            let outcome: Result<Void, any Error>
            do {
                try await stand.connectors(2)
                outcome = .success(try await body(upstream))
            } catch {
                outcome = .failure(error)
            }
            await connector.stop()
            await upstream.stop()
            try outcome.get()
        }

        @Test func aSecondSignalMeansNow() async throws {
            try await Stand.with { stand in
                let (_, coming) = try await stand.streaming()
                stand.relay.program.terminate()
                stand.connector.program.terminate()
                let idle = try? await stand.caller.connect()
                try await idle?.closed.wait(within: 10, "the relay is stopping")
                #expect(stand.relay.program.exited.happened == nil)
                #expect(stand.connector.program.exited.happened == nil)
                stand.relay.program.terminate()
                stand.connector.program.terminate()
                _ = try await stand.relay.program.exited.wait(within: 10, "the relay ends at once")
                _ = try await stand.connector.program.exited.wait(within: 10, "the connector ends at once")
                try await coming.connection.closed.wait(within: 10, "the caller's connection is closed")
            }
        }

        /// Told to stop twice, a connector does not come back for its calls: their callers hear so at once.
        @Test func nobodyWaitsForAConnectorToldTwice() async throws {
            var plan = Stand.Plan()
            plan.relay = ["--hold-time", "0s"]
            try await Stand.with(plan) { stand in
                let (_, coming) = try await stand.streaming()
                stand.connector.program.terminate()
                try await stand.callsAreRefused()
                stand.connector.program.terminate()
                _ = try await stand.connector.program.exited.wait(within: 10, "the connector ends at once")
                let rest = try await withDeadline(10, "the caller hears of it") { try await coming.rest() }
                #expect(try EventStream(String(decoding: rest, as: UTF8.self)).failure != nil)
            }
        }

        @Test func idleProgramsEndAtOnce() async throws {
            try await Stand.with { stand in
                try await stand.expectServing()
                stand.connector.program.terminate()
                #expect(try await stand.connector.program.exited.wait(within: 10, "the connector ends") == 0)
                stand.relay.program.terminate()
                #expect(try await stand.relay.program.exited.wait(within: 10, "the relay ends") == 0)
            }
        }
    }
}

extension Stand {
    /// Waits until so many connectors take new calls.
    fileprivate func connectors(_ count: Int) async throws {
        try await eventually("\(count) connectors take calls") {
            try await self.metric(#"adit_deployment_connectors{deployment="gemma-tunnel"}"#) == Double(count)
        }
    }
}

extension Stand {
    /// Waits until new calls are refused; one may still come through before its connector has said that it leaves.
    fileprivate func callsAreRefused() async throws {
        self.upstream.script("none") { try await $0.answer(UpstreamCall.chat("no")) }
        try await eventually("new calls are refused") {
            let body = Stand.chat("x", #","script":"none""#)
            return try await self.caller.post("/v1/chat/completions", body).status == 503
        }
    }
}
