private import Foundation
internal import GRDB
package import Ledger
internal import Vocabulary

/// The names of calls that were paid for.
extension SQLiteStore {
    // Hashes under the server's secret: what people make up for a name, and what they ask for, do not stand here.
    static let paidNames = """
        CREATE TABLE paid_name (
            key_id TEXT NOT NULL,
            name BLOB NOT NULL CHECK (length(name) = 32),
            request BLOB NOT NULL CHECK (length(request) = 32),
            call TEXT NOT NULL,
            time INTEGER NOT NULL,
            PRIMARY KEY (key_id, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX paid_name_by_time ON paid_name (time);
        """

    /// With a settlement, in its transaction. A name whose day is over may be used anew.
    static func write(_ paid: PaidName, _ database: Database) throws {
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO paid_name (key_id, name, request, call, time) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [paid.key, Data(paid.name), Data(paid.request), paid.call.rawValue, paid.time])
    }

    package func paid(named name: [UInt8], ofKey key: String, since time: Int64) async throws -> PaidName? {
        try await self.readLedger { database in
            try Row.fetchOne(
                database,
                sql: "SELECT request, call, time FROM paid_name WHERE key_id = ? AND name = ? AND time > ?",
                arguments: [key, Data(name), time]
            ).map { row in
                let request: Data = row["request"]
                return PaidName(
                    key: key,
                    name: name,
                    request: Array(request),
                    call: CallID(rawValue: row["call"]),
                    time: row["time"]
                )
            }
        }
    }

    package func deleteNames(before time: Int64, limit: Int) async throws -> Int {
        try await self.changeLedger("delete old names of calls") { database in
            try database.execute(
                sql: """
                    DELETE FROM paid_name WHERE (key_id, name) IN (
                        SELECT key_id, name FROM paid_name WHERE time <= ? ORDER BY time LIMIT ?
                    )
                    """,
                arguments: [time, limit]
            )
            return database.changesCount
        }
    }
}
