import Accounts
import Foundation
import Testing
import Vocabulary

@testable import Admission

@Suite struct LimitStateTests {
    private static let second: Int64 = 1_000_000_000
    private static let key = LimitSubject.key(KeyID(rawValue: "key_1"))
    private static let other = LimitSubject.key(KeyID(rawValue: "key_2"))

    @Test func requestsPerMinute() throws {
        var state = LimitState()
        let demands = [Demand(subject: Self.key, limits: Limits(requestsPerMinute: 2))]
        #expect(try state.admitted(demands).requests == .init(limit: 2, remaining: 1, reset: 30 * Self.second))
        #expect(try state.admitted(demands).requests?.remaining == 0)
        let refused = try state.refused(demands)
        #expect(refused.0 == .init(subject: Self.key, kind: .requestsPerMinute, limit: 2, wait: 30 * Self.second))
        #expect(refused.1.requests?.remaining == 0)
        _ = try state.admitted(demands, now: 30 * Self.second)
        _ = try state.refused(demands, now: 30 * Self.second)
    }

    @Test func theDayCountsBesideTheMinute() throws {
        var state = LimitState()
        let demands = [Demand(subject: Self.key, limits: Limits(requestsPerMinute: 100, requestsPerDay: 2))]
        #expect(try state.admitted(demands).requests?.limit == 2)
        _ = try state.admitted(demands)
        let refusal = try state.refused(demands).0
        #expect(refusal.kind == .requestsPerDay)
        #expect(refusal.wait == 43_200 * Self.second)
    }

    @Test func callsAtOnceComeBackWhenTheyEnd() throws {
        var state = LimitState()
        let demands = [Demand(subject: Self.key, limits: Limits(concurrentCalls: 2))]
        for _ in 0..<5 {
            _ = try state.admitted(demands)
            _ = try state.admitted(demands)
            let refusal = try state.refused(demands)
            #expect(refusal.0.kind == .concurrentCalls)
            // Neither calls nor tokens are limited: no header says anything of them.
            #expect(refusal.1 == LimitReport())
            state.end(demands, estimate: 0, tokens: 0, now: 0)
            state.end(demands, estimate: 0, tokens: 0, now: 0)
        }
    }

    @Test func tokensAreCountedAsTheyWere() throws {
        var state = LimitState()
        let demands = [Demand(subject: Self.key, limits: Limits(tokensPerMinute: 600))]
        #expect(try state.admitted(demands, estimate: 100).tokens?.remaining == 500)
        state.end(demands, estimate: 100, tokens: 550, now: 0)
        #expect(state.report(demands, now: 0).tokens == .init(limit: 600, remaining: 50, reset: 55 * Self.second))
        #expect(try state.refused(demands, estimate: 100).0.kind == .tokensPerMinute)
        #expect(try state.refused(demands, estimate: 100).0.wait == 5 * Self.second)
        // A small one still fits, and gives back what it did not need.
        _ = try state.admitted(demands, estimate: 50)
        state.end(demands, estimate: 50, tokens: 10, now: 0)
        #expect(state.report(demands, now: 0).tokens?.remaining == 40)
        // Nobody knows what the next one took: its estimate stays.
        _ = try state.admitted(demands, estimate: 40)
        state.end(demands, estimate: 40, tokens: nil, now: 0)
        #expect(state.report(demands, now: 0).tokens?.remaining == 0)
    }

    @Test func whatIsLeftIsToldWithoutACall() throws {
        var state = LimitState()
        let limits = Limits(requestsPerMinute: 60, requestsPerDay: 2, tokensPerMinute: 600, concurrentCalls: 3)
        let demand = Demand(subject: Self.key, limits: limits)
        let told = { (now: Int64) in
            state.standings(demand, of: .key, now: now).map { [$0.limit, $0.remaining, Int($0.reset ?? -1)] }
        }
        #expect(told(0) == [[60, 60, -1], [2, 2, -1], [600, 600, -1], [3, 3, -1]])
        _ = try state.admitted([demand], estimate: 100)
        let second = Int(Self.second)
        #expect(told(0) == [[60, 59, second], [2, 1, 43_200 * second], [600, 500, 10 * second], [3, 2, -1]])
        #expect(told(Self.second)[0] == [60, 60, -1], "it came back")
        #expect(told(Self.second)[2] == [600, 510, 9 * second])
        // It took more than there was, and one more is under way than there may be by now.
        state.end([demand], estimate: 100, tokens: 700, now: 0)
        #expect(told(0)[2] == [600, 0, 70 * second])
        #expect(told(0)[3] == [3, 3, -1])
        #expect(state.standings(Demand(subject: Self.other, limits: .none), of: .user, now: 0).isEmpty)
    }

    @Test func aCallThatNoConnectorGotIsOneForItsKeyAndUserOnly() throws {
        var state = LimitState()
        let limits = Limits(requestsPerMinute: 10, requestsPerDay: 100, tokensPerMinute: 600)
        let name = try #require(DeploymentName("offline"))
        let own = [LimitSubject]([Self.key, .user(.first)]).map { Demand(subject: $0, limits: limits) }
        let shared = [LimitSubject]([.group(.first), .deployment(name), .relay])
            .map { Demand(subject: $0, limits: limits) }
        for _ in 0..<3 {
            _ = try state.admitted(own + shared, estimate: 50)
            state.end(own + shared, estimate: 50, tokens: 0, wasServed: false, now: 0)
        }
        let left = { (demand: Demand) in state.standings(demand, of: .key, now: 0).map(\.remaining) }
        #expect(own.map(left) == [[7, 97, 600], [7, 97, 600]])
        #expect(shared.map(left) == [[10, 100, 600], [10, 100, 600], [10, 100, 600]])
        _ = try state.admitted(own + shared, estimate: 50)
        state.end(own + shared, estimate: 50, tokens: 0, now: 0)
        #expect(shared.map(left) == [[9, 99, 600], [9, 99, 600], [9, 99, 600]])
    }

    @Test func aRefusedCallIsCountedNowhere() throws {
        var state = LimitState()
        let narrow = Demand(subject: Self.key, limits: Limits(concurrentCalls: 1))
        let wide = Demand(subject: .relay, limits: Limits(requestsPerMinute: 10, tokensPerMinute: 1_000))
        _ = try state.admitted([narrow, wide], estimate: 1)
        for _ in 0..<20 { _ = try state.refused([narrow, wide], estimate: 1) }
        #expect(state.report([wide], now: 0).requests?.remaining == 9)
        #expect(state.report([wide], now: 0).tokens?.remaining == 999)
    }

    @Test func theLimitThatTakesLongestIsNamed() throws {
        var state = LimitState()
        let demands = [
            Demand(subject: Self.key, limits: Limits(requestsPerMinute: 1)),
            Demand(subject: .group(.first), limits: Limits(requestsPerDay: 1)),
            Demand(subject: .relay, limits: Limits(concurrentCalls: 1)),
        ]
        _ = try state.admitted(demands)
        #expect(try state.refused(demands).0.subject == .group(.first))
    }

    @Test func eachSubjectHasItsOwn() throws {
        var state = LimitState()
        let limits = Limits(requestsPerMinute: 1, concurrentCalls: 1)
        _ = try state.admitted([Demand(subject: Self.key, limits: limits)])
        _ = try state.admitted([Demand(subject: Self.other, limits: limits)])
        _ = try state.refused([Demand(subject: Self.other, limits: limits)])
    }

    @Test func thoseAtRestMakeRoomAndMoreIsUndecidable() throws {
        var state = LimitState(mostSubjects: 2)
        let limits = Limits(requestsPerMinute: 60)
        for number in 0..<2 {
            let subject = LimitSubject.key(KeyID(rawValue: "key_\(number)"))
            _ = try state.admitted([Demand(subject: subject, limits: limits)])
            state.end([Demand(subject: subject, limits: limits)], estimate: 0, tokens: 0, now: 0)
        }
        let late = [Demand(subject: .relay, limits: limits)]
        #expect(state.admit(late, estimate: 0, now: 0) == .undecidable)
        _ = try state.admitted(late, now: 2 * Self.second)
        #expect(state.counters.count == 1)
    }

    /// Random calls against a plain model (`ADIT_SEED` replays one run): nothing is let in that a limit forbids, nothing is refused that all allow.
    @Test(arguments: 0..<8) func randomCalls(_: Int) throws {
        let given = ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("ADIT_SEED=\(seed)")
        try Self.replay(seed)
    }

    private static func replay(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var state = LimitState()
        let limits = [
            Limits(requestsPerMinute: 30, concurrentCalls: 3), Limits(requestsPerDay: 500),
            Limits(tokensPerMinute: 900),
        ]
        let subjects = [Self.key, .user(.first), .relay]
        let demands = zip(subjects, limits).map { Demand(subject: $0, limits: $1) }
        var now: Int64 = 0
        var open: [(demands: [Demand], estimate: Int)] = []
        var starts: [[Int64]] = [[], [], []]
        for step in 0..<2_000 {
            now += Int64.random(in: 0...Self.second, using: &random)
            let place: Comment = "ADIT_SEED=\(seed), step \(step)"
            if Bool.random(using: &random), let index = open.indices.randomElement(using: &random) {
                let (demands, estimate) = open.remove(at: index)
                state.end(demands, estimate: estimate, tokens: Int.random(in: 0...60, using: &random), now: now)
                continue
            }
            let chosen = subjects.indices.filter { _ in Bool.random(using: &random) }
            let asked = chosen.map { demands[$0] }
            let estimate = Int.random(in: 0...40, using: &random)
            let running = open.filter { $0.demands.contains { $0.subject == Self.key } }.count
            switch state.admit(asked, estimate: estimate, now: now) {
            case .admitted:
                #expect(!chosen.contains(0) || running < 3, place)
                for index in chosen { starts[index].append(now) }
                open.append((asked, estimate))
            case .refused(let refusal, _):
                #expect(asked.contains { $0.subject == refusal.subject }, place)
                if refusal.kind == .concurrentCalls { #expect(running == 3, place) }
                // What a refusal promises holds, if nobody else comes before.
                if refusal.wait > 0 {
                    var later = state
                    if case .refused(let again, _) = later.admit(asked, estimate: estimate, now: now + refusal.wait) {
                        #expect(again.kind == .concurrentCalls, place)
                    }
                }
            case .undecidable:
                Issue.record(place)
            }
        }
        // In no minute more than a full bucket and what came back meanwhile.
        for start in starts[0] {
            let inMinute = starts[0].filter { $0 >= start && $0 < start + 60 * Self.second }.count
            #expect(inMinute <= 60, "ADIT_SEED=\(seed)")
        }
        #expect(!starts[0].isEmpty)
        for call in open { state.end(call.demands, estimate: call.estimate, tokens: 0, now: now) }
        #expect(state.counters.values.allSatisfy { $0.running == 0 }, "ADIT_SEED=\(seed)")
    }
}

extension LimitState {
    fileprivate mutating func admitted(_ demands: [Demand], estimate: Int = 0, now: Int64 = 0) throws -> LimitReport {
        guard case .admitted(let report) = self.admit(demands, estimate: estimate, now: now) else {
            throw UnexpectedDecision()
        }
        return report
    }

    fileprivate mutating func refused(
        _ demands: [Demand],
        estimate: Int = 0,
        now: Int64 = 0
    ) throws -> (Refusal, LimitReport) {
        guard case .refused(let refusal, let report) = self.admit(demands, estimate: estimate, now: now) else {
            throw UnexpectedDecision()
        }
        return (refusal, report)
    }
}

private struct UnexpectedDecision: Error {}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
