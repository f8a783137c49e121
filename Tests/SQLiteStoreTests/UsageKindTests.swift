import GRDB
import Ledger
import Testing
import Vocabulary

@testable import SQLiteStore

/// Usage records in two parts: nobody who reads them sees that.
@Suite("Kinds of usage on disk")
struct UsageKindTests {
    private static let all = """
        SELECT time || ' ' || call || ' ' || key_id || ' ' || user_id || ' ' || deployment || ' ' || endpoint || ' '
        || streamed || ' ' || status || ' ' || ifnull(error, '-') || ' ' || input || ' ' || cached_input || ' ' || output
        || ' ' || reasoning || ' ' || estimated || ' ' || ifnull(price_input, '-') || ' '
        || ifnull(price_cached_input, '-') || ' ' || ifnull(price_output, '-') || ' ' || ifnull(multiplier, '-') || ' '
        || ifnull(tier_factor, '-') || ' ' || cost || ' ' || shortfall || ' ' || ifnull(first_byte, '-') || ' '
        || duration || ' ' || ifnull(connector, '-') || ' ' || ifnull(address, '-')
        FROM usage_record ORDER BY time, call
        """

    @Test func anOlderDatabaseKeepsEveryRecord() async throws {
        let folder = try DataFolder()
        try folder.openStore(upTo: "8 settlements")
        try folder.run(
            """
            INSERT INTO usage_record VALUES
                (86400000, 'b', 'key_1', 'usr_1', 'm', 'chat', 0, 200, NULL, 1, 2, 3, 4, 0, 5, 6, 7, 8, 9, 10, 0, 11, 12,
                    'ses_1', NULL),
                (86400000, 'a', 'key_1', 'usr_1', 'm', 'chat', 0, 200, NULL, 21, 2, 3, 4, 0, 5, 6, 7, 8, 9, 10, 3, NULL, 2,
                    'ses_1', '::1'),
                (86400001, 'c', 'key_1', 'usr_1', 'm', 'chat', 1, 499, 'clientGone', 1, 2, 3, 4, 1, NULL, NULL, NULL, NULL,
                    NULL, 0, 0, NULL, 12, NULL, NULL),
                (172800000, 'd', 'key_1', 'usr_1', 'm', 'chat', 0, 200, NULL, 1, 2, 3, 4, 0, 5, 6, 7, 8, 9, 10, 0, 11, 12,
                    'ses_1', NULL);
            INSERT INTO usage_span VALUES ('usr_1', 86400000 >> 7), ('usr_1', 172800000 >> 7);
            """
        )
        let before = try folder.values(String.self, Self.all)
        let store = try folder.openStore()
        #expect(try folder.values(String.self, Self.all) == before)
        #expect(try folder.values(Int.self, "SELECT count(*) FROM usage_kind") == [3])
        let holder = HolderID(rawValue: "usr_1")
        for reader in [nil, holder] {
            let records = try await store.usage(of: reader, from: .min, to: .max, after: nil, limit: 10)
            #expect(records.map(\.call.rawValue) == ["a", "b", "c", "d"])
            #expect(records[0].address == "::1" && records[0].shortfall == MicroCredits(3))
            #expect(records[1].tariff == Tariff(input: 5, cachedInput: 6, output: 7, multiplier: 8, tierFactor: 9))
            #expect(records[2].error == "clientGone" && records[2].isStreamed && records[2].tariff == nil)
        }
    }

    @Test func recordsOfOneMillisecondAreReadInTheOrderOfTheirNames() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        // Written from the last name to the first, in three batches, between others; then the clock goes back.
        let time: Int64 = 1_800_000_000_000
        var written: [UsageRecord] = []
        for batch in 0..<3 {
            var records = (0..<5).map { self.record(100 - batch * 5 - $0, time: time + 5) }
            records.append(self.record(200 + batch, time: time + 5 + Int64(batch)))
            records.append(self.record(300 + batch, time: time + Int64(batch % 2)))
            try await store.write(records.map { LedgerEntry(record: $0) })
            written += records
        }
        let expected = written.sorted { ($0.time, $0.call.rawValue) < ($1.time, $1.call.rawValue) }
        for reader in [nil, HolderID(rawValue: "usr_1")] {
            for limit in [1, 4, 7, 100] {
                var found: [UsageRecord] = []
                while true {
                    let after = found.last.map { UsageCursor(time: $0.time, call: $0.call) }
                    let page = try await store.usage(of: reader, from: time, to: time + 100, after: after, limit: limit)
                    found += page
                    guard page.count == limit else { break }
                }
                #expect(found == expected)
            }
        }
        #expect(try await store.usage(of: nil, from: time + 1, to: time + 5, after: nil, limit: 9).count == 1)
    }

    @Test func whatCallsHaveInCommonIsStoredOnce() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let time: Int64 = 1_800_000_000_000
        var other = self.record(1, time: time)
        other.error = "clientGone"
        var records = [other]
        records += (2..<20).map { self.record($0, time: time + Int64($0)) }
        records.append(other)
        records[19].call = CallID(high: 9, low: 99)
        records.append(self.record(100, time: time + 86_400_000))
        for record in records { try await store.write([LedgerEntry(record: record)]) }
        #expect(try folder.values(Int.self, "SELECT count(*) FROM usage_kind") == [3])
        let read = try await store.usage(of: nil, from: .min, to: .max, after: nil, limit: 100)
        #expect(Set(read) == Set(records))
        // Another relay's process knows nothing of them, and does no harm.
        let again = try folder.openStore()
        try await again.write([LedgerEntry(record: self.record(101, time: time))])
        #expect(try folder.values(Int.self, "SELECT count(*) FROM usage_record") == [records.count + 1])
    }

    /// What tells calls apart is written for each of them: a column that kinds did not compare would be read as another's.
    @Test func everyRecordIsOfItsOwnKind() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let changes: [@Sendable (inout UsageRecord) -> Void] = [
            { _ in }, { $0.key = "key_2" }, { $0.holder = HolderID(rawValue: "usr_2") }, { $0.deployment = "n" },
            { $0.endpoint = "messages" }, { $0.isStreamed = true }, { $0.status = 500 }, { $0.error = "clientGone" },
            { $0.isEstimated = true }, { $0.connector = "ses_1" }, { $0.time += 86_400_000 },
            { $0.tariff = Tariff(input: 5, cachedInput: 6, output: 7, multiplier: 8, tierFactor: 9) },
            { $0.tariff = Tariff(input: 4, cachedInput: 6, output: 7, multiplier: 8, tierFactor: 9) },
            { $0.tariff = Tariff(input: 5, cachedInput: 4, output: 7, multiplier: 8, tierFactor: 9) },
            { $0.tariff = Tariff(input: 5, cachedInput: 6, output: 4, multiplier: 8, tierFactor: 9) },
            { $0.tariff = Tariff(input: 5, cachedInput: 6, output: 7, multiplier: 4, tierFactor: 9) },
            { $0.tariff = Tariff(input: 5, cachedInput: 6, output: 7, multiplier: 8, tierFactor: 4) },
        ]
        // Twice: beside a record of another kind, and beside what is remembered.
        var records: [UsageRecord] = []
        for number in 0..<2 * changes.count {
            var record = self.record(number, time: 1_800_000_000_000)
            changes[number % changes.count](&record)
            records.append(record)
        }
        try await store.write(records.map { LedgerEntry(record: $0) })
        let read = try await store.usage(of: nil, from: .min, to: .max, after: nil, limit: 100)
        #expect(Set(read) == Set(records) && read.count == records.count)
        #expect(try folder.values(Int.self, "SELECT count(*) FROM usage_kind") == [changes.count])
    }

    @Test func kindsOfDaysWithoutRecordsAreForgotten() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let day: Int64 = 86_400_000
        for number in 0..<4 {
            try await store.write([LedgerEntry(record: self.record(number, time: Int64(number) * day))])
        }
        #expect(try await store.deleteUsage(before: 2 * day, limit: 10) == 2)
        #expect(try folder.values(Int.self, "SELECT day FROM usage_kind ORDER BY 1") == [2, 3])
        #expect(try await store.deleteUsage(before: .max, limit: 10) == 2)
        #expect(try folder.values(Int.self, "SELECT count(*) FROM usage_kind") == [0])
        // What was forgotten is made anew.
        let late = self.record(9, time: 3 * day)
        try await store.write([LedgerEntry(record: late)])
        #expect(try await store.usage(of: late.holder, from: 0, to: .max, after: nil, limit: 9) == [late])
    }

    @Test func aKindThatWasNotKeptIsNotRemembered() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let record = self.record(1, time: 5)
        // Nobody has anything to be taken: the whole batch is refused.
        let movement = Movement(
            .settlement,
            from: .available(record.holder),
            to: .sales,
            amount: MicroCredits(1),
            time: 5,
            call: record.call
        )
        await #expect(throws: LedgerError.self) {
            try await store.write([LedgerEntry(first: movement, record: record)])
        }
        #expect(try folder.values(Int.self, "SELECT count(*) FROM usage_kind") == [0])
        try await store.write([LedgerEntry(record: record)])
        #expect(try await store.usage(of: nil, from: 0, to: .max, after: nil, limit: 9) == [record])
    }

    private func record(_ number: Int, time: Int64) -> UsageRecord {
        UsageRecord(
            call: CallID(high: 9, low: UInt32(number)),
            time: time,
            key: "key_1",
            holder: HolderID(rawValue: "usr_1"),
            deployment: "m",
            endpoint: "chat",
            isStreamed: false,
            status: 200,
            duration: 12
        )
    }
}
