private import Foundation
internal import GRDB
internal import Ledger
internal import Vocabulary

/// Writes entries in one transaction: a row for each movement, and one change for each balance and each sum of usage.
struct LedgerWriter {
    private let database: Database
    /// The numbers of accounts that the database has, those made in this transaction included.
    private(set) var accounts: [LedgerAccount: Int64]
    /// The kinds of records that the database has, those made in this transaction included.
    private(set) var kinds: UsageKinds
    /// What is added to balances, by the number of the account.
    private var changes: [Int64: Int64] = [:]
    private var days: [Day: UsageTotals] = [:]
    // What came last is often what comes next: it is compared, which costs less than to look it up.
    private var lastSource: (account: LedgerAccount, number: Int64)?
    private var lastTarget: (account: LedgerAccount, number: Int64)?
    private var lastDay: (day: Day, totals: UsageTotals)?
    private var lastKind: (kind: UsageKind, number: Int64)?
    /// The place of the record that was written last.
    private var lastPlace: Int64 = -1
    /// No record has a place behind this one.
    private var highestPlace: Int64 = -1
    /// The number of the last movement.
    private var number: Int64 = 0
    /// The span of usage that was noted last.
    private var span: (user: String, number: Int64)?
    private var settlements: RowStatement
    private var journal: RowStatement
    private var records: RowStatement
    private var spans: RowStatement
    private var balances: RowStatement
    private var sums: RowStatement

    private struct Day: Hashable {
        var key: String
        var day: Int
        var deployment: String
    }

    init(
        _ database: Database,
        accounts: [LedgerAccount: Int64],
        kinds: consuming UsageKinds = UsageKinds()
    ) throws {
        self.database = database
        self.accounts = accounts
        self.kinds = kinds
        let texts = RowTexts()
        self.settlements = try RowStatement(database, sql: Self.insertSettlement, texts: texts)
        self.journal = try RowStatement(database, sql: Self.insertMovement, texts: texts)
        self.records = try RowStatement(database, sql: Self.insertRecord, texts: texts)
        self.spans = try RowStatement(database, sql: Self.insertSpan, texts: texts)
        self.balances = try RowStatement(database, sql: Self.changeBalance, texts: texts)
        self.sums = try RowStatement(database, sql: Self.changeDay, texts: texts)
    }

    mutating func write(_ entries: [LedgerEntry]) throws {
        defer {
            for statement in [
                self.settlements, self.journal, self.records, self.spans, self.balances, self.sums,
            ] { statement.end() }
        }
        self.number = try Int64.fetchOne(self.database.cachedStatement(sql: Self.lastNumber)) ?? 0
        self.highestPlace = try Int64.fetchOne(self.database.cachedStatement(sql: Self.lastPlace)) ?? -1
        for entry in entries {
            if let movement = entry.first { try self.write(movement) }
            if let movement = entry.second { try self.write(movement) }
            if let kept = entry.kept { try self.write(kept) }
            if let name = entry.name { try SQLiteStore.write(name, self.database) }
        }
        try self.changeBalances()
        self.closeDay()
        try self.changeDays()
    }

    private mutating func write(_ movement: Movement) throws {
        let source = try self.number(of: movement.from, last: self.lastSource)
        self.lastSource = (movement.from, source)
        let target = try self.number(of: movement.to, last: self.lastTarget)
        self.lastTarget = (movement.to, target)
        self.number += 1
        if movement.kind == .settlement, let call = movement.call, movement.note.isEmpty {
            self.settlements.bind(self.number)
            self.settlements.bind(movement.time)
            self.settlements.bind(source)
            self.settlements.bind(target)
            self.settlements.bind(movement.amount.rawValue)
            self.settlements.bind(call.rawValue)
            try self.settlements.write()
        } else {
            self.journal.bind(self.number)
            self.journal.bind(movement.time)
            self.journal.bind(movement.kind.rawValue)
            self.journal.bind(source)
            self.journal.bind(target)
            self.journal.bind(movement.amount.rawValue)
            self.journal.bind(movement.call?.rawValue)
            self.journal.bind(movement.note)
            try self.journal.write()
        }
        self.changes[source, default: 0] -= movement.amount.rawValue
        self.changes[target, default: 0] += movement.amount.rawValue
    }

    private mutating func write(_ kept: KeptRecord) throws {
        let (place, kind) = (try self.place(of: kept.record.time), try self.kind(of: kept))
        self.records.bind(place)
        self.records.bind(kept.record.call.rawValue)
        self.records.bind(kind)
        self.records.bind(kept.record.usage.input)
        self.records.bind(kept.record.usage.cachedInput)
        self.records.bind(kept.record.usage.output)
        self.records.bind(kept.record.usage.reasoning)
        self.records.bind(kept.record.cost.rawValue)
        self.records.bind(kept.record.shortfall.rawValue)
        self.records.bind(kept.record.firstByte)
        self.records.bind(kept.record.duration)
        self.records.bind(kept.record.address)
        try self.records.write()
        try self.noteSpan(of: kept)
        // The sums are of what was used.
        guard kept.record.isServed else { return }
        let day = Day(key: kept.record.key, day: kept.record.day, deployment: kept.record.deployment)
        if self.lastDay?.day != day {
            self.closeDay()
            self.lastDay = (day, UsageTotals())
        }
        self.lastDay?.totals += UsageTotals(kept.record)
    }

    /// A free place among the records of a moment: behind all of them, but for a clock that went back.
    private mutating func place(of time: Int64) throws -> Int64 {
        let first = LedgerSchema.place(of: time)
        let end = LedgerSchema.place(behind: time)
        if first > self.highestPlace {
            self.lastPlace = first
        } else if self.lastPlace >= first, self.lastPlace < end {
            self.lastPlace += 1
        } else {
            let taken = try Int64.fetchOne(
                self.database.cachedStatement(sql: "SELECT max(place) FROM usage_call WHERE place >= ? AND place < ?"),
                arguments: [first, end]
            )
            self.lastPlace = taken.map { $0 + 1 } ?? first
        }
        self.highestPlace = max(self.highestPlace, self.lastPlace)
        return self.lastPlace
    }

    private mutating func kind(of kept: KeptRecord) throws -> Int64 {
        let kind = UsageKind(kept)
        if let lastKind, lastKind.kind == kind { return lastKind.number }
        let number = try self.kinds.number(of: kind, self.database)
        self.lastKind = (kind, number)
        return number
    }

    /// Adds up what was summed of the day, key and deployment that came last.
    private mutating func closeDay() {
        guard let (day, totals) = self.lastDay.take() else { return }
        self.days[day, default: UsageTotals()] += totals
    }

    /// Many calls of a user at a time cost one row.
    private mutating func noteSpan(of kept: KeptRecord) throws {
        let number = LedgerSchema.span(of: kept.record.time)
        if let span, span.number == number, span.user == kept.record.holder.rawValue { return }
        let user = kept.record.holder.rawValue
        self.span = (user, number)
        self.spans.bind(user)
        self.spans.bind(number)
        try self.spans.write()
    }

    private mutating func number(
        of account: LedgerAccount,
        last: (account: LedgerAccount, number: Int64)?
    ) throws -> Int64 {
        if let last, last.account == account { return last.number }
        if let number = self.accounts[account] { return number }
        try self.database.execute(
            sql: "INSERT INTO ledger_account (name) VALUES (?) ON CONFLICT DO NOTHING",
            arguments: [account.name]
        )
        let found = try Int64.fetchOne(
            self.database,
            sql: "SELECT id FROM ledger_account WHERE name = ?",
            arguments: [account.name]
        )
        guard let number = found else {
            throw SQLiteStore.Failure(description: "the account \(account.name) cannot be made")
        }
        self.accounts[account] = number
        return number
    }

    /// All at once, when the order within the transaction counts no more: none may be below zero now.
    private mutating func changeBalances() throws {
        for (account, change) in self.changes where change != 0 {
            self.balances.bind(change)
            self.balances.bind(account)
            try self.balances.write()
        }
    }

    private mutating func changeDays() throws {
        for (day, totals) in self.days {
            self.sums.bind(day.key)
            self.sums.bind(day.day)
            self.sums.bind(day.deployment)
            self.sums.bind(totals.calls)
            self.sums.bind(totals.input)
            self.sums.bind(totals.cachedInput)
            self.sums.bind(totals.output)
            self.sums.bind(totals.cost.rawValue)
            try self.sums.write()
        }
    }
}

extension LedgerWriter {
    private static let lastNumber = """
        SELECT max(
            (SELECT ifnull(max(number), 0) FROM ledger_journal), (SELECT ifnull(max(number), 0) FROM ledger_settlement)
        )
        """
    private static let lastPlace = "SELECT max(place) FROM usage_call"
    private static let insertSettlement = """
        INSERT INTO ledger_settlement (number, time, source, target, amount, call) VALUES (?, ?, ?, ?, ?, ?)
        """
    private static let insertMovement = """
        INSERT INTO ledger_journal (number, time, kind, source, target, amount, call, note)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """
    private static let insertRecord = """
        INSERT INTO usage_call (
            place, call, kind, input, cached_input, output, reasoning, cost, shortfall, first_byte, duration, address
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    private static let insertSpan = "INSERT OR IGNORE INTO usage_span (user_id, span) VALUES (?, ?)"
    private static let changeBalance = "UPDATE ledger_account SET balance = balance + ? WHERE id = ?"
    private static let changeDay = """
        INSERT INTO usage_day (key_id, day, deployment, calls, input, cached_input, output, cost)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET
            calls = calls + excluded.calls, input = input + excluded.input,
            cached_input = cached_input + excluded.cached_input, output = output + excluded.output,
            cost = cost + excluded.cost
        """
}
