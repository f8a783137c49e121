import Accounts
import Foundation
import Testing
import Vocabulary

@testable import Admission

/// Calls that wait for limits of calls at once.
@Suite struct LimitLinesTests {
    private typealias Lines = LimitLines<Int>

    private static let key = LimitSubject.key(KeyID(rawValue: "key_1"))
    private static let one = Demand(subject: key, limits: Limits(concurrentCalls: 1))
    private static let relay = Demand(subject: .relay, limits: Limits(concurrentCalls: 2))

    private static func asking(_ name: Int, _ demands: [Demand], by owner: String = "u") -> Lines.Asking {
        .init(demands: demands, estimate: 1, owner: UserID(rawValue: owner), size: 1, waiter: name)
    }

    private static func lines(calls: Int = 64) -> Lines {
        Lines(LimitState(), limits: WaitingLimits(calls: calls, bytes: 1_000))
    }

    /// What was told, as `1+ 2-`: who was let in, and who was not.
    private static func words(_ told: [Lines.Told]) -> String {
        told.map { told in
            if case .admitted = told.outcome { "\(told.asking.waiter)+" } else { "\(told.asking.waiter)-" }
        }.joined(separator: " ")
    }

    private static func place(_ answer: Lines.Answer) -> Int? {
        if case .waits(let place, _) = answer { place } else { nil }
    }

    @Test func whoComesWhenThereIsRoomDoesNotWait() {
        var lines = Self.lines()
        guard case .admitted = lines.wait(Self.asking(1, [Self.one]), now: 0) else {
            Issue.record("there is room")
            return
        }
        #expect(lines.waiting == 0)
    }

    @Test func theLineGoesOnWhenACallEnds() {
        var lines = Self.lines()
        _ = lines.admit([Self.one], estimate: 1, now: 0)
        for name in 1...3 { #expect(Self.place(lines.wait(Self.asking(name, [Self.one]), now: 0)) != nil) }
        #expect(Self.words(lines.end([Self.one], estimate: 1, tokens: 1, now: 0)) == "1+")
        #expect(Self.words(lines.end([Self.one], estimate: 1, tokens: 1, now: 0)) == "2+")
        #expect(lines.waiting == 1)
    }

    @Test func usersTakeTurns() {
        var lines = Self.lines()
        for _ in 0..<2 { _ = lines.admit([Self.relay], estimate: 1, now: 0) }
        for name in 1...3 { _ = lines.wait(Self.asking(name, [Self.relay], by: "many"), now: 0) }
        _ = lines.wait(Self.asking(9, [Self.relay], by: "few"), now: 0)
        let order = (0..<4).map { _ in Self.words(lines.end([Self.relay], estimate: 1, tokens: 1, now: 0)) }
        #expect(order == ["1+", "9+", "2+", "3+"])
    }

    @Test func aFullLineIsShared() {
        var lines = Self.lines(calls: 2)
        for _ in 0..<2 { _ = lines.admit([Self.relay], estimate: 1, now: 0) }
        for name in 1...2 { _ = lines.wait(Self.asking(name, [Self.relay], by: "many"), now: 0) }
        guard case .refused(let refusal, _) = lines.wait(Self.asking(3, [Self.relay], by: "many"), now: 0) else {
            Issue.record("there is no room")
            return
        }
        #expect(refusal.kind == .concurrentCalls)
        guard case .waits(_, let displaced) = lines.wait(Self.asking(9, [Self.relay], by: "few"), now: 0) else {
            Issue.record("there is room for one who has none")
            return
        }
        #expect(Self.words(displaced) == "2-")
    }

    @Test func whoIsBlockedElsewhereHoldsNobodyUp() {
        var lines = Self.lines()
        // The key is busy, and so is the relay.
        _ = lines.admit([Self.one, Self.relay], estimate: 1, now: 0)
        _ = lines.admit([Self.relay], estimate: 1, now: 0)
        _ = lines.wait(Self.asking(1, [Self.one, Self.relay]), now: 0)
        _ = lines.wait(Self.asking(2, [Self.relay], by: "v"), now: 0)
        #expect(Self.words(lines.end([Self.relay], estimate: 1, tokens: 1, now: 0)) == "2+")
        #expect(Self.words(lines.end([Self.one, Self.relay], estimate: 1, tokens: 1, now: 0)) == "1+")
    }

    @Test func whatAMinuteForbidsIsNotWaitedFor() {
        var lines = Self.lines()
        let demand = Demand(subject: Self.key, limits: Limits(requestsPerMinute: 2, concurrentCalls: 1))
        _ = lines.admit([demand], estimate: 1, now: 0)
        #expect(Self.place(lines.wait(Self.asking(1, [demand]), now: 0)) != nil)
        #expect(Self.place(lines.wait(Self.asking(2, [demand]), now: 0)) != nil)
        // With the first one the minute is used up for the second one too, who learns of it at once.
        #expect(Self.words(lines.end([demand], estimate: 1, tokens: 1, now: 0)) == "1+ 2-")
        guard case .refused(let refusal, _) = lines.wait(Self.asking(3, [demand]), now: 0) else {
            Issue.record("the minute is used up")
            return
        }
        #expect(refusal.kind == .requestsPerMinute && lines.waiting == 0)
    }

    @Test func whoLeavesIsOutAtOnce() throws {
        var lines = Self.lines()
        _ = lines.admit([Self.one], estimate: 1, now: 0)
        let places = try (1...2).map { try #require(Self.place(lines.wait(Self.asking($0, [Self.one]), now: 0))) }
        #expect(lines.leave(places[0], now: 0) != nil)
        #expect(lines.leave(places[0], now: 0) == nil)
        #expect(Self.words(lines.end([Self.one], estimate: 1, tokens: 1, now: 0)) == "2+")
        #expect(lines.leave(places[1], now: 0) == nil)
        _ = lines.wait(Self.asking(3, [Self.one]), now: 0)
        #expect(lines.leaveAll().map(\.waiter) == [3])
        #expect(lines.waiting == 0)
    }

    /// Random calls against a plain model (`ADIT_SEED` replays one run): never more at once than a limit allows, nobody waits
    /// for whom there is room, everybody hears one thing.
    @Test(arguments: 0..<8) func randomCalls(_: Int) {
        let given = ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("ADIT_SEED=\(seed)")
        var random = SeededRandom(seed: seed)
        var lines = Self.lines(calls: Int.random(in: 0...20, using: &random))
        var running: [Int: [Demand]] = [:]
        var waiting: [Int: (place: Int, demands: [Demand])] = [:]
        let demands = (0..<6).map { index in
            let subject = index == 5 ? LimitSubject.relay : .key(KeyID(rawValue: "key_\(index)"))
            return Demand(subject: subject, limits: Limits(concurrentCalls: 1 + index))
        }
        let hasRoom = { (asked: [Demand]) in
            asked.allSatisfy { demand in
                let limit = demand.limits.concurrentCalls ?? 0
                return running.values.count { $0.contains { $0.subject == demand.subject } } < limit
            }
        }
        let hear = { (told: [Lines.Told]) in
            for one in told {
                guard let waited = waiting.removeValue(forKey: one.asking.waiter) else {
                    Issue.record("ADIT_SEED=\(seed): told one who does not wait")
                    continue
                }
                guard case .admitted = one.outcome else { continue }
                #expect(hasRoom(waited.demands), "ADIT_SEED=\(seed)")
                running[one.asking.waiter] = waited.demands
            }
        }
        for step in 0..<2_000 {
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                let asked = demands.filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
                let had = hasRoom(asked)
                let owner = "u\(Int.random(in: 0..<4, using: &random))"
                switch lines.wait(Self.asking(step, asked, by: owner), now: 0) {
                case .admitted:
                    #expect(had, "ADIT_SEED=\(seed), step \(step)")
                    running[step] = asked
                case .waits(let place, let displaced):
                    #expect(!had, "ADIT_SEED=\(seed), step \(step)")
                    hear(displaced)
                    waiting[step] = (place, asked)
                case .refused: #expect(!had, "ADIT_SEED=\(seed), step \(step)")
                case .undecidable: Issue.record("there is room for every limit")
                }
            case 2:
                guard let (name, waited) = waiting.randomElement(using: &random) else { continue }
                #expect(lines.leave(waited.place, now: 0) != nil, "ADIT_SEED=\(seed), step \(step)")
                waiting[name] = nil
            default:
                guard let (name, held) = running.randomElement(using: &random) else { continue }
                running[name] = nil
                hear(lines.end(held, estimate: 1, tokens: 1, now: 0))
            }
            #expect(lines.waiting == waiting.count, "ADIT_SEED=\(seed), step \(step)")
            #expect(!waiting.values.contains { hasRoom($0.demands) }, "ADIT_SEED=\(seed), step \(step)")
        }
    }
}
