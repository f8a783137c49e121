import Ledger
import Synchronization
import Vocabulary

/// A store that keeps the rules of a real one, and fails when a test says so.
final class MemoryLedgerStore: LedgerStore {
    struct NoRoom: Error {}

    struct State {
        var movements: [Movement] = []
        var records: [UsageRecord] = []
        var isFull = false
        var writes = 0
    }

    let state = Mutex(State())
    private let beforeWriting: @Sendable () async throws -> Void

    /// - Parameter beforeWriting: may hold up what is written, or let it fail.
    init(beforeWriting: @escaping @Sendable () async throws -> Void = {}) {
        self.beforeWriting = beforeWriting
    }

    var movements: [Movement] { self.state.withLock { $0.movements } }
    var records: [UsageRecord] { self.state.withLock { $0.records } }
    func setFull(_ isFull: Bool) { self.state.withLock { $0.isFull = isFull } }

    static func balances(_ movements: [Movement]) -> [LedgerAccount: Int64] {
        var balances: [LedgerAccount: Int64] = [:]
        for movement in movements {
            balances[movement.from, default: 0] -= movement.amount.rawValue
            balances[movement.to, default: 0] += movement.amount.rawValue
        }
        return balances
    }

    func loadLedger() async throws -> StoredLedger {
        let movements = self.movements
        var stored = StoredLedger()
        for (account, balance) in Self.balances(movements) {
            switch account {
            case .available(let holder): stored.balances[holder, default: .init()].available = balance
            case .held(let holder): stored.balances[holder, default: .init()].held = balance
            case .cash, .adjustments, .codes, .sales: break
            }
        }
        let released = Set(movements.filter { $0.kind == .release }.compactMap(\.call))
        for movement in movements where movement.kind == .reservation {
            guard let call = movement.call, !released.contains(call), case .held(let holder) = movement.to else {
                continue
            }
            stored.openReservations.append((call, holder, movement.amount))
        }
        return stored
    }

    func write(_ entries: [LedgerEntry]) async throws {
        if !entries.isEmpty { try await self.beforeWriting() }
        try self.state.withLock { state in
            guard !state.isFull else { throw NoRoom() }
            let new = entries.flatMap { [$0.first, $0.second].compactMap { $0 } }
            let all = state.movements + new
            for kind in [Movement.Kind.reservation, .settlement, .release] {
                let calls = all.filter { $0.kind == kind }.compactMap(\.call)
                guard Set(calls).count == calls.count else { throw LedgerError.conflict("twice: \(kind)") }
            }
            for (account, balance) in Self.balances(all) where balance < 0 {
                if case .available(let holder) = account { throw LedgerError.conflict("\(holder) is below zero") }
                if case .held(let holder) = account { throw LedgerError.conflict("\(holder) holds less than nothing") }
            }
            state.movements = all
            state.records += entries.compactMap(\.kept?.record)
            state.writes += 1
        }
    }

    func probe(time: Int64) async throws {
        if self.state.withLock({ $0.isFull }) { throw NoRoom() }
    }

    func settlement(of call: CallID) async throws -> (holder: HolderID, left: MicroCredits)? {
        let movements = self.movements.filter { $0.call == call }
        guard let charge = movements.first(where: { $0.kind == .settlement }),
            case .available(let holder) = charge.from
        else { return nil }
        let refunds = movements.filter { $0.kind == .refund }.reduce(0) { $0 + $1.amount.rawValue }
        return (holder, MicroCredits(charge.amount.rawValue - refunds))
    }

    func paid(named name: [UInt8], ofKey key: String, since time: Int64) async throws -> PaidName? { nil }
    func deleteNames(before time: Int64, limit: Int) async throws -> Int { 0 }
    func insert(_ codes: [RedeemCode]) async throws {}
    func codes() async throws -> [RedeemCode] { [] }
    func redeem(
        _ digest: RedeemCode.Digest,
        by holder: HolderID,
        atMost most: MicroCredits,
        time: Int64
    ) async throws -> RedeemCode {
        throw LedgerError.notFound("such code")
    }
    func dailyUsage(ofKey key: String, since day: Int) async throws -> [DailyUsage] { [] }
    func totalUsage(ofKey key: String) async throws -> UsageTotals { UsageTotals() }
    func usage(
        of holder: HolderID?,
        from: Int64,
        to: Int64,
        after: UsageCursor?,
        limit: Int
    ) async throws -> [UsageRecord] { [] }
    func deleteUsage(before time: Int64, limit: Int) async throws -> Int { 0 }
    func movements(
        of holder: HolderID,
        before: Int64?,
        limit: Int
    ) async throws -> [(number: Int64, movement: Movement)] { [] }
}

/// Counts what the ledger says.
final class Listener: LedgerObserver {
    let failures = Mutex(0)
    let recoveries = Mutex(0)
    let crashes = Mutex(0)
    let leaks = Mutex(0)
    let drops = Mutex<[Int]>([])

    func released(afterCrash count: Int) { self.crashes.withLock { $0 += count } }
    func writingFailed(_ reason: String, entries: Int) { self.failures.withLock { $0 += 1 } }
    func writingWorks() { self.recoveries.withLock { $0 += 1 } }
    func released(expired count: Int) { self.leaks.withLock { $0 += count } }
    func recordsDropped(_ count: Int) { self.drops.withLock { $0.append(count) } }
}

/// A clock that stands until it is told to go on.
final class ManualClock: Sendable {
    private let time = Mutex<Int64>(1_800_000_000_000)

    var now: Int64 { self.time.withLock { $0 } }
    func advance(_ milliseconds: Int64) { self.time.withLock { $0 += milliseconds } }
}
