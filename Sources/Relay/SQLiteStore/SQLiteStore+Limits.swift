internal import Accounts
internal import GRDB

/// The limits of everything that has some, which lie in one table.
extension SQLiteStore {
    /// What limits belong to.
    enum LimitScope: String, Sendable {
        case key
        case user
        case group
        /// Each user of a group.
        case groupUser = "group-user"
        /// Each key of a group.
        case groupKey = "group-key"
        case deployment
        case relay
    }

    /// Every limit that there is, by what it belongs to.
    static func limits(_ database: Database) throws -> (LimitScope, String) -> Limits {
        var all: [String: [String: Limits]] = [:]
        for row in try Row.fetchAll(database, sql: "SELECT * FROM limit_set") {
            all[row["scope"], default: [:]][row["id"]] = Limits(
                requestsPerMinute: row["requests_per_minute"],
                requestsPerDay: row["requests_per_day"],
                tokensPerMinute: row["tokens_per_minute"],
                concurrentCalls: row["concurrent_calls"]
            )
        }
        let found = all
        return { scope, id in found[scope.rawValue]?[id] ?? .none }
    }

    /// Writes limits in the place of those that were there; none takes the row away.
    static func put(_ limits: Limits, _ scope: LimitScope, _ id: String, _ database: Database) throws {
        guard limits != .none else {
            return try database.execute(
                sql: "DELETE FROM limit_set WHERE scope = ? AND id = ?",
                arguments: [scope.rawValue, id]
            )
        }
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO limit_set (
                    scope, id, requests_per_minute, requests_per_day, tokens_per_minute, concurrent_calls
                ) VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                scope.rawValue, id, limits.requestsPerMinute, limits.requestsPerDay, limits.tokensPerMinute,
                limits.concurrentCalls,
            ]
        )
    }
}
