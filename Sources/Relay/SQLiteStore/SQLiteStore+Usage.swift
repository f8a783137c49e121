internal import GRDB
package import Ledger
private import Synchronization
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
        let bits = LedgerSchema.placeBits
        // What is not behind the last one need not be looked at; of its millisecond, what has a later name.
        let from = max(from, after?.time ?? .min)
        let first = LedgerSchema.place(of: from)
        let (name, end) = (after?.call.rawValue ?? "", after.map { LedgerSchema.place(behind: $0.time) } ?? 0)
        return try await self.readLedger { database in
            func records(from: Int64, to: Int64, _ limit: Int) throws -> [(place: Int64, record: UsageRecord)] {
                guard from < to else { return [] }
                let place: StatementArguments = [from, to, end, name, limit]
                let spans = [from, to - 1].map { LedgerSchema.span(of: $0 >> bits) }
                let rows =
                    if let holder {
                        try Row.fetchAll(
                            database,
                            sql: Self.usageOfOne,
                            arguments: [holder.rawValue, spans[0], spans[1]] + place
                        )
                    } else {
                        try Row.fetchAll(database, sql: Self.allUsage, arguments: place)
                    }
                return rows.map { ($0["place"], UsageRecord($0)) }
            }
            var found = try records(from: first, to: LedgerSchema.place(of: to), limit)
            // Places are in the order in which records were written: those of the last millisecond are sorted when all are there.
            if let last = found.last?.place, found.count == limit {
                found += try records(from: last + 1, to: LedgerSchema.place(behind: last >> bits), -1)
            }
            return found.map(\.record).sorted { ($0.time, $0.call.rawValue) < ($1.time, $1.call.rawValue) }
                .prefix(limit).map { $0 }
        }
    }

    private static let columns = """
        c.place, c.place >> \(LedgerSchema.placeBits) AS time, c.call, k.key_id, k.user_id, k.deployment, k.endpoint,
        k.streamed, k.status, k.error, c.input, c.cached_input, c.output, c.reasoning, k.estimated, k.price_input,
        k.price_cached_input, k.price_output, k.multiplier, k.tier_factor, c.cost, c.shortfall, c.first_byte, c.duration,
        k.connector, c.address
        """

    static let allUsage = """
        SELECT \(SQLiteStore.columns) FROM usage_call c CROSS JOIN usage_kind k ON k.id = c.kind
        WHERE c.place >= ? AND c.place < ? AND (c.place >= ? OR c.call > ?) ORDER BY c.place LIMIT ?
        """

    /// Span by span, of those that the user has records in; the plus signs keep each span's walk within it.
    static let usageOfOne = """
        SELECT \(SQLiteStore.columns) FROM usage_span s
        CROSS JOIN usage_call c ON c.place >= s.span << \(LedgerSchema.spanBits + LedgerSchema.placeBits)
        AND c.place < (s.span + 1) << \(LedgerSchema.spanBits + LedgerSchema.placeBits)
        CROSS JOIN usage_kind k ON k.id = c.kind AND k.user_id = s.user_id
        WHERE s.user_id = ? AND s.span >= ? AND s.span <= ?
        AND +c.place >= ? AND +c.place < ? AND (+c.place >= ? OR c.call > ?) ORDER BY s.span, c.place LIMIT ?
        """

    package func deleteUsage(before time: Int64, limit: Int) async throws -> Int {
        try await self.changeLedger("delete old usage records") { database in
            let end = LedgerSchema.place(of: time)
            let old = "FROM usage_call WHERE place < ? ORDER BY place LIMIT ?"
            let spans = try Row.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT k.user_id, c.place >> \(LedgerSchema.placeBits + LedgerSchema.spanBits) AS span
                    FROM (SELECT place, kind \(old)) c CROSS JOIN usage_kind k ON k.id = c.kind
                    """,
                arguments: [end, limit]
            )
            try database.execute(
                sql: "DELETE FROM usage_call WHERE place IN (SELECT place \(old))",
                arguments: [end, limit]
            )
            let count = database.changesCount
            let statement = try database.cachedStatement(sql: Self.deleteSpan)
            for row in spans { try statement.execute(arguments: [row["user_id"] as String, row["span"] as Int64]) }
            if count > 0, count < limit {
                try database.execute(sql: Self.deleteKinds, arguments: [time / 86_400_000])
                self.kinds.withLock { $0 = UsageKinds() }
            }
            return count
        }
    }

    /// Forgets a span of a user that has no record left.
    private static let deleteSpan = """
        DELETE FROM usage_span WHERE user_id = ?1 AND span = ?2 AND NOT EXISTS (
            SELECT 1 FROM usage_call c CROSS JOIN usage_kind k ON k.id = c.kind
            WHERE c.place >= ?2 << \(LedgerSchema.spanBits + LedgerSchema.placeBits)
            AND c.place < (?2 + 1) << \(LedgerSchema.spanBits + LedgerSchema.placeBits) AND k.user_id = ?1
        )
        """

    /// Forgets the kinds of days that have no record left.
    private static let deleteKinds = """
        DELETE FROM usage_kind WHERE day < ?1 AND day < ifnull(
            (SELECT min(place) FROM usage_call) / (86400000 << \(LedgerSchema.placeBits)), ?1
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
