import Synchronization
import Testing
import Vocabulary

@testable import Ledger

/// Batches that wait for company, without any time passing.
@Suite("Gathering")
struct GatheringTests {
    /// A wait that is over when what was to happen meanwhile has happened.
    final class Meanwhile: Sendable {
        struct State {
            var waits = 0
            var ends = 0
            var happenings: [@Sendable () -> Void] = []
        }

        let state = Mutex(State())

        func wait() {
            let happening = self.state.withLock { state -> (@Sendable () -> Void)? in
                state.waits += 1
                return state.happenings.isEmpty ? nil : state.happenings.removeFirst()
            }
            happening?()
            if Task.isCancelled { self.state.withLock { $0.ends += 1 } }
        }

        var waits: Int { self.state.withLock { $0.waits } }
        /// How many of them were cancelled.
        var ends: Int { self.state.withLock { $0.ends } }
        func happen(_ action: @escaping @Sendable () -> Void) { self.state.withLock { $0.happenings.append(action) } }
    }

    private let holder = HolderID(rawValue: "usr_1")
    private let store = MemoryLedgerStore()
    private let clock = ManualClock()
    private let pause = Meanwhile()

    /// A ledger with so many calls under way.
    private func ledger(calls: UInt32) async throws -> Ledger {
        let topUp = Movement(.topUp, from: .cash, to: .available(self.holder), amount: MicroCredits(1_000), time: 1)
        try await self.store.write([LedgerEntry(first: topUp)])
        let (clock, pause) = (self.clock, self.pause)
        let ledger = try await Ledger(
            store: self.store,
            observer: Listener(),
            sleep: { _ in pause.wait() },
            now: { clock.now },
            uptime: { clock.now }
        )
        for number in 0..<calls { try ledger.reserve(MicroCredits(1), of: self.holder, for: Self.call(number)) }
        return ledger
    }

    private static func call(_ number: UInt32) -> CallID { CallID(high: 1, low: number) }

    private static func settle(_ numbers: Range<UInt32>, _ ledger: Ledger) {
        for number in numbers { ledger.settle(Self.call(number), cost: MicroCredits(1), record: nil) { _ in } }
    }

    private var writes: Int { self.store.state.withLock { $0.writes } }

    @Test func whoIsNearlyAloneWaitsForNobody() async throws {
        let ledger = try await self.ledger(calls: 20)
        for start in stride(from: 0, to: UInt32(14), by: 7) {
            Self.settle(start..<start + 7, ledger)
            await ledger.flush(gathering: true)
        }
        #expect(self.pause.waits == 0)
    }

    @Test func amongManyABatchWaitsAsLongAsMoreComeAndNotLong() async throws {
        let ledger = try await self.ledger(calls: 40)
        Self.settle(0..<8, ledger)
        await ledger.flush(gathering: true)
        #expect(self.pause.waits == 0)
        let before = self.writes
        for start in stride(from: 10, to: UInt32(30), by: 5) {
            self.pause.happen { Self.settle(start..<start + 5, ledger) }
        }
        Self.settle(8..<10, ledger)
        await ledger.flush(gathering: true)
        // What came while it waited is in the batch, and it waited twice only.
        #expect(self.pause.waits == Ledger.mostGatherings)
        #expect(self.writes == before + 1)
        #expect(self.store.movements.count { $0.kind == .settlement } == 8 + 2 + 5 * Ledger.mostGatherings)
        // Nobody comes: it waits once.
        self.pause.state.withLock { $0.happenings.removeAll() }
        Self.settle(30..<31, ledger)
        await ledger.flush(gathering: true)
        #expect(self.pause.waits == Ledger.mostGatherings + 1)
        #expect(self.pause.ends == 0)
        // The batch before was of one.
        Self.settle(31..<32, ledger)
        await ledger.flush(gathering: true)
        #expect(self.pause.waits == Ledger.mostGatherings + 1)
    }

    @Test func nobodyWaitsWhenNobodyCouldCome() async throws {
        let ledger = try await self.ledger(calls: 12)
        Self.settle(0..<10, ledger)
        await ledger.flush(gathering: true)
        self.pause.happen { Self.settle(11..<12, ledger) }
        Self.settle(10..<11, ledger)
        await ledger.flush(gathering: true)
        // The last call that was under way ended the wait, and there was no other one.
        #expect(self.pause.waits == 1)
        #expect(self.pause.ends == 1)
        #expect(ledger.openReservations == 0)
        #expect(self.store.movements.count { $0.kind == .settlement } == 12)
    }

    @Test func aCallThatIsNotPaidForEndsTheWaitToo() async throws {
        let ledger = try await self.ledger(calls: 10)
        Self.settle(0..<8, ledger)
        await ledger.flush(gathering: true)
        self.pause.happen { ledger.release(Self.call(9)) }
        Self.settle(8..<9, ledger)
        await ledger.flush(gathering: true)
        #expect(self.pause.ends == 1)
    }

    @Test func whatWasLongAgoIsNoCompany() async throws {
        let ledger = try await self.ledger(calls: 12)
        Self.settle(0..<10, ledger)
        await ledger.flush(gathering: true)
        self.clock.advance(WriteQueue.memory + 1)
        Self.settle(10..<11, ledger)
        await ledger.flush(gathering: true)
        #expect(self.pause.waits == 0)
    }

    @Test func whoEndsAWaitTooLateDoesNotCutTheNextOneShort() async throws {
        let ledger = try await self.ledger(calls: 20)
        Self.settle(0..<10, ledger)
        await ledger.flush(gathering: true)
        let first = Mutex<Task<Void, Never>?>(nil)
        self.pause.happen {
            let wait = ledger.state.withLock { $0.gathering }
            first.withLock { $0 = wait }
            Self.settle(11..<12, ledger)
        }
        self.pause.happen { first.withLock { $0 }?.cancel() }
        Self.settle(10..<11, ledger)
        await ledger.flush(gathering: true)
        #expect(self.pause.waits == 2)
        #expect(self.pause.ends == 0)
    }
}
