private import Foundation
internal import GRDB
package import Ledger
private import Synchronization
package import Vocabulary

extension SQLiteStore: LedgerStore {
    package func loadLedger() async throws -> StoredLedger {
        try await self.changeLedger("read the ledger") { database in
            var stored = StoredLedger()
            var accounts: [LedgerAccount: Int64] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT * FROM ledger_account") {
                let account = try row.account("name")
                accounts[account] = row["id"]
                switch account {
                case .available(let holder): stored.balances[holder, default: .init()].available = row["balance"]
                case .held(let holder): stored.balances[holder, default: .init()].held = row["balance"]
                case .cash, .adjustments, .codes, .sales: break
                }
            }
            let open = try Row.fetchAll(database, sql: Self.openReservations)
            stored.openReservations = try open.map { row in
                guard case .available(let holder) = try row.account("source") else {
                    throw Failure(description: "the database holds a reservation of nobody")
                }
                return (CallID(rawValue: row["call"]), holder, MicroCredits(row["amount"]))
            }
            // What is open is resolved by whoever asked; a relay that dies before it does asks for the same again.
            if open.isEmpty {
                try database.execute(
                    sql: "UPDATE ledger_start SET movement = (SELECT ifnull(max(number), 0) FROM ledger_journal)"
                )
            }
            self.accounts.withLock { $0 = accounts }
            return stored
        }
    }

    package func write(_ entries: [LedgerEntry]) async throws {
        guard !entries.isEmpty else { return }
        let known = self.accounts.withLock { $0 }
        let accounts = try await self.changeLedger("write the ledger") { database in
            // Lent, so that none is copied. They come back with the commit: a transaction that is not kept has made none, and
            // what is forgotten with it is stored once more.
            let kinds = self.kinds.withLock { exchange(&$0, with: UsageKinds()) }
            var writer = try LedgerWriter(database, accounts: known, kinds: kinds)
            try writer.write(entries)
            let known = writer.kinds
            database.afterNextTransaction { _ in self.kinds.withLock { $0 = known } }
            return writer.accounts
        }
        if accounts.count != known.count {
            self.accounts.withLock { $0.merge(accounts) { old, _ in old } }
        }
    }

    package func probe(time: Int64) async throws {
        try await self.changeLedger("write the ledger") { database in
            // As much as a batch needs: a disk with a few bytes left has no room yet.
            try database.execute(sql: "CREATE TABLE ledger_probe (bytes BLOB)")
            try database.execute(sql: "INSERT INTO ledger_probe VALUES (zeroblob(262144))")
            try database.execute(sql: "DROP TABLE ledger_probe")
            try database.execute(sql: "UPDATE ledger_start SET probed = ?", arguments: [time])
        }
    }

    package func settlement(of call: CallID) async throws -> (holder: HolderID, left: MicroCredits)? {
        try await self.readLedger { database in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: """
                        SELECT m.amount - ifnull(
                            (SELECT sum(amount) FROM ledger_journal WHERE call = m.call AND kind = 'refund'), 0
                        ) AS left, a.name AS source
                        FROM ledger_settlement m JOIN ledger_account a ON a.id = m.source
                        WHERE m.call = ?
                        """,
                    arguments: [call.rawValue]
                )
            else { return nil }
            switch try row.account("source") {
            case .available(let holder), .held(let holder): return (holder, MicroCredits(row["left"]))
            case .cash, .adjustments, .codes, .sales: return nil
            }
        }
    }

    package func movements(
        of holder: HolderID,
        before: Int64?,
        limit: Int
    ) async throws -> [(number: Int64, movement: Movement)] {
        try await self.readLedger { database in
            // By number, which costs a walk over the journal a fifth of what names cost; an index would cost every call something.
            let own = try Int64.fetchAll(
                database,
                sql: "SELECT id FROM ledger_account WHERE name IN (?, ?)",
                arguments: [LedgerAccount.available(holder).name, LedgerAccount.held(holder).name]
            )
            guard let first = own.first, let last = own.last else { return [] }
            let before = before ?? .max
            return try Row.fetchAll(
                database,
                sql: Self.movements,
                arguments: [before, first, last, first, last, before, first, last, first, last, limit]
            ).map { row in
                let kind: String = row["kind"]
                guard let kind = Movement.Kind(rawValue: kind) else {
                    throw Failure(description: "the database holds a movement «\(kind)», which cannot be")
                }
                let call: String? = row["call"]
                let movement = Movement(
                    kind,
                    from: try row.account("source"),
                    to: try row.account("target"),
                    amount: MicroCredits(row["amount"]),
                    time: row["time"],
                    call: call.map(CallID.init(rawValue:)),
                    note: row["note"]
                )
                return (row["number"], movement)
            }
        }
    }

    func readLedger<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await self.database.read(body)
        } catch let error as DatabaseError {
            throw Failure("read the ledger", error)
        }
    }

    /// One transaction; what breaks a rule of the schema is said as the ledger says it.
    func changeLedger<Value: Sendable>(
        _ action: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await self.database.write(body)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            throw LedgerError.conflict("The database refuses it: \(error.message ?? "it breaks a rule").")
        } catch let error as DatabaseError {
            throw Failure(action, error)
        }
    }

    /// Both tables are walked from their ends, side by side, until there are enough: from where a page before ended.
    static let movements = """
        SELECT m.number, m.time, m.kind, m.amount, m.call, m.note, s.name AS source, t.name AS target
        FROM (
            SELECT number, time, kind, source, target, amount, call, note FROM ledger_journal
            WHERE number < ? AND (source IN (?, ?) OR target IN (?, ?))
            UNION ALL SELECT number, time, 'settlement', source, target, amount, call, '' FROM ledger_settlement
            WHERE number < ? AND (source IN (?, ?) OR target IN (?, ?))
            ORDER BY number DESC LIMIT ?
        ) m CROSS JOIN ledger_account s ON s.id = m.source CROSS JOIN ledger_account t ON t.id = m.target
        ORDER BY m.number DESC
        """

    private static let openReservations = """
        SELECT m.call, m.amount, a.name AS source FROM ledger_journal m JOIN ledger_account a ON a.id = m.source
        WHERE m.number > (SELECT movement FROM ledger_start) AND m.kind = 'reservation'
        AND NOT EXISTS (SELECT 1 FROM ledger_journal r WHERE r.call = m.call AND r.kind = 'release')
        """
}

extension Row {
    /// The account that is named in a column.
    fileprivate func account(_ column: String) throws -> LedgerAccount {
        let name: String = self[column]
        guard let account = LedgerAccount(name: name) else {
            throw SQLiteStore.Failure(description: "the database holds the account «\(name)», which cannot be")
        }
        return account
    }
}
