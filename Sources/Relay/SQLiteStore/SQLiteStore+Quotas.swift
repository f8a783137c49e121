package import Accounts
internal import GRDB

extension SQLiteStore: QuotaStore {
    static let quotas = """
        ALTER TABLE key ADD COLUMN quota_unit TEXT NOT NULL DEFAULT 'tokens' CHECK (quota_unit IN ('tokens', 'credits'));
        CREATE TABLE quota_use (
            key_id TEXT NOT NULL REFERENCES key (id) ON DELETE CASCADE,
            span TEXT NOT NULL CHECK (span IN ('life', '5h', 'day', 'week')),
            began INTEGER NOT NULL,
            tokens INTEGER NOT NULL,
            cost INTEGER NOT NULL,
            PRIMARY KEY (key_id, span)
        ) STRICT, WITHOUT ROWID;
        """

    package func loadQuotaUse() async throws -> [KeyID: QuotaUse] {
        try await self.read("quotas") { database in
            var uses: [KeyID: QuotaUse] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT key_id, span, began, tokens, cost FROM quota_use") {
                let window: Quota.Window = try row.choice("span")
                let part = QuotaUse.Part(began: row["began"], tokens: row["tokens"], cost: row["cost"])
                uses[KeyID(rawValue: row["key_id"]), default: QuotaUse()].parts[window] = part
            }
            return uses
        }
    }

    package func save(_ uses: [KeyID: QuotaUse]) async throws {
        try await self.write("quotas") { database in
            let statement = try database.makeStatement(
                sql: """
                    INSERT INTO quota_use (key_id, span, began, tokens, cost)
                    SELECT id, ?, ?, ?, ? FROM key WHERE id = ?
                    ON CONFLICT (key_id, span)
                    DO UPDATE SET began = excluded.began, tokens = excluded.tokens, cost = excluded.cost
                    """
            )
            for (key, use) in uses {
                for (window, part) in use.parts {
                    try statement.execute(
                        arguments: [window.rawValue, part.began, part.tokens, part.cost, key.rawValue]
                    )
                }
            }
        }
    }
}
