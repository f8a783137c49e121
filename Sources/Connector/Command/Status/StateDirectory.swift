internal import Foundation
internal import Terminal

/// The connector's state directory, and the files in it: for its owner only, whoever is the first to write there.
struct StateDirectory: Hashable, Sendable {
    let path: String

    func path(of name: String) -> String { "\(self.path)/\(name)" }

    /// What lies in it; nothing, when it is not there.
    var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: self.path)) ?? [] }

    /// Whether it is there, and not for whoever runs this program.
    var isForOthers: Bool { access(self.path, R_OK | X_OK) != 0 && errno == EACCES }

    func read(_ name: String) -> Data? { FileManager.default.contents(atPath: self.path(of: name)) }

    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: self.path(of: name)) }

    /// Replaces a file as a whole: a reader sees the old one or the new one.
    func write(_ data: Data, to name: String) throws(Complaint) {
        try self.make()
        let path = self.path(of: name)
        // Other connectors may be writing the same file.
        let draft = "\(path).\(UInt64.random(in: .min ... .max)).new"
        guard
            FileManager.default.createFile(atPath: draft, contents: data, attributes: [.posixPermissions: 0o600]),
            rename(draft, path) == 0
        else {
            let reason = String(cString: strerror(errno))
            _ = unlink(draft)
            throw Complaint("cannot write \(path): \(reason)")
        }
    }

    /// Takes away drafts of programs that were killed while they wrote; one that is young may be another program's that runs.
    func removeAbandonedDrafts(now: Date = Date()) {
        for name in self.names where name.wholeMatch(of: /.+\.[0-9]+\.new/) != nil {
            let attributes = try? FileManager.default.attributesOfItem(atPath: self.path(of: name))
            guard let written = attributes?[.modificationDate] as? Date else { continue }
            if now.timeIntervalSince(written) > Self.longestWriting { self.remove(name) }
        }
    }

    /// In seconds; a draft is put in place as soon as it is written.
    private static let longestWriting = 60.0

    /// What is no directory although this one is to be it, or below it; `nil` when nothing is in the way.
    var obstacle: String? {
        var place = self.path[...]
        var isDirectory: ObjCBool = false
        while !place.isEmpty, !FileManager.default.fileExists(atPath: String(place), isDirectory: &isDirectory) {
            place = place.lastIndex(of: "/").map { place[..<$0] } ?? ""
        }
        return place.isEmpty || isDirectory.boolValue ? nil : String(place)
    }

    private func make() throws(Complaint) {
        let files = FileManager.default
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        let made: Void? = try? files.createDirectory(
            atPath: self.path,
            withIntermediateDirectories: true,
            attributes: attributes
        )
        guard made == nil else { return }
        // Foundation's errors are not for people: the system is asked again, and says why in its own words.
        var place = self.path
        while place.count > 1, !files.fileExists(atPath: (place as NSString).deletingLastPathComponent) {
            place = (place as NSString).deletingLastPathComponent
        }
        guard mkdir(place, 0o700) != 0 else { return }
        let code = errno == EEXIST ? ENOTDIR : errno
        throw Complaint("cannot make the directory \(self.path): \(String(cString: strerror(code)))")
    }
}
