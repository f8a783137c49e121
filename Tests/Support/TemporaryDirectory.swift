private import Foundation

/// A directory of its own, removed when the test lets go of it.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        var template = Array("\(NSTemporaryDirectory())/adit-test.XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw ProgramFailure("no temporary directory could be made in \(NSTemporaryDirectory())")
        }
        self.path = String(cString: made)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    /// The path of something inside.
    package func file(_ name: String) -> String { "\(self.path)/\(name)" }

    /// Every file inside, at any depth, with its content.
    package func contents() throws -> [(path: String, bytes: [UInt8])] {
        guard let names = FileManager.default.enumerator(atPath: self.path) else { return [] }
        var files: [(path: String, bytes: [UInt8])] = []
        for case let name as String in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: self.file(name))
            guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
            files.append((name, Array(try Data(contentsOf: URL(fileURLWithPath: self.file(name))))))
        }
        return files
    }

    /// Writes a file.
    package func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: self.file(name)))
    }

    /// Reads a file; empty when it does not exist.
    package func read(_ name: String) -> String {
        (try? String(contentsOfFile: self.file(name), encoding: .utf8)) ?? ""
    }

    /// The permission bits of something inside.
    package func mode(of name: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: self.file(name))
        return (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
    }
}
