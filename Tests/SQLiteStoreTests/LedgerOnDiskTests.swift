import Ledger
import SQLiteStore
import Testing
import Vocabulary

@Suite("The ledger on disk")
struct LedgerOnDiskTests {
    private let holder = HolderID(rawValue: "usr_1")
    private let call = CallID(high: 1, low: 2)

    private func move(_ kind: Movement.Kind, _ from: LedgerAccount, _ to: LedgerAccount, _ amount: Int64) -> LedgerEntry
    {
        LedgerEntry(
            first: Movement(
                kind,
                from: from,
                to: to,
                amount: MicroCredits(amount),
                time: 1_800_000_000_000,
                call: self.call
            )
        )
    }

    private var topUp: LedgerEntry {
        LedgerEntry(
            first: Movement(.topUp, from: .cash, to: .available(self.holder), amount: MicroCredits(100), time: 1)
        )
    }

    private func record(_ number: UInt32, time: Int64, cost: Int64 = 7) -> UsageRecord {
        var record = UsageRecord(
            call: CallID(high: 9, low: number),
            time: time,
            key: "key_1",
            holder: self.holder,
            deployment: "m",
            endpoint: "chat",
            isStreamed: true,
            status: 200,
            duration: 12
        )
        record.usage = Usage(input: 5, cachedInput: 2, output: 3, reasoning: 1)
        record.tariff = Tariff(input: 1, cachedInput: 2, output: 3, multiplier: 4, tierFactor: 5)
        record.cost = MicroCredits(cost)
        record.firstByte = 3
        record.connector = "s"
        return record
    }

    @Test func whatWasWrittenIsReadAgain() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.write([
            self.topUp, self.move(.reservation, .available(self.holder), .held(self.holder), 60),
        ])
        let again = try await folder.openStore().loadLedger()
        #expect(again.balances[self.holder] == Book.Balance(available: 40, held: 60))
        #expect(again.openReservations.map(\.call) == [self.call])
        #expect(again.openReservations.map(\.amount) == [MicroCredits(60)])
        #expect(try folder.values(Int64.self, "SELECT sum(amount) FROM ledger_posting") == [0])
        #expect(try folder.values(Int64.self, "SELECT sum(balance) FROM ledger_account") == [0])
    }

    @Test func aRelayGivesBackWhatOneLeftBehind() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.write([
            self.topUp, self.move(.reservation, .available(self.holder), .held(self.holder), 60),
        ])
        let ledger = try await Ledger(
            store: try folder.openStore(),
            observer: Silent(),
            now: { 1_800_000_000_001 },
            uptime: { 1_800_000_000_001 }
        )
        #expect(ledger.balance(of: self.holder) == Book.Balance(available: 100, held: 0))
        let notes = try folder.values(String.self, "SELECT note FROM ledger_movement WHERE kind = 'release'")
        #expect(notes == [Ledger.leftBehind])
        #expect(try await folder.openStore().loadLedger().openReservations.isEmpty)
    }

    @Test func theDatabaseKeepsTheRulesToo() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.write([self.topUp, self.move(.settlement, .available(self.holder), .sales, 10)])
        // Once more, more than there is, and what is no amount.
        for entry in [
            self.move(.settlement, .available(self.holder), .sales, 10),
            self.move(.adjustment, .available(self.holder), .adjustments, 91),
            self.move(.release, .held(self.holder), .available(self.holder), 1),
            self.move(.topUp, .cash, .available(self.holder), 0),
        ] {
            await #expect(throws: LedgerError.self) { try await store.write([entry]) }
        }
        #expect(throws: (any Error).self) { try folder.run("UPDATE ledger_movement SET amount = 1") }
        #expect(throws: (any Error).self) { try folder.run("DELETE FROM ledger_movement") }
        #expect(try await store.loadLedger().balances[self.holder]?.available == 90)
    }

    @Test func refundsThatDoNotKnowOfEachOtherGiveBackNoMoreThanWasCharged() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.write([self.topUp, self.move(.settlement, .available(self.holder), .sales, 10)])
        let refund = self.move(.refund, .sales, .available(self.holder), 6)
        await #expect(throws: LedgerError.self) { try await store.write([refund, refund]) }
        try await store.write([refund])
        await #expect(throws: LedgerError.self) { try await store.write([refund]) }
        try await store.write([self.move(.refund, .sales, .available(self.holder), 4)])
        #expect(try await store.loadLedger().balances[self.holder]?.available == 100)
        // Two that ask at the same time, through the ledger.
        let ledger = try await Ledger(
            store: store,
            observer: Silent(),
            now: { 1_800_000_000_000 },
            uptime: { 1_800_000_000_000 }
        )
        let other = CallID(high: 3, low: 4)
        try ledger.reserve(MicroCredits(20), of: self.holder, for: other)
        ledger.settle(other, cost: MicroCredits(20), record: nil) { _ in }
        await ledger.flush()
        let writing = Task { await ledger.run() }
        let given = await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    do throws(LedgerError) {
                        return try await ledger.refund(other, amount: nil, note: "").amount.rawValue
                    } catch {
                        return 0
                    }
                }
            }
            return await group.reduce(0, +)
        }
        writing.cancel()
        await writing.value
        #expect(given == 20)
        #expect(ledger.balance(of: self.holder) == Book.Balance(available: 100))
    }

    @Test func aCodeIsRedeemedOnce() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let digest = RedeemCode.Digest(bytes: Array(repeating: 7, count: 32))
        let code = RedeemCode(
            id: "code_1",
            digest: digest,
            hint: "abcd",
            amount: MicroCredits(50),
            note: "pack",
            created: 1,
            expires: nil
        )
        let ledger = try await Ledger(
            store: store,
            observer: Silent(),
            now: { 1_800_000_000_000 },
            uptime: { 1_800_000_000_000 }
        )
        try await ledger.add([code])
        #expect(try await ledger.redeem(digest, by: self.holder).amount == MicroCredits(50))
        await #expect(throws: LedgerError.conflict("This code has been redeemed already.")) {
            try await ledger.redeem(digest, by: self.holder)
        }
        await #expect(throws: LedgerError.notFound("such code")) {
            try await ledger.redeem(RedeemCode.Digest(bytes: Array(repeating: 8, count: 32)), by: self.holder)
        }
        #expect(ledger.balance(of: self.holder).available == 50)
        #expect(try await store.codes().map(\.redeemedBy) == [self.holder])
    }

    @Test func aCodeThatIsWorthMoreThanABalanceMayHoldStaysGood() async throws {
        let store = try DataFolder().openStore()
        let digests = [1, 2].map { RedeemCode.Digest(bytes: Array(repeating: $0, count: 32)) }
        let ledger = try await Ledger(store: store, observer: Silent(), now: { 1_000 }, uptime: { 1_000 })
        try await ledger.add(
            digests.enumerated().map { number, digest in
                RedeemCode(
                    id: "code_\(number)",
                    digest: digest,
                    hint: "abcd",
                    amount: MicroCredits(Book.largest / 2 + 1),
                    note: "",
                    created: 1,
                    expires: nil
                )
            }
        )
        _ = try await ledger.redeem(digests[0], by: self.holder)
        await #expect(throws: LedgerError.impossibleAmount) { try await ledger.redeem(digests[1], by: self.holder) }
        #expect(ledger.balance(of: self.holder).available == Book.largest / 2 + 1)
        _ = try await ledger.redeem(digests[1], by: HolderID(rawValue: "usr_2"))
    }

    @Test(arguments: [.min, -1, 0, 8_796_093_022_206, 8_796_093_022_207, .max] as [Int64])
    func anyTimeMayBeAskedFor(_ time: Int64) async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.write([LedgerEntry(record: self.record(1, time: 5_000))])
        let cursor = UsageCursor(time: time, call: CallID(high: 0, low: 0))
        for holder in [nil, self.holder] {
            let found = try await store.usage(of: holder, from: .min, to: .max, after: cursor, limit: 1)
            #expect(found.count == (time < 5_000 ? 1 : 0))
            #expect(try await store.usage(of: holder, from: time, to: .max, after: nil, limit: 1).count == found.count)
        }
    }

    @Test func movementsAreReadPageByPage() async throws {
        let store = try DataFolder().openStore()
        let other = HolderID(rawValue: "usr_2")
        for amount in 1...7 {
            for holder in [self.holder, other] {
                let movement = Movement(
                    .topUp,
                    from: .cash,
                    to: .available(holder),
                    amount: MicroCredits(Int64(amount)),
                    time: 1
                )
                try await store.write([LedgerEntry(first: movement)])
            }
        }
        var amounts: [Int64] = []
        var before: Int64?
        repeat {
            let page = try await store.movements(of: self.holder, before: before, limit: 3)
            amounts += page.map(\.movement.amount.rawValue)
            before = page.last?.number
        } while before != nil
        #expect(amounts == [7, 6, 5, 4, 3, 2, 1])
    }

    @Test func theNameOfACallIsKeptWithItsSettlement() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let (name, request) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
        var settlement = self.move(.settlement, .available(self.holder), .sales, 30)
        settlement.name = PaidName(key: "key_1", name: name, request: request, call: self.call, time: 1_000)
        // There is nothing to pay it with.
        await #expect(throws: LedgerError.self) { try await store.write([settlement]) }
        #expect(try await store.paid(named: name, ofKey: "key_1", since: 0) == nil)
        try await store.write([self.topUp, settlement])
        let paid = try await folder.openStore().paid(named: name, ofKey: "key_1", since: 999)
        #expect(paid?.call == self.call && paid?.request == request && paid?.time == 1_000)
        #expect(try await store.paid(named: name, ofKey: "key_1", since: 1_000) == nil)
        #expect(try await store.paid(named: name, ofKey: "key_2", since: 0) == nil)
        #expect(try await store.paid(named: request, ofKey: "key_1", since: 0) == nil)
        #expect(try await store.deleteNames(before: 999, limit: 10) == 0)
        #expect(try await store.deleteNames(before: 1_000, limit: 10) == 1)
        #expect(try await store.paid(named: name, ofKey: "key_1", since: 0) == nil)
    }

    @Test func usageIsKeptSummedUpAndForgotten() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let day: Int64 = 86_400_000
        let records = (0..<5).map { self.record(UInt32($0), time: Int64($0 % 2 + 20_000) * day + Int64($0)) }
        try await store.write(records.map { LedgerEntry(record: $0) })
        let all = try await store.usage(of: nil, from: 0, to: .max, after: nil, limit: 10)
        #expect(Set(all) == Set(records))
        #expect(all.map(\.time) == all.map(\.time).sorted())
        let cursor = UsageCursor(time: all[1].time, call: all[1].call)
        #expect(try await store.usage(of: nil, from: 0, to: .max, after: cursor, limit: 2) == Array(all[2...3]))
        let days = try await store.dailyUsage(ofKey: "key_1", since: 20_001)
        #expect(days.map(\.totals.calls) == [2])
        #expect(try await store.deleteUsage(before: 20_001 * day, limit: 2) == 2)
        #expect(try await store.deleteUsage(before: 20_001 * day, limit: 2) == 1)
        let total = try await store.totalUsage(ofKey: "key_1")
        #expect(total.calls == 5 && total.cost == MicroCredits(35) && total.input == 25)
    }

    @Test func aChargeIsGivenBackAtMostOnce() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.write([self.topUp, self.move(.settlement, .available(self.holder), .sales, 30)])
        let ledger = try await Ledger(
            store: store,
            observer: Silent(),
            now: { 1_800_000_000_000 },
            uptime: { 1_800_000_000_000 }
        )
        let writing = Task { await ledger.run() }
        defer { writing.cancel() }
        _ = try await ledger.refund(self.call, amount: MicroCredits(10), note: "")
        _ = try await ledger.refund(self.call, amount: nil, note: "")
        await #expect(throws: LedgerError.self) { try await ledger.refund(self.call, amount: nil, note: "") }
        #expect(ledger.balance(of: self.holder).available == 100)
    }
}

struct Silent: LedgerObserver {
    func released(afterCrash count: Int) {}
    func writingFailed(_ reason: String, entries: Int) {}
    func writingWorks() {}
    func released(expired count: Int) {}
    func recordsDropped(_ count: Int) {}
}
