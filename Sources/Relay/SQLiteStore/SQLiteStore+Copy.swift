internal import GRDB

extension SQLiteStore {
    /// Copies a database as it is at one moment, whatever others write to it meanwhile; the copy is on disk when this returns.
    ///
    /// SQLite copies its pages within one read transaction (sqlite.org/backup.html): who copies the files of a database that is
    /// written to gets halves that do not belong together.
    /// - Parameter copy: the new file, which is for its owner only.
    package static func copy(_ path: String, to copy: String) throws(Failure) {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        let source: DatabaseQueue
        do {
            source = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw Failure("open the database \(path)", error)
        }
        try Self.makePrivate(copy)
        do {
            let target = try DatabaseQueue(path: copy)
            try source.backup(to: target)
            try target.close()
        } catch {
            throw Failure("write the copy \(copy) of the database \(path)", error)
        }
    }
}
