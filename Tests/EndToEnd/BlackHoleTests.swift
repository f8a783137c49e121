import TestSupport
import Testing

extension Faults {
    /// Lines that swallow everything without a word: only silence tells either end.
    @Suite
    struct BlackHoleTests {
        private static func plan(_ seconds: Int?) -> Stand.Plan {
            var plan = Stand.Plan()
            plan.isProxied = true
            plan.connector = ["--tunnels", "1"]
            guard let seconds else { return plan }
            plan.relay = ["--timeouts-tunnel", "\(seconds)s"]
            plan.connector += ["--dead-after", "\(seconds)s"]
            return plan
        }

        /// Calls in every state that a call can be in, at once, round after round: all are answered, and nothing is left behind.
        @Test(arguments: [[FaultProxy.Direction.up], [.down], [.up, .down]])
        func everyCallSurvives(directions: [FaultProxy.Direction]) async throws {
            try await Stand.with(Self.plan(2)) { stand in
                let proxy = try #require(stand.proxy)
                let generations = Counter()
                stand.upstream.script("count") { call in
                    generations.add()
                    try await call.answer(UpstreamCall.chat("\(call.body.count)"))
                }
                var descriptors: [Int] = []
                try await stand.settled(1)
                let holdings = try await stand.settledHoldings()
                for round in 1...2 {
                    try await stand.settled(1)
                    let (streaming, coming) = try await stand.streaming()
                    async let waiting = stand.caller.ask("POST", "/v1/chat/completions", body: Stand.chat(), within: 60)
                    let waitingCall = try await stand.upstream.nextCall()
                    // The way down is narrow, so that a long request is on it when it breaks.
                    try await proxy.change([.down]) { $0.rate = 500_000 }
                    let before = try await proxy.links[0].passed(.down)
                    let long = Stand.chat(String(repeating: "long ", count: 200_000), #","script":"count""#)
                    async let sending = stand.caller.ask("POST", "/v1/chat/completions", body: long, within: 60)
                    try await eventually("the long request is on its way") {
                        try await proxy.links[0].passed(.down) > before + 50_000
                    }
                    try await proxy.change(directions) { $0.isBlackHole = true }
                    try await streaming.send(event: UpstreamCall.words("second"))
                    try await waitingCall.answer(UpstreamCall.chat("waited"))
                    try await streaming.finishStream()

                    let stream = try await coming.stream()
                    coming.leave()
                    #expect(stream.content == "second")
                    #expect(stream.isDone)
                    #expect(try await waiting.json["choices"][0]["message"]["content"].string == "waited")
                    #expect(try await sending.status == 200)
                    #expect(generations.value == round)
                    // An idle tunnel, too.
                    try await proxy.change(directions) { $0.isBlackHole = true }
                    try await eventually(within: 60, "another tunnel is there") { proxy.links.count >= 2 }
                    try await stand.isServing()
                    try await eventually(within: 60, "nothing is open") {
                        try await stand.number(of: "adit_open_calls") == 0
                    }
                    try await stand.settled(1)
                    // What the proxy holds open in a hole nobody else does.
                    try await proxy.change { $0.isBlackHole = false }
                    for link in proxy.links.dropLast() { try await link.cut() }
                    try await stand.expectNothingLeaked(since: holdings)
                    descriptors.append(stand.relay.program.descriptors + stand.connector.program.descriptors)
                }
                #expect(descriptors[1] <= descriptors[0] + 2, "descriptors rise: \(descriptors)")
            }
        }

        /// With the times that everybody has.
        @Test func bothEndsNoticeWithinFifteenSeconds() async throws {
            try await Stand.with(Self.plan(nil)) { stand in
                let proxy = try #require(stand.proxy)
                try await stand.settled(1)
                let holdings = try await stand.settledHoldings()
                let (call, coming) = try await stand.streaming()
                let start = ContinuousClock.now
                try await proxy.change { $0.isBlackHole = true }
                try await call.send(event: UpstreamCall.words("second"))
                try await call.finishStream()
                let stream = try await coming.stream()
                coming.leave()
                let time = ContinuousClock.now - start
                #expect(stream.content == "second")
                #expect(stream.isDone)
                // Fifteen, one more until the next look at the clock, the dial, and what a busy machine takes.
                #expect(time < .seconds(25), "it took \(time)")
                #expect(time > .seconds(8), "the silence was not waited for: \(time)")
                #expect(stand.connector.program.logText.contains("nothing was heard from the peer for 15 s"))
                try await stand.expectNothingLeaked(since: holdings)
            }
        }

        @Test func beforeAnythingWasSaid() async throws {
            try await Stand.with(Self.plan(2)) { stand in
                let proxy = try #require(stand.proxy)
                let holdings = try await stand.settledHoldings()
                let opened = proxy.opened
                proxy.changeNew { $0.isBlackHole = true }
                try await proxy.cut()
                try await eventually(within: 60, "the connector tries") { proxy.opened > opened }
                proxy.changeNew { $0.isBlackHole = false }
                // The dial that fell into the hole is given up after ten seconds.
                try await stand.isServing(within: 60)
                try await stand.expectNothingLeaked(since: holdings)
            }
        }

        /// A connector that has said goodbye comes back for its last call, if there is a way.
        @Test(arguments: [false, true])
        func whileTheConnectorIsStopping(isForGood: Bool) async throws {
            var plan = Self.plan(2)
            plan.relay += ["--timeouts-resume", "5s"]
            plan.connector += ["--resume-time", "5s"]
            try await Stand.with(plan) { stand in
                let proxy = try #require(stand.proxy)
                let holdings = try await stand.settledHoldings()
                let (call, coming) = try await stand.streaming()
                stand.connector.program.terminate()
                try await eventually("the relay knows") {
                    stand.relay.program.logText.contains("connector is leaving")
                }
                if isForGood { proxy.changeNew { $0.isBlackHole = true } }
                try await proxy.change { $0.isBlackHole = true }
                try await call.send(event: UpstreamCall.words("second"))
                if isForGood {
                    let stream = try await coming.stream(within: 20)
                    #expect(stream.failure?["message"].string?.isEmpty == false)
                    // The model is stopped, the connector ends, and the relay holds nothing of it.
                    try await call.disconnected.wait(within: 30, "the model server's connection is closed")
                } else {
                    try await call.finishStream()
                    let stream = try await coming.stream(within: 20)
                    #expect(stream.content == "second")
                    #expect(stream.isDone)
                }
                coming.leave()
                _ = try await stand.connector.program.exited.wait(within: 30, "the connector ends")
                try await eventually(within: 30, "the relay has let go of the tunnel") {
                    let calls = try await stand.number(of: "adit_open_calls")
                    return calls == 0 && stand.relay.program.sockets < holdings.relay
                }
            }
        }
    }
}
