import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// Many calls at a time through one tunnel.
    @Suite(.stand(connector: ["--tunnels", "1"]))
    struct LoadTests {
        @Test func twoHundredStreamsAtATime() async throws {
            let stand = try Stand.lent
            let together = 200
            let gate = Gate(opensAt: together)
            stand.upstream.script("count") { call in
                // All streams are open at the same time: nobody's second word comes before everybody's first.
                let number = call.json["number"].int ?? 0
                try await call.begin()
                try await call.send(event: UpstreamCall.words("stream \(number)"))
                try await gate.pass()
                for word in 0..<20 { try await call.send(event: UpstreamCall.words(" \(number).\(word)")) }
                try await call.finishStream()
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<together {
                    group.addTask {
                        let body = Stand.streamedChat("x", #","script":"count","number":\#(number)"#)
                        let answer = try await stand.caller.ask("POST", "/v1/chat/completions", body: body, within: 120)
                        let words = ["stream \(number)"] + (0..<20).map { " \(number).\($0)" }
                        let events =
                            words.map { UpstreamCall.words($0, model: Stand.deployment) }
                            + [UpstreamCall.chunk("{}", model: Stand.deployment, finish: "stop"), "[DONE]"]
                        #expect(try EventStream(answer.text).events == events)
                    }
                }
                try await group.waitForAll()
            }
        }

        @Test func aThousandCallersLeave() async throws {
            let stand = try Stand.lent
            stand.upstream.script("endless") { call in
                try await call.begin()
                try await call.send(event: UpstreamCall.words("first"))
                try await call.disconnected.wait()
                cancelled.add(1, ordering: .relaxed)
            }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<25 {
                    group.addTask {
                        for _ in 0..<40 { try await Self.callAndLeave(stand.caller) }
                    }
                }
                try await group.waitForAll()
            }
            try await eventually("every upstream request is closed") { cancelled.load(ordering: .relaxed) == 1000 }
            print("a thousand cancelled calls took \(ContinuousClock.now - start)")
            // Still the same tunnel, and it still carries calls.
            try await stand.expectServing()
            #expect(!stand.connector.program.logText.lowercased().contains("lost"))
        }

        private static func callAndLeave(_ caller: HTTPCaller) async throws {
            let body = Stand.streamedChat("x", #","script":"endless""#)
            try await withDeadline(60, "a stream begins") {
                let coming = try await caller.start("POST", "/v1/chat/completions", body: body)
                #expect(try await coming.head().status == 200)
                _ = try await coming.text(until: "\n\n")
                coming.leave()
            }
        }
    }
}

/// How many upstream requests were closed by the other side.
private let cancelled = Atomic<Int>(0)

/// Lets nobody pass before so many have come.
private final class Gate: Sendable {
    private let opensAt: Int
    private let arrived = Atomic<Int>(0)
    private let open = Event<Void>()

    init(opensAt: Int) {
        self.opensAt = opensAt
    }

    func pass() async throws {
        if self.arrived.add(1, ordering: .relaxed).newValue == self.opensAt { self.open.fire() }
        try await self.open.wait()
    }
}
