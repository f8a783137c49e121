internal import GRDB
package import Ledger
internal import Vocabulary

extension SQLiteStore {
    package func dailyUsage(ofKey key: String, since day: Int) async throws -> [DailyUsage] {
        try await self.readLedger { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM usage_day WHERE key_id = ? AND day >= ? ORDER BY day, deployment",
                arguments: [key, day]
            ).map { DailyUsage(day: $0["day"], deployment: $0["deployment"], totals: UsageTotals($0)) }
        }
    }

    package func totalUsage(ofKey key: String) async throws -> UsageTotals {
        try await self.readLedger { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT ifnull(sum(calls), 0) AS calls, ifnull(sum(input), 0) AS input,
                    ifnull(sum(cached_input), 0) AS cached_input, ifnull(sum(output), 0) AS output,
                    ifnull(sum(cost), 0) AS cost FROM usage_day WHERE key_id = ?
                    """,
                arguments: [key]
            ).map(UsageTotals.init) ?? UsageTotals()
        }
    }

    package func usage(
        of holder: HolderID?,
        from: Int64,
        to: Int64,
        after: UsageCursor?,
        limit: Int
    ) async throws -> [UsageRecord] {
        // What is not behind the last one need not be looked at.
        let from = max(from, after?.time ?? .min)
        let place: StatementArguments = [from, to, after?.time ?? Int64.min, after?.call.rawValue ?? ""]
        return try await self.readLedger { database in
            guard let holder else {
                return try Row.fetchAll(database, sql: Self.allUsage, arguments: place + [limit]).map(UsageRecord.init)
            }
            let spans = (LedgerSchema.span(of: from), LedgerSchema.span(of: to))
            return try Row.fetchAll(
                database,
                sql: Self.usageOfOne,
                arguments: [holder.rawValue, spans.0, spans.1] + place + [limit]
            ).map(UsageRecord.init)
        }
    }

    static let allUsage = """
        SELECT * FROM usage_record WHERE time >= ? AND time < ? AND (time, call) > (?, ?) ORDER BY time, call LIMIT ?
        """

    /// Span by span, of those that the user has records in; the plus signs keep each span's walk within it.
    static let usageOfOne = """
        SELECT r.* FROM usage_span s CROSS JOIN usage_record r
        ON r.time >= s.span << \(LedgerSchema.spanBits) AND r.time < (s.span + 1) << \(LedgerSchema.spanBits)
        AND r.user_id = s.user_id
        WHERE s.user_id = ? AND s.span >= ? AND s.span <= ?
        AND +r.time >= ? AND +r.time < ? AND (+r.time, r.call) > (?, ?)
        ORDER BY s.span, r.time, r.call LIMIT ?
        """

    package func deleteUsage(before time: Int64, limit: Int) async throws -> Int {
        try await self.changeLedger("delete old usage records") { database in
            let old = "FROM usage_record WHERE time < ? ORDER BY time, call LIMIT ?"
            let spans = try Row.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT user_id, time >> \(LedgerSchema.spanBits) AS span FROM (SELECT user_id, time \(old))
                    """,
                arguments: [time, limit]
            )
            try database.execute(
                sql: "DELETE FROM usage_record WHERE (time, call) IN (SELECT time, call \(old))",
                arguments: [time, limit]
            )
            let count = database.changesCount
            let statement = try database.cachedStatement(sql: Self.deleteSpan)
            for row in spans { try statement.execute(arguments: [row["user_id"] as String, row["span"] as Int64]) }
            return count
        }
    }

    /// Forgets a span of a user that has no record left.
    private static let deleteSpan = """
        DELETE FROM usage_span WHERE user_id = ?1 AND span = ?2 AND NOT EXISTS (
            SELECT 1 FROM usage_record WHERE time >= ?2 << \(LedgerSchema.spanBits)
            AND time < (?2 + 1) << \(LedgerSchema.spanBits) AND user_id = ?1
        )
        """
}

extension UsageTotals {
    fileprivate init(_ row: Row) {
        self.init()
        self.calls = row["calls"]
        self.input = row["input"]
        self.cachedInput = row["cached_input"]
        self.output = row["output"]
        self.cost = MicroCredits(row["cost"])
    }
}

extension UsageRecord {
    fileprivate init(_ row: Row) {
        self.init(
            call: CallID(rawValue: row["call"]),
            time: row["time"],
            key: row["key_id"],
            holder: HolderID(rawValue: row["user_id"]),
            deployment: row["deployment"],
            endpoint: row["endpoint"],
            isStreamed: row["streamed"],
            status: row["status"],
            duration: row["duration"]
        )
        self.error = row["error"]
        self.usage = Usage(
            input: row["input"],
            cachedInput: row["cached_input"],
            output: row["output"],
            reasoning: row["reasoning"]
        )
        self.isEstimated = row["estimated"]
        if let input: Int64 = row["price_input"], let cached: Int64 = row["price_cached_input"],
            let output: Int64 = row["price_output"]
        {
            let (multiplier, factor): (Int64?, Int64?) = (row["multiplier"], row["tier_factor"])
            self.tariff = Tariff(
                input: input,
                cachedInput: cached,
                output: output,
                multiplier: multiplier ?? Tariff.one,
                tierFactor: factor ?? Tariff.one
            )
        }
        self.cost = MicroCredits(row["cost"])
        self.shortfall = MicroCredits(row["shortfall"])
        self.firstByte = row["first_byte"]
        self.connector = row["connector"]
        self.address = row["address"]
    }
}
