private import Foundation
private import Glibc
private import SQLiteStore
internal import Terminal

/// A copy of what a relay needs of its data directory to be started again: databases, the server's secret, and what clients were
/// told to trust.
///
/// The command makes it, and not the relay: it may write where the relay may not, the copy belongs to whoever asked for it, and
/// SQLite lets several processes read.
struct Backup {
    let data: DataDirectory
    let directory: String

    init(of data: DataDirectory, to directory: String) {
        self.data = data
        var directory = directory
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        self.directory = directory
    }

    /// Where it is made, until it is whole: what has the name that was asked for is never half a copy.
    private var draft: String { self.directory + ".unfinished" }

    /// Makes the copy; it is on disk when this returns.
    /// - Throws: a sentence for people. Nothing is left behind then.
    func make() throws {
        guard access(self.data.database, F_OK) == 0 else {
            throw Complaint(
                "there is no relay's database in \(self.data.path): name its data directory with --data or ADIT_DATA"
            )
        }
        try self.checkPlace()
        do {
            try self.copyAll()
            guard Self.sync(self.draft), rename(self.draft, self.directory) == 0, Self.sync(self.directory + "/..")
            else {
                throw PrivateFile.Failure("put in place", self.directory)
            }
        } catch {
            try? FileManager.default.removeItem(atPath: self.draft)
            throw error
        }
    }

    /// Makes the draft, which nobody else makes at the same time.
    private func checkPlace() throws {
        if let inside = try? FileManager.default.contentsOfDirectory(atPath: self.directory), !inside.isEmpty {
            throw Complaint("\(self.directory) is not empty: name a directory that does not exist yet")
        }
        guard mkdir(self.draft, 0o700) == 0 else {
            guard errno == EEXIST else { throw PrivateFile.Failure("make the directory", self.draft) }
            throw Complaint(
                "\(self.draft) is there: another backup is being made, or one was killed; then remove it, and try again"
            )
        }
    }

    private func copyAll() throws {
        let copy = DataDirectory(path: self.draft)
        try SQLiteStore.copy(self.data.database, to: copy.database)
        if access(self.data.responses, F_OK) == 0 { try SQLiteStore.copy(self.data.responses, to: copy.responses) }
        try PrivateFile.copy(self.data.serverSecret, to: copy.serverSecret)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: self.data.developmentTLS) else { return }
        try PrivateFile.makeDirectory(copy.developmentTLS)
        for name in names {
            try PrivateFile.copy("\(self.data.developmentTLS)/\(name)", to: "\(copy.developmentTLS)/\(name)")
        }
        guard Self.sync(copy.developmentTLS) else { throw PrivateFile.Failure("write", copy.developmentTLS) }
    }

    /// Makes the names in a directory durable.
    private static func sync(_ directory: String) -> Bool {
        let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { _ = close(file) }
        return fsync(file) == 0
    }
}
