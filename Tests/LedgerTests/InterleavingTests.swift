import Foundation
import Synchronization
import Testing
import Vocabulary

@testable import Ledger

/// Random interleavings of everything that can happen to money, held against a model of what was promised.
@Suite("Interleavings")
struct InterleavingTests {
    /// What callers were promised: the only thing that counts after a crash.
    struct Model {
        /// What became durable, by call: a listener heard so.
        var settled: [CallID: Int64] = [:]
        var paidIn: [HolderID: Int64] = [:]
        var open: [CallID: HolderID] = [:]
    }

    static let holders = (0..<3).map { HolderID(rawValue: "usr_\($0)") }

    @Test(arguments: 0..<24)
    func nothingIsLostAndNothingIsSpentTwice(round: Int) async throws {
        var random = Randomness(round: round)
        let store = MemoryLedgerStore()
        let clock = ManualClock()
        var ledger = try await Ledger(store: store, observer: Listener(), now: { clock.now }, uptime: { clock.now })
        var model = Model()
        var number: UInt32 = 0
        for step in 0..<300 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<8:
                let holder = random.holder()
                let amount = Int64.random(in: 1...500, using: &random)
                let added = try await Self.whileWriting(ledger) { ledger async throws(LedgerError) in
                    try await ledger.topUp(MicroCredits(amount), of: holder, note: "")
                }
                if added { model.paidIn[holder, default: 0] += amount }
            case 8..<12:
                let holder = random.holder()
                let amount = Int64.random(in: 1...200, using: &random)
                let taken = try await Self.whileWriting(ledger) { ledger async throws(LedgerError) in
                    try await ledger.adjust(by: MicroCredits(-amount), of: holder, note: "")
                }
                if taken { model.paidIn[holder, default: 0] -= amount }
            case 12..<45:
                number += 1
                let call = CallID(high: UInt64(round), low: number)
                let holder = random.holder()
                let before = ledger.balance(of: holder).available
                let amount = Int64.random(in: 0...120, using: &random)
                do throws(LedgerError) {
                    try ledger.reserve(MicroCredits(amount), of: holder, for: call)
                    #expect(before >= amount)
                    model.open[call] = holder
                } catch {
                    #expect(before < amount || before == 0 || !ledger.isWritable)
                }
            case 45..<70:
                guard let (call, holder) = model.open.randomElement(using: &random) else { continue }
                model.open[call] = nil
                let cost = Int64.random(in: 0...150, using: &random)
                let heard = Mutex<[Bool]>([])
                let record = Self.record(call, holder, clock.now)
                ledger.settle(call, cost: MicroCredits(cost), record: record) { result in
                    heard.withLock { $0.append((try? result.get()) != nil) }
                }
                // A second one must not count.
                if Bool.random(using: &random) {
                    ledger.settle(call, cost: MicroCredits(cost), record: record) { #expect((try? $0.get()) == nil) }
                }
                if Bool.random(using: &random) {
                    await ledger.flush()
                    #expect(heard.withLock { $0.count } == 1)
                    if heard.withLock({ $0 == [true] }) { model.settled[call] = cost }
                }
            case 70..<80:
                guard let (call, _) = model.open.randomElement(using: &random) else { continue }
                model.open[call] = nil
                ledger.release(call)
            case 80..<88:
                clock.advance(Int64.random(in: 1...1_500, using: &random))
            case 88..<94:
                await ledger.flush()
            case 94..<97:
                store.setFull(Bool.random(using: &random))
            default:
                // A crash: memory is gone, and with it every call that was open.
                store.setFull(false)
                ledger = try await Ledger(store: store, observer: Listener(), now: { clock.now }, uptime: { clock.now })
                model.open.removeAll()
                #expect(ledger.openReservations == 0)
                let held = MemoryLedgerStore.balances(store.movements).filter { account, balance in
                    if case .held = account { balance != 0 } else { false }
                }
                #expect(held.isEmpty, "step \(step): something is held for calls that are gone")
            }
            try Self.check(ledger, store, model, "step \(step) of \(random.seed)")
        }
        for call in model.open.keys { ledger.release(call) }
        store.setFull(false)
        await ledger.flush()
        await ledger.flush()
        try Self.check(ledger, store, model, "the end of \(random.seed)")
        let balances = MemoryLedgerStore.balances(store.movements)
        for holder in Self.holders {
            #expect(ledger.balance(of: holder).held == 0)
            #expect(ledger.balance(of: holder).available == balances[.available(holder)] ?? 0, "\(random.seed)")
            #expect(balances[.held(holder)] ?? 0 == 0, "\(random.seed)")
        }
    }

    private static func check(_ ledger: Ledger, _ store: MemoryLedgerStore, _ model: Model, _ place: String) throws {
        let balances = MemoryLedgerStore.balances(store.movements)
        #expect(balances.values.reduce(0, +) == 0, "\(place): the sum is not zero")
        for holder in Self.holders {
            let balance = ledger.balance(of: holder)
            #expect(balance.available >= 0 && balance.held >= 0, "\(place): \(holder) is below zero")
        }
        let settlements = store.movements.filter { $0.kind == .settlement }
        #expect(Set(settlements.map(\.call)).count == settlements.count, "\(place): a call is settled twice")
        // What was promised is there, with its record.
        for (call, cost) in model.settled {
            let charged = settlements.first { $0.call == call }?.amount.rawValue ?? 0
            #expect(charged <= cost, "\(place): \(call) was charged more than it cost")
            let record = store.records.first { $0.call == call }
            #expect(record?.cost.rawValue == charged, "\(place): \(call) has no record of its charge")
            #expect(record.map { $0.cost.rawValue + $0.shortfall.rawValue } == cost, "\(place): \(call) lost money")
        }
        for holder in Self.holders {
            let paid = model.paidIn[holder] ?? 0
            let received = store.movements.filter {
                $0.to == .available(holder) && [.topUp, .adjustment].contains($0.kind)
            }
            let given = store.movements.filter { $0.from == .available(holder) && $0.kind == .adjustment }
            let sum = received.reduce(0) { $0 + $1.amount.rawValue } - given.reduce(0) { $0 + $1.amount.rawValue }
            #expect(sum == paid, "\(place): \(holder) paid \(paid), the journal says \(sum)")
        }
    }

    /// Does something that waits for the writer, and writes meanwhile.
    private static func whileWriting(
        _ ledger: Ledger,
        _ action: @escaping @Sendable (Ledger) async throws(LedgerError) -> Movement
    ) async throws -> Bool {
        let done = Mutex(false)
        async let result: Bool = {
            defer { done.withLock { $0 = true } }
            do { _ = try await action(ledger) } catch { return false }
            return true
        }()
        while !done.withLock({ $0 }) {
            await ledger.flush()
            await Task.yield()
        }
        return await result
    }

    static func record(_ call: CallID, _ holder: HolderID, _ time: Int64) -> UsageRecord {
        UsageRecord(
            call: call,
            time: time,
            key: "key_1",
            holder: holder,
            deployment: "m",
            endpoint: "chat",
            isStreamed: false,
            status: 200,
            duration: 1
        )
    }
}

/// SplitMix64, whose seed is printed, and taken from `ADIT_SEED` to replay a round.
struct Randomness: RandomNumberGenerator {
    let seed: String
    private var state: UInt64

    private static let base =
        ProcessInfo.processInfo.environment["ADIT_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)

    init(round: Int) {
        let base = Self.base
        self.seed = "ADIT_SEED=\(base), round \(round)"
        self.state = base &+ UInt64(round) &* 0x9E37_79B9_7F4A_7C15
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var z = self.state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func holder() -> HolderID {
        InterleavingTests.holders[Int.random(in: 0..<InterleavingTests.holders.count, using: &self)]
    }
}
