import TestSupport
import Testing

extension EndToEnd {
    /// The end of an answer reaches whoever reads slowly over HTTP/2, where it waits for the caller's credit as well as for the kernel.
    @Suite
    struct LastBytesOverHTTP2Tests {
        private static let length = 8 << 20
        private static let letters = String(repeating: "x", count: length)
        /// With the first the answer waits in its stream, with the second in the connection, when the stream is over.
        private static let windows = [65_535, 1 << 30]

        /// Asks for a large answer and reads nothing of it until the relay has said all of it.
        private static func unread(
            _ stand: Stand,
            window: Int
        ) async throws -> (caller: HTTP2Caller, answer: HTTP2Answer) {
            stand.upstream.script("large") { try await $0.answer(UpstreamCall.chat(Self.letters)) }
            let caller = try await HTTP2Caller.connect(
                port: stand.relay.port,
                authorityFile: stand.relay.authority,
                key: stand.key.secret,
                window: window,
                receiveBuffer: 16 * 1024
            )
            // What the connection begins with is read.
            _ = try await withDeadline(20, "a page") { try await caller.start("GET", "/healthz").whole() }
            let call = Stand.chat("x", #","script":"large""#)
            let answer = try await caller.start("POST", "/v1/chat/completions", body: call)
            try await caller.pauseReading()
            try await eventually("the relay has answered") {
                try await stand.metric(
                    "adit_calls_total{deployment=\"\(Stand.deployment)\",endpoint=\"chat\",outcome=\"completed\"}"
                ) == 1
            }
            return (caller, answer)
        }

        private static func expectWhole(_ answer: HTTP2Answer) async throws {
            let whole = try await withDeadline(60, "the answer is read") { try await answer.whole() }
            #expect(whole.status == 200)
            #expect(whole.json["choices"][0]["message"]["content"].string?.utf8.count == Self.length)
        }

        @Test(arguments: windows)
        func aRelayThatStops(window: Int) async throws {
            try await Stand.with { stand in
                let (caller, answer) = try await Self.unread(stand, window: window)
                let idle = try await stand.caller.connect()
                stand.relay.program.terminate()
                try await idle.closed.wait(within: 20, "the relay is stopping")
                try await caller.resumeReading()
                try await Self.expectWhole(answer)
                let status = try await stand.relay.program.exited.wait(within: 20, "the relay ends")
                #expect(status == 0)
            }
        }

        /// Who takes something again and again takes longer than a connection may be idle.
        @Test(arguments: windows)
        func aSteadySlowReader(window: Int) async throws {
            var plan = Stand.Plan()
            plan.relay = ["--timeouts-keep-alive", "1s"]
            try await Stand.with(plan) { stand in
                let (caller, answer) = try await Self.unread(stand, window: window)
                let reading = Task {
                    // It is slow, and is to be: some 64 KiB at a time, and some seconds for all.
                    while !Task.isCancelled {
                        try await caller.readOnce()
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                let begun = ContinuousClock.now
                try await Self.expectWhole(answer)
                reading.cancel()
                #expect(ContinuousClock.now - begun > .seconds(2), "it was slow")
                try await caller.resumeReading()
                try await caller.closed.wait(within: 20, "the idle connection is closed")
            }
        }

        /// Who takes nothing at all does not keep its answer, nor the relay that stops.
        @Test(arguments: windows)
        func whoReadsNothing(window: Int) async throws {
            var plan = Stand.Plan()
            plan.relay = ["--timeouts-keep-alive", "1s"]
            try await Stand.with(plan) { stand in
                let (caller, _) = try await Self.unread(stand, window: window)
                stand.relay.program.terminate()
                let status = try await stand.relay.program.exited.wait(within: 30, "the relay ends")
                #expect(status == 0)
                withExtendedLifetime(caller) {}
            }
        }

        /// What says that the relay leaves is no answer: nobody waits until it is taken.
        @Test(arguments: [false, true])
        func whoHasVanishedHoldsNobodyUp(isSucceeded: Bool) async throws {
            try await Stand.billed { stand in
                let caller = try await HTTP2Caller.connect(
                    port: stand.relay.port,
                    authorityFile: stand.relay.authority,
                    key: stand.key.secret
                )
                _ = try await withDeadline(20, "a page") { try await caller.start("GET", "/healthz").whole() }
                try await caller.vanish()
                let old = stand.relay.program
                if isSucceeded {
                    _ = try await stand.relay.succeed()
                    try await stand.expectServing()
                } else {
                    old.terminate()
                }
                let status = try await old.exited.wait(within: 20, "the relay ends")
                #expect(status == 0)
                withExtendedLifetime(caller) {}
            }
        }
    }
}
