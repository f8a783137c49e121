internal import Foundation
private import Terminal

/// The file of a running connector's status; one for each process, readable by its owner only.
enum StatusFile {
    static func path(in directory: String, pid: Int32) -> String { "\(directory)/connector-\(pid).json" }

    /// Replaces the file as a whole: a reader sees the old one or the new one.
    static func write(_ status: ConnectorStatus, to path: String) throws {
        let directory = (path as NSString).deletingLastPathComponent
        try self.makeDirectory(directory)
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let draft = path + ".new"
        guard
            FileManager.default.createFile(
                atPath: draft,
                contents: try encoder.encode(status),
                attributes: [.posixPermissions: 0o600]
            ), rename(draft, path) == 0
        else { throw Complaint("cannot write \(path): \(String(cString: strerror(errno)))") }
    }

    private static func makeDirectory(_ directory: String) throws {
        let files = FileManager.default
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        let made: Void? = try? files.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: attributes
        )
        guard made == nil else { return }
        // Foundation's errors are not for people: the system is asked again, and says why in its own words.
        var place = directory
        while place.count > 1, !files.fileExists(atPath: (place as NSString).deletingLastPathComponent) {
            place = (place as NSString).deletingLastPathComponent
        }
        guard mkdir(place, 0o700) != 0 else { return }
        let code = errno == EEXIST ? ENOTDIR : errno
        throw Complaint("cannot make the directory \(directory): \(String(cString: strerror(code)))")
    }

    /// A connector writes every second. One that has not for so long has died, and its process id may be another program's by now.
    static let longestSilence = 30

    /// The status of every connector that runs and writes to the directory; files of those that died are taken away.
    /// - Parameter now: the time in seconds since 1970.
    static func readAll(in directory: String, now: Int) -> [ConnectorStatus] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasPrefix("connector-") && $0.hasSuffix(".json") }.sorted().compactMap { name in
            let path = directory + "/" + name
            guard let data = FileManager.default.contents(atPath: path),
                let status = try? decoder.decode(ConnectorStatus.self, from: data)
            else { return nil }
            let isThere = kill(status.pid, 0) == 0 || errno == EPERM
            guard isThere, now - status.writtenAt <= Self.longestSilence else {
                try? FileManager.default.removeItem(atPath: path)
                return nil
            }
            return status
        }
    }
}
