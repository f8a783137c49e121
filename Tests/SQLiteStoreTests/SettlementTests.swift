import GRDB
import Ledger
import Testing
import Vocabulary

@testable import SQLiteStore

/// Settlements have a table of their own, and usage is found by spans of time: what was there before is there still.
@Suite("Settlements and spans of usage on disk")
struct SettlementTests {
    private let holder = HolderID(rawValue: "usr_1")

    /// Everything that the tables of the journal show, row by row.
    private static let journal = """
        SELECT number || ' ' || time || ' ' || kind || ' ' || source || ' ' || target || ' ' || amount || ' '
        || ifnull(call, '-') || ' ' || note FROM ledger_movement ORDER BY number
        """

    @Test func anOlderDatabaseKeepsEveryMovement() async throws {
        let folder = try DataFolder()
        try folder.openStore(upTo: "7 refunds")
        let (first, second) = (CallID(high: 1, low: 1).rawValue, CallID(high: 2, low: 1).rawValue)
        try folder.run(
            """
            INSERT INTO ledger_account (id, name, balance)
                VALUES (1, 'house:cash', -100), (2, 'available:usr_1', 74), (3, 'house:sales', 6), (4, 'held:usr_1', 20);
            INSERT INTO ledger_movement (time, kind, source, target, amount, call, note) VALUES
                (1, 'top-up', 1, 2, 100, NULL, 'paid'), (2, 'settlement', 2, 3, 10, '\(first)', ''),
                (3, 'reservation', 2, 4, 20, '\(second)', ''), (4, 'refund', 3, 2, 4, '\(first)', 'sorry');
            INSERT INTO usage_record (time, call, key_id, user_id, deployment, endpoint, streamed, status, input,
                cached_input, output, reasoning, estimated, cost, shortfall, duration) VALUES
                (1000, 'a', 'key_1', 'usr_1', 'm', 'chat', 0, 200, 1, 0, 1, 0, 0, 5, 0, 1),
                (1001, 'b', 'key_2', 'usr_2', 'm', 'chat', 0, 200, 1, 0, 1, 0, 0, 5, 0, 1),
                (9000, 'c', 'key_1', 'usr_1', 'm', 'chat', 0, 200, 1, 0, 1, 0, 0, 5, 0, 1);
            """
        )
        let before = try folder.values(String.self, Self.journal)
        let store = try folder.openStore()
        #expect(try folder.values(String.self, Self.journal) == before)
        #expect(try folder.values(Int.self, "SELECT count(*) FROM ledger_settlement") == [1])
        #expect(try folder.values(Int.self, "SELECT sum(amount) FROM ledger_posting") == [0])
        let loaded = try await store.loadLedger()
        #expect(loaded.balances[self.holder] == Book.Balance(available: 74, held: 20))
        #expect(loaded.openReservations.map(\.call.rawValue) == [second])
        #expect(try await store.settlement(of: CallID(rawValue: first))?.left == MicroCredits(6))
        let kinds = try await store.movements(of: self.holder, before: nil, limit: 3).map(\.movement.kind)
        #expect(kinds == [.refund, .reservation, .settlement])
        let own = try await store.usage(of: self.holder, from: .min, to: .max, after: nil, limit: 10)
        #expect(own.map(\.call.rawValue) == ["a", "c"])
        // What is new goes on behind what is there.
        let settlement = Movement(
            .settlement,
            from: .available(self.holder),
            to: .sales,
            amount: MicroCredits(1),
            time: 5,
            call: CallID(high: 3, low: 1)
        )
        try await store.write([LedgerEntry(first: settlement)])
        #expect(try await store.movements(of: self.holder, before: nil, limit: 1).map(\.movement) == [settlement])
        #expect(try folder.values(String.self, Self.journal).prefix(before.count) == before[...])
    }

    @Test(
        arguments: [
            "INSERT INTO ledger_settlement (time, source, target, amount, call) VALUES (1, 1, 2, 1, 'call')",
            "INSERT INTO ledger_settlement (time, source, target, amount, call) VALUES (1, 1, 2, 0, 'other')",
            "INSERT INTO ledger_settlement (time, source, target, amount, call) VALUES (1, 1, 1, 1, 'other')",
            "INSERT INTO ledger_journal (time, kind, source, target, amount, call) VALUES (1, 'settlement', 1, 2, 1, 'other')",
            "INSERT INTO ledger_journal (time, kind, source, target, amount, call) VALUES (1, 'refund', 2, 1, 6, 'call')",
            "UPDATE ledger_settlement SET amount = 1", "DELETE FROM ledger_settlement",
            "UPDATE ledger_journal SET amount = 1", "DELETE FROM ledger_journal", "DELETE FROM ledger_account",
            "INSERT INTO ledger_journal (time, kind, source, target, amount) VALUES (1, 'gift', 1, 2, 1)",
            "INSERT INTO ledger_journal (time, kind, source, target, amount) VALUES (1, 'top-up', 1, 9, 1)",
        ]
    )
    func theSchemaKeepsItsRules(_ statement: String) throws {
        let folder = try DataFolder()
        _ = try folder.openStore()
        try folder.run(
            """
            INSERT INTO ledger_account (id, name) VALUES (1, 'available:usr_1'), (2, 'house:sales');
            INSERT INTO ledger_settlement (time, source, target, amount, call) VALUES (1, 1, 2, 5, 'call');
            INSERT INTO ledger_journal (time, kind, source, target, amount, call) VALUES (1, 'refund', 2, 1, 1, 'call');
            """
        )
        let error = #expect(throws: DatabaseError.self) { try folder.run(statement) }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT, "\(error.map { "\($0)" } ?? "it was taken")")
    }

    @Test func usageOfOneUserIsWhatAFilterWouldFind() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: .min ... .max, using: &generator)
        print("ADIT_SEED=\(seed)")
        var random = seed
        let users = ["usr_1", "usr_2", "usr_3"]
        let records = (0..<300).map { number in
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let time = 1_800_000_000_000 + Int64(random >> 33) % 3_000
            return self.record(number, time: time, user: users[Int(random >> 40) % 3])
        }
        for start in stride(from: 0, to: 300, by: 20) {
            try await store.write(records[start..<start + 20].map { LedgerEntry(record: $0) })
        }
        let (from, to): (Int64, Int64) = (1_800_000_000_100, 1_800_000_002_500)
        let expected = records.filter { $0.time >= from && $0.time < to && $0.holder == self.holder }
            .sorted { ($0.time, $0.call.rawValue) < ($1.time, $1.call.rawValue) }
        var found: [UsageRecord] = []
        while true {
            let after = found.last.map { UsageCursor(time: $0.time, call: $0.call) }
            let page = try await store.usage(of: self.holder, from: from, to: to, after: after, limit: 7)
            found += page
            guard page.count == 7 else { break }
        }
        #expect(found == expected)
        // Spans without records are forgotten with them.
        while try await store.deleteUsage(before: from, limit: 5) == 5 {}
        #expect(
            try folder.values(
                String.self,
                "SELECT DISTINCT user_id || (time >> \(LedgerSchema.spanBits)) FROM usage_record ORDER BY 1"
            ) == folder.values(String.self, "SELECT user_id || span FROM usage_span ORDER BY 1")
        )
        while try await store.deleteUsage(before: .max, limit: 50) == 50 {}
        #expect(try folder.values(Int.self, "SELECT count(*) FROM usage_span") == [0])
    }

    @Test func noQueryWalksOverEveryRecord() throws {
        let folder = try DataFolder()
        _ = try folder.openStore()
        for query in [SQLiteStore.allUsage, SQLiteStore.usageOfOne, SQLiteStore.movements] {
            let plan = try self.plan(folder, query)
            #expect(!plan.contains { $0.contains("SCAN usage_") || $0.contains("SCAN c") }, "\(plan)")
        }
        for query in [SQLiteStore.allUsage, SQLiteStore.usageOfOne] {
            let plan = try self.plan(folder, query)
            #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
        }
    }

    private func plan(_ folder: borrowing DataFolder, _ query: String) throws -> [String] {
        try DatabaseQueue(path: folder.database).read { database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + query.replacing("?", with: "1")).map {
                $0["detail"]
            }
        }
    }

    private func record(_ number: Int, time: Int64, user: String) -> UsageRecord {
        var record = UsageRecord(
            call: CallID(high: 9, low: UInt32(number)),
            time: time,
            key: "key_1",
            holder: HolderID(rawValue: user),
            deployment: "m",
            endpoint: "chat",
            isStreamed: false,
            status: 200,
            duration: 12
        )
        // Longer than the memory that a row's texts begin with.
        if number == 17 { record.connector = String(repeating: "é", count: 9_000) }
        if number == 18 { record.address = "" }
        return record
    }
}
