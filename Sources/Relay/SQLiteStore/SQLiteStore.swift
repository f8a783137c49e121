private import Accounts
private import FoundationEssentials
internal import GRDB
private import Glibc

/// Keeps accounts in one SQLite file.
///
/// Write-ahead logging lets readers go on while a change is written. `synchronous = FULL` makes every change durable before it
/// is answered; changes are rare, so the extra sync costs nobody anything.
package final class SQLiteStore: Sendable {
    let database: DatabasePool

    /// Opens the file, or makes it (for its owner only), and brings its schema up to date.
    package init(path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard file >= 0 else {
                throw Failure(description: "cannot make the database \(path): \(String(cString: strerror(errno)))")
            }
            _ = close(file)
        }
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        do {
            self.database = try DatabasePool(path: path, configuration: configuration)
            let migrator = Self.migrator
            let isNewer = try self.database.read { try migrator.hasBeenSuperseded($0) }
            guard !isNewer else {
                throw Failure(
                    description:
                        "the database \(path) was written by a newer version of adit-relay: use that version, or a backup"
                )
            }
            try migrator.migrate(self.database)
        } catch let error as DatabaseError {
            throw Failure(
                description: "cannot open the database \(path): \(error.message ?? "error \(error.resultCode)"). "
                    + "If the file is damaged, put a backup in its place."
            )
        }
    }

    /// The database cannot be used.
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }
}
