private import FoundationEssentials
internal import GRDB
private import Glibc

/// Keeps the stored responses of the Responses API in a SQLite file of their own.
///
/// It is a copy of what the relay has in memory, for the time after a restart: losing the last second of it is no harm. Prompts
/// and answers stand in it as they are; what is deleted is overwritten (`secure_delete`). While one relay takes another one's
/// place both have it.
package final class SQLiteResponses: Sendable {
    /// A response, and whose it is.
    package struct Record: Hashable, Sendable {
        package var id: String
        /// The digest of the key's secret, 32 bytes.
        package var owner: [UInt8]
        package var previous: String?
        package var input: [UInt8]
        package var response: [UInt8]
        /// Seconds since 1970.
        package var used: Int

        package init(id: String, owner: [UInt8], previous: String?, input: [UInt8], response: [UInt8], used: Int) {
            self.id = id
            self.owner = owner
            self.previous = previous
            self.input = input
            self.response = response
            self.used = used
        }
    }

    private let database: DatabaseQueue
    private let company: FileCompany

    /// Opens the file, or makes it. It is for its owner only from then on.
    package init(path: String) throws(SQLiteStore.Failure) {
        try SQLiteStore.makePrivate(path)
        self.company = try FileCompany(path: path + "-open")
        do {
            var configuration = Configuration()
            // Another relay may be writing.
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
            self.database = try DatabaseQueue(path: path, configuration: configuration)
            try Self.migrator.migrate(self.database)
        } catch {
            throw SQLiteStore.Failure("open the database \(path)", error)
        }
    }

    /// Removes the file, where there is one.
    /// - Returns: whether there was.
    package static func remove(path: String) throws(SQLiteStore.Failure) -> Bool {
        for suffix in ["-journal", "-open"] { _ = unlink(path + suffix) }
        if unlink(path) == 0 { return true }
        guard errno == ENOENT else {
            throw SQLiteStore.Failure(description: "cannot remove \(path): \(SQLiteStore.reason)")
        }
        return false
    }

    /// The responses that were used after this time; the others are deleted.
    package func load(usedAfter time: Int) async throws -> [Record] {
        try await self.database.write { database in
            try database.execute(sql: "DELETE FROM response WHERE used <= ?", arguments: [time])
            return try Row.fetchAll(database, sql: "SELECT * FROM response").map(Record.init)
        }
    }

    /// Whether another process has the file open, too; what it wrote before it ended is there by then.
    package var isShared: Bool { self.company.isThere }

    /// The ids of all responses, and when each was last used, in seconds since 1970.
    package func uses() async throws -> [String: Int] {
        try await self.database.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT id, used FROM response")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["id"] as String, $0["used"] as Int) })
        }
    }

    /// Those of these responses that are there.
    package func load(_ ids: Set<String>) async throws -> [Record] {
        guard !ids.isEmpty else { return [] }
        return try await self.database.read { database in
            let select = try database.makeStatement(sql: "SELECT * FROM response WHERE id = ?")
            return try ids.compactMap { try Row.fetchOne(select, arguments: [$0]).map(Record.init) }
        }
    }

    /// Writes changes down, all or none. Of two uses that two relays know of the later one counts.
    package func apply(put: [Record], used: [(id: String, used: Int)], forgotten: [String]) async throws {
        try await self.database.write { database in
            for record in put {
                try database.execute(
                    sql: """
                        INSERT OR REPLACE INTO response (id, owner, previous, input, response, used)
                        VALUES (?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        record.id, Data(record.owner), record.previous, Data(record.input), Data(record.response),
                        record.used,
                    ]
                )
            }
            for use in used {
                try database.execute(
                    sql: "UPDATE response SET used = max(used, ?) WHERE id = ?",
                    arguments: [use.used, use.id]
                )
            }
            for id in forgotten { try database.execute(sql: "DELETE FROM response WHERE id = ?", arguments: [id]) }
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 responses") { database in
            try database.execute(
                sql: """
                    PRAGMA application_id = \(SQLiteStore.applicationID);
                    CREATE TABLE response (
                        id TEXT PRIMARY KEY NOT NULL,
                        owner BLOB NOT NULL CHECK (length(owner) = 32),
                        previous TEXT,
                        input BLOB NOT NULL,
                        response BLOB NOT NULL,
                        used INTEGER NOT NULL
                    ) STRICT;
                    """
            )
        }
        return migrator
    }
}

extension SQLiteResponses.Record {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"],
            owner: Array(row["owner"] as Data),
            previous: row["previous"],
            input: Array(row["input"] as Data),
            response: Array(row["response"] as Data),
            used: row["used"]
        )
    }
}
