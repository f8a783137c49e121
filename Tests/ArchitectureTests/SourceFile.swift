import Foundation
import Synchronization
import Testing

/// One Swift file of this repository, as far as its architecture is concerned.
struct SourceFile: CustomTestStringConvertible {
    /// From the root of the repository: `Sources/Relay/Gateway/Gateway.swift`.
    let path: String
    let lines: [Substring]
    /// The modules that it imports.
    let imports: Set<String>

    var testDescription: String { self.path }

    init(path: String, text: String) {
        self.path = path
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        self.imports = Set(
            Self.code(self.lines).compactMap { _, line -> String? in
                let words = line.words
                guard let start = words.firstIndex(of: "import"), words[..<start].allSatisfy(Self.mayPrecedeImport)
                else {
                    return nil
                }
                // One declaration of a module may be imported by its kind: `import struct NIOCore.ByteBuffer`.
                return words[(start + 1)...].first { !Self.kinds.contains($0) }
            }
        )
    }

    /// The types that it declares.
    var types: [String] {
        self.code.compactMap { _, line -> String? in
            let words = line.words
            guard let kind = words.firstIndex(where: { Self.typeKinds.contains($0) }), kind + 1 < words.count else {
                return nil
            }
            return words[..<kind].allSatisfy(Self.modifiers.contains) ? words[kind + 1] : nil
        }
    }

    /// Its name without folders and without its ending.
    var name: String { ((self.path as NSString).lastPathComponent as NSString).deletingPathExtension }

    /// Lines that are not comments, with their numbers counted from 1.
    var code: [(number: Int, text: Substring)] { Self.code(self.lines) }

    private static func code(_ lines: [Substring]) -> [(number: Int, text: Substring)] {
        zip(1..., lines).filter { !$0.1.utf8.drop { $0 == UInt8(ascii: " ") }.starts(with: "//".utf8) }
    }

    private static let typeKinds: Set<String> = ["struct", "class", "enum", "actor", "protocol", "typealias"]
    private static let kinds = Self.typeKinds.union(["func", "var", "let"])
    private static let modifiers: Set<String> = [
        "public", "package", "internal", "fileprivate", "private", "final", "indirect", "nonisolated",
    ]
    private static let attributes: Set<String> = ["testable", "preconcurrency", "_spi", "Experimental", "_exported"]

    private static func mayPrecedeImport(_ word: String) -> Bool {
        self.modifiers.contains(word) || self.attributes.contains(word)
    }
}

extension Substring {
    /// Its identifiers and keywords. Bytes, not a regular expression: the whole house is looked through several times a run.
    var words: [String] {
        self.utf8.split { byte in
            let isLetter = (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
            return !isLetter && !(byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")) && byte != UInt8(ascii: "_")
        }.map { String(Substring($0)) }
    }
}

extension SourceFile {
    /// The root of the repository, two folders above this file.
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// What was read, by the first folder of its paths: a hundred tests ask for the same files.
    private static let house = Mutex<[String: [SourceFile]]>([:])

    /// Every Swift file in a folder of the repository, in order of their paths.
    static func all(in folder: String) throws -> [SourceFile] {
        let top = folder.split(separator: "/").first.map(String.init) ?? folder
        let files = try Self.house.withLock { house in
            if let files = house[top] { return files }
            let files = try Self.read(top)
            house[top] = files
            return files
        }
        return folder == top ? files : files.filter { $0.path.utf8.starts(with: "\(folder)/".utf8) }
    }

    private static func read(_ folder: String) throws -> [SourceFile] {
        let start = Self.root.appendingPathComponent(folder)
        guard let names = FileManager.default.enumerator(atPath: start.path) else { return [] }
        var paths: [String] = []
        for case let name as String in names where name.hasSuffix(".swift") { paths.append(name) }
        return try paths.sorted().map { name in
            let text = try String(contentsOf: start.appendingPathComponent(name), encoding: .utf8)
            return SourceFile(path: "\(folder)/\(name)", text: text)
        }
    }
}
