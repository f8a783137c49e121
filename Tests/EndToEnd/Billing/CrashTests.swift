import Foundation
import Synchronization
import TestSupport
import Testing

extension EndToEnd {
    /// A relay that dies at any moment has charged every call that it completed, once, and holds nothing afterwards.
    @Suite struct CrashTests {
        @Test func everyCompletedCallIsChargedOnce() async throws {
            try await Self.run(kills: 3, callers: 40, round: 0)
        }

        /// 50 times; five in a round, so that each round has its own time.
        @Test(
            .enabled(
                if: ProcessInfo.processInfo.environment["ADIT_LONG_TESTS"] != nil,
                "50 kills under the load of 200 callers take ten minutes: set ADIT_LONG_TESTS=1"
            ),
            arguments: 1...10
        )
        func everyCompletedCallIsChargedOnceManyTimes(round: UInt64) async throws {
            try await Self.run(kills: 5, callers: 200, round: round)
        }

        private static func run(kills: Int, callers: Int, round: UInt64) async throws {
            let seed =
                ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) }
                ?? UInt64.random(in: 0...UInt64.max)
            print("crashes: ADIT_SEED=\(seed)")
            var random = SplitMix(seed &+ round)
            let moments = (0..<kills).map { _ in Int.random(in: 100...2_500, using: &random) }
            let start = ContinuousClock.now
            let count = Mutex(0)
            try await Stand.billed(1_000_000_000_000) { stand in
                stand.upstream.script("whole") { try await $0.answer(UpstreamCall.chat("yes")) }
                stand.upstream.script("quick") { try await $0.stream(["a", "b", "c"]) }
                // Long enough for its reservation to be written down.
                stand.upstream.script("slow") { call in
                    try await call.begin()
                    for _ in 0..<15 {
                        try await call.send(event: UpstreamCall.words("a"))
                        try await Task.sleep(for: .milliseconds(100))
                    }
                    try await call.finishStream()
                }
                for moment in moments {
                    let completed = Completed()
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for number in 0..<callers {
                            group.addTask {
                                await Self.call(stand, number) { id in completed.add(id) }
                            }
                        }
                        // Load first: the moment counts from the first call that is through.
                        try await eventually(within: 60, "calls complete") { !completed.ids.isEmpty }
                        try await Task.sleep(for: .milliseconds(moment))
                        stand.relay.program.kill()
                        _ = try await stand.relay.program.exited.wait(within: 10, "the relay is dead")
                        group.cancelAll()
                    }
                    try await stand.relay.startAgain()
                    try await Self.check(stand, completed.ids)
                    count.withLock { $0 += completed.ids.count }
                    try await stand.isConnected()
                }
                #expect(
                    try stand.relay.integers("SELECT count(*) > 0 FROM ledger_movement WHERE kind = 'settlement'") == [
                        1
                    ]
                )
            }
            let seconds = (ContinuousClock.now - start).components.seconds
            print("crashes: \(kills) kills, \(count.withLock { $0 }) completed calls, \(seconds) s")
        }

        private static func check(_ stand: Stand, _ completed: [String]) async throws {
            let relay = stand.relay
            #expect(try relay.texts("PRAGMA integrity_check") == ["ok"])
            #expect(
                try relay.integers(
                    "SELECT count(*) FROM ledger_posting WHERE account NOT IN (SELECT id FROM ledger_account)"
                ) == [0]
            )
            #expect(try relay.integers("SELECT sum(amount) FROM ledger_posting") == [0])
            #expect(
                try relay.integers("SELECT ifnull(sum(balance), 0) FROM ledger_account WHERE name GLOB 'held:*'") == [0]
            )
            let open = """
                SELECT count(*) FROM ledger_movement m WHERE kind = 'reservation' AND NOT EXISTS
                (SELECT 1 FROM ledger_movement r WHERE r.kind = 'release' AND r.call = m.call)
                """
            #expect(try relay.integers(open) == [0])
            let drift = """
                SELECT count(*) FROM ledger_account a WHERE balance <>
                (SELECT ifnull(sum(amount), 0) FROM ledger_posting p WHERE p.account = a.id)
                """
            #expect(try relay.integers(drift) == [0])
            let twice = """
                SELECT count(*) FROM (SELECT call FROM ledger_movement WHERE kind = 'settlement' GROUP BY call
                HAVING count(*) > 1)
                """
            #expect(try relay.integers(twice) == [0])
            let charged = Set(
                try relay.texts(
                    "SELECT call FROM ledger_movement WHERE kind = 'settlement' AND amount = \(Stand.usualCost)"
                )
            )
            let unpaid = completed.filter { !charged.contains($0) }
            #expect(unpaid.isEmpty, "\(unpaid.count) of \(completed.count) completed calls are not charged")
            #expect(!completed.isEmpty)
            let records = Set(try relay.texts("SELECT call FROM usage_record WHERE cost = \(Stand.usualCost)"))
            #expect(completed.allSatisfy(records.contains), "a charge has no record")
        }

        /// The ids of calls that their callers know to be complete.
        private final class Completed: Sendable {
            private let all = Mutex<[String]>([])

            var ids: [String] { self.all.withLock { $0 } }
            func add(_ id: String) { self.all.withLock { $0.append(id) } }
        }

        /// Calls until the relay is gone.
        private static func call(_ stand: Stand, _ number: Int, _ completed: @Sendable (String) -> Void) async {
            let body =
                switch number % 4 {
                case 0: Stand.streamedChat("Hi", #","script":"slow""#)
                case 1: Stand.streamedChat("Hi", #","script":"quick""#)
                default: Stand.chat("Hi", #","script":"whole""#)
                }
            while !Task.isCancelled {
                guard let answer = try? await stand.caller.ask("POST", "/v1/chat/completions", body: body, within: 60)
                else { return }
                // Complete is what the caller knows to be complete.
                let isWhole =
                    answer.text.hasSuffix("data: [DONE]\n\n") || answer.json["usage"]["total_tokens"].int == 12
                guard answer.status == 200, isWhole else { continue }
                if let id = answer.head["x-request-id"] { completed(id) }
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), which a printed seed replays.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
