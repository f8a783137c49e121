private import Foundation
internal import GRDB
internal import Ledger
internal import Vocabulary

/// Writes entries in one transaction: a row for each movement, and one change for each balance and each sum of usage.
struct LedgerWriter {
    private let database: Database
    /// The numbers of accounts that the database has, those made in this transaction included.
    private(set) var accounts: [LedgerAccount: Int64]
    private var changes: [LedgerAccount: Int64] = [:]
    private var days: [Day: UsageTotals] = [:]

    private struct Day: Hashable {
        var key: String
        var day: Int
        var deployment: String
    }

    init(_ database: Database, accounts: [LedgerAccount: Int64]) {
        self.database = database
        self.accounts = accounts
    }

    mutating func write(_ entries: [LedgerEntry]) throws {
        let movements = try self.database.cachedStatement(sql: Self.insertMovement)
        let records = try self.database.cachedStatement(sql: Self.insertRecord)
        for entry in entries {
            if let movement = entry.first { try self.write(movement, movements) }
            if let movement = entry.second { try self.write(movement, movements) }
            if let record = entry.record { try self.write(record, records) }
        }
        try self.changeBalances()
        try self.changeDays()
    }

    private mutating func write(_ movement: Movement, _ statement: Statement) throws {
        let source = try self.number(of: movement.from)
        let target = try self.number(of: movement.to)
        statement.setUncheckedArguments([
            movement.time, movement.kind.rawValue, source, target, movement.amount.rawValue, movement.call?.rawValue,
            movement.note,
        ])
        try statement.execute()
        self.changes[movement.from, default: 0] -= movement.amount.rawValue
        self.changes[movement.to, default: 0] += movement.amount.rawValue
    }

    private mutating func write(_ record: UsageRecord, _ statement: Statement) throws {
        statement.setUncheckedArguments([
            record.time, record.call.rawValue, record.key, record.holder.rawValue, record.deployment, record.endpoint,
            record.isStreamed, record.status, record.error, record.usage.input, record.usage.cachedInput,
            record.usage.output, record.usage.reasoning, record.isEstimated, record.tariff?.input,
            record.tariff?.cachedInput, record.tariff?.output, record.tariff?.multiplier, record.tariff?.tierFactor,
            record.cost.rawValue, record.shortfall.rawValue, record.firstByte, record.duration, record.connector,
            record.address,
        ])
        try statement.execute()
        let day = Day(key: record.key, day: record.day, deployment: record.deployment)
        self.days[day, default: UsageTotals()] += UsageTotals(record)
    }

    private mutating func number(of account: LedgerAccount) throws -> Int64 {
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
    private func changeBalances() throws {
        let statement = try self.database.cachedStatement(
            sql: "UPDATE ledger_account SET balance = balance + ? WHERE id = ?"
        )
        for (account, change) in self.changes where change != 0 {
            statement.setUncheckedArguments([change, self.accounts[account]])
            try statement.execute()
        }
    }

    private func changeDays() throws {
        let statement = try self.database.cachedStatement(sql: Self.changeDay)
        for (day, totals) in self.days {
            statement.setUncheckedArguments([
                day.key, day.day, day.deployment, totals.calls, totals.input, totals.cachedInput, totals.output,
                totals.cost.rawValue,
            ])
            try statement.execute()
        }
    }

    private static let insertMovement = """
        INSERT INTO ledger_movement (time, kind, source, target, amount, call, note) VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    private static let insertRecord = """
        INSERT INTO usage_record (
            time, call, key_id, user_id, deployment, endpoint, streamed, status, error, input, cached_input, output,
            reasoning, estimated, price_input, price_cached_input, price_output, multiplier, tier_factor, cost, shortfall,
            first_byte, duration, connector, address
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    private static let changeDay = """
        INSERT INTO usage_day (key_id, day, deployment, calls, input, cached_input, output, cost)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET
            calls = calls + excluded.calls, input = input + excluded.input,
            cached_input = cached_input + excluded.cached_input, output = output + excluded.output,
            cost = cost + excluded.cost
        """
}
