import Synchronization
import Testing
import Vocabulary

@testable import Ledger

/// More records wait for the disk than may: nothing of that is silent.
@Suite("Dropped records")
struct DroppedRecordsTests {
    @Test func theyAreToldOfOnce() async throws {
        let (store, clock, listener) = (MemoryLedgerStore(), ManualClock(), Listener())
        let ledger = try await Ledger(store: store, observer: listener, now: { clock.now }, uptime: { clock.now })
        let record = InterleavingTests.record(CallID(high: 1, low: 1), HolderID(rawValue: "usr_1"), clock.now)
        for _ in 0..<WriteQueue.mostRecords { ledger.keep(record) }
        ledger.reportDropped()
        #expect(listener.drops.withLock { $0 } == [])
        for _ in 0..<3 { ledger.keep(record) }
        for _ in 0..<2 { ledger.reportDropped() }
        #expect(listener.drops.withLock { $0 } == [3])
        // What waits is written once there is room, and then there is room again.
        await ledger.flush()
        #expect(store.records.count == WriteQueue.mostRecords)
        ledger.keep(record)
        ledger.reportDropped()
        #expect(listener.drops.withLock { $0 } == [3])
    }
}
