import Foundation
import TestSupport
import Testing

extension Faults {
    /// Tunnels that are cut at random under many streams: every caller gets every byte, once.
    ///
    /// All streams may begin while no tunnel is up.
    @Suite(.stand(relay: ["--threads", "2", "--hold-calls", "200"], connector: ["--tunnels", "2"], isProxied: true))
    struct RandomCutTests {
        @Test func everyCallerGetsEverything() async throws {
            try await Self.run(streams: 40, chunks: 60, cuts: 15, pause: 25)
        }

        /// The same for some minutes.
        @Test(
            .enabled(
                if: ProcessInfo.processInfo.environment["ADIT_LONG_TESTS"] != nil,
                "200 streams of 500 chunks and 100 cuts take minutes: set ADIT_LONG_TESTS=1"
            )
        )
        func everyCallerGetsEverythingForLong() async throws {
            try await Self.run(streams: 200, chunks: 500, cuts: 100, pause: 120)
        }

        /// - Parameter pause: between two chunks of a stream, in milliseconds.
        private static func run(streams: Int, chunks: Int, cuts: Int, pause: Int) async throws {
            let stand = try Stand.lent
            let proxy = try #require(stand.proxy)
            let environment = ProcessInfo.processInfo.environment
            let seed = environment["ADIT_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
            print("ADIT_SEED=\(seed)")
            let generations = Counter()
            let over = Counter()
            stand.upstream.script("cuts") { call in
                generations.add()
                let number = call.json["number"].int ?? 0
                try await call.begin()
                for chunk in 0..<chunks {
                    try await call.send(event: UpstreamCall.words(" \(number).\(chunk)"))
                    // What a model takes for a token.
                    try await Task.sleep(for: .milliseconds(pause))
                }
                try await call.finishStream()
            }
            let resumed = try await stand.number(of: "adit_resumed_calls_total")
            let lost = try await stand.number(of: "adit_lost_calls_total")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<streams {
                    group.addTask {
                        let body = Stand.streamedChat("x", #","script":"cuts","number":\#(number)"#)
                        let answer = try await stand.caller.ask("POST", "/v1/chat/completions", body: body, within: 280)
                        over.add()
                        try #require(answer.status == 200, "\(answer.text.prefix(400))")
                        let words = (0..<chunks).map { " \(number).\($0)" }
                        let stream = try EventStream(answer.text)
                        #expect(stream.content == words.joined(), "stream \(number), ADIT_SEED=\(seed)")
                        #expect(stream.isDone, "stream \(number), ADIT_SEED=\(seed)")
                    }
                }
                group.addTask {
                    var numbers = Numbers(state: seed)
                    for _ in 0..<cuts where over.value < streams {
                        let gap = chunks * pause / cuts
                        try await Task.sleep(for: .milliseconds(Int.random(in: gap / 2...gap * 3 / 2, using: &numbers)))
                        try await Self.cut(proxy, &numbers)
                    }
                }
                try await group.waitForAll()
            }
            #expect(generations.value == streams)
            #expect(try await stand.number(of: "adit_lost_calls_total") == lost)
            #expect(try await stand.number(of: "adit_resumed_calls_total") > resumed)
            try await eventually("nothing is open") { try await stand.number(of: "adit_open_calls") == 0 }
        }

        private static func cut(_ proxy: FaultProxy, _ numbers: inout Numbers) async throws {
            guard let link = proxy.links.randomElement(using: &numbers) else { return }
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0:
                try await link.halfClose(Bool.random(using: &numbers) ? .up : .down)
            case 1:
                let passed = try await link.passed(.up)
                let more = Int.random(in: 1...3_000, using: &numbers)
                try await link.change([.up]) { $0.cutAfter = passed + more }
            default:
                try await link.cut()
            }
        }

        /// SplitMix64.
        private struct Numbers: RandomNumberGenerator {
            var state: UInt64

            mutating func next() -> UInt64 {
                self.state &+= 0x9E37_79B9_7F4A_7C15
                var mixed = self.state
                mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
                mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
                return mixed ^ (mixed >> 31)
            }
        }
    }
}
