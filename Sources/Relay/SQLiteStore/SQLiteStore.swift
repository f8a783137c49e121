private import FoundationEssentials
internal import GRDB
private import Glibc
internal import Ledger
internal import Synchronization

/// Keeps accounts and the ledger in one SQLite file.
///
/// Write-ahead logging lets readers go on while a change is written. `synchronous = FULL` makes every change durable before it
/// is answered: a key whose secret was shown once must survive a power cut, and so must what a call cost. Changes of accounts
/// are rare, and the ledger writes many calls at once, so the extra sync costs little.
package final class SQLiteStore: Sendable {
    let database: DatabasePool
    /// The numbers of the ledger's accounts, which never change.
    let accounts = Mutex<[LedgerAccount: Int64]>([:])
    /// Kinds of usage records that are in the database; read and written on the writer's queue only, so that nobody writes a
    /// record of a kind that is being deleted.
    let kinds = Mutex(UsageKinds())

    /// Tells files of this relay from those of other programs: "Adit".
    static let applicationID = 0x4164_6974

    /// Opens the file, or makes it, and brings its schema up to date. It is for its owner only from then on.
    /// - Throws: a ``Failure`` that says what to do.
    package init(path: String) throws(Failure) {
        try Self.makePrivate(path)
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(5)
        do {
            self.database = try DatabasePool(path: path, configuration: configuration)
            // Not in the configuration: opening a pool sets NORMAL afterwards.
            try self.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            let migrator = Self.migrator
            try self.database.read { database in
                if try Self.isOfAnotherProgram(database) {
                    throw Failure(
                        description: "\(path) is a database, but not one of adit-relay: name another data directory"
                    )
                }
                if try migrator.hasBeenSuperseded(database) {
                    throw Failure(
                        description: "the database \(path) was written by a newer version of adit-relay: "
                            + "use that version, or a backup"
                    )
                }
            }
            try migrator.migrate(self.database)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("open the database \(path)", error)
        }
    }

    /// The database cannot be used.
    package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String

        init(description: String) {
            self.description = description
        }

        /// What SQLite said when something was tried, and what helps against it.
        init(_ action: String, _ error: any Error) {
            let refusal = error as? DatabaseError
            let reason = refusal.map { $0.message ?? "error \($0.extendedResultCode.rawValue)" } ?? "\(error)"
            let advice =
                switch refusal?.resultCode {
                case .SQLITE_NOTADB, .SQLITE_CORRUPT: ". The file is damaged: put a backup in its place"
                case .SQLITE_FULL: ". Make room on its disk"
                case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM: ". Check who may write to it and its directory"
                case .SQLITE_BUSY: ". Another program holds it"
                default: ""
                }
            self.description = "cannot \(action): \(reason)\(advice)"
        }
    }

    /// Whether somebody else's tables are in the file.
    private static func isOfAnotherProgram(_ database: Database) throws -> Bool {
        let id = try Int.fetchOne(database, sql: "PRAGMA application_id")
        return try id != Self.applicationID && Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") != 0
    }

    /// Makes the file and those that SQLite keeps beside it readable for their owner only; SQLite gives new ones beside it
    /// the same mode.
    static func makePrivate(_ path: String) throws(Failure) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if file >= 0 {
            _ = close(file)
            return
        }
        guard errno == EEXIST else { throw Failure(description: "cannot make the database \(path): \(Self.reason)") }
        for path in [path, path + "-wal", path + "-shm"] {
            guard chmod(path, 0o600) == 0 || errno == ENOENT else {
                throw Failure(description: "cannot make \(path) private to its owner: \(Self.reason)")
            }
        }
    }

    static var reason: String { String(cString: strerror(errno)) }
}
