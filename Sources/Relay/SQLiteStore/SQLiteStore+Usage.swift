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
        try await self.readLedger { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM usage_record WHERE time >= ? AND time < ? AND (time, call) > (?, ?)
                    \(holder == nil ? "" : "AND user_id = ?") ORDER BY time, call LIMIT ?
                    """,
                arguments: [from, to, after?.time ?? Int64.min, after?.call.rawValue ?? ""]
                    + (holder.map { [$0.rawValue] } ?? []) + [limit]
            ).map(UsageRecord.init)
        }
    }

    package func deleteUsage(before time: Int64, limit: Int) async throws -> Int {
        try await self.changeLedger("delete old usage records") { database in
            try database.execute(
                sql: """
                    DELETE FROM usage_record WHERE (time, call) IN
                    (SELECT time, call FROM usage_record WHERE time < ? ORDER BY time, call LIMIT ?)
                    """,
                arguments: [time, limit]
            )
            return database.changesCount
        }
    }
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
