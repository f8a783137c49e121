import Foundation
import NIOCore

@testable import Dialects

/// The reference files beside the tests: what goes in, and what must come out.
///
/// With ADIT_RECORD=1 what came out is written down as what must; read it before it is committed.
enum GeminiReferences {
    static let identity = AnswerIdentity(digits: "0123456789abcdef01234567", created: 1_700_000_000, model: "m:1b")

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Reference")

    /// The names of all files of a folder with an ending, without it.
    static func names(_ folder: String, ending: String) -> [String] {
        let files =
            (try? FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: folder).path)) ?? []
        return files.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
    }

    static func text(_ file: String) throws -> String {
        try String(contentsOf: Self.folder.appending(path: file), encoding: .utf8)
    }

    static func json(_ file: String) throws -> JSONValue {
        try JSONValue(reading: ByteBuffer(string: Self.text(file)))
    }

    /// What must come out; what came out instead is written down when that is wanted.
    static func expected(_ file: String, _ actual: String) throws -> String {
        try Recording.write(actual.utf8, to: Self.folder.appending(path: file))
        return try Self.text(file)
    }

    /// A JSON text as people read it.
    static func pretty(_ bytes: ByteBuffer) throws -> String {
        var out = ""
        Self.write(try JSONValue(reading: bytes), indent: "", to: &out)
        return out + "\n"
    }

    private static func write(_ value: JSONValue, indent: String, to out: inout String) {
        let inner = indent + "  "
        if value.text.utf8.count <= 100 {
            out += value.text
        } else if let values = value.array {
            out += "[\n"
            for (index, value) in values.enumerated() {
                out += inner
                Self.write(value, indent: inner, to: &out)
                out += index + 1 < values.count ? ",\n" : "\n"
            }
            out += indent + "]"
        } else if let members = value.object?.members {
            out += "{\n"
            for (index, member) in members.enumerated() {
                out += inner + JSONValue.string(member.key).text + ": "
                Self.write(member.value, indent: inner, to: &out)
                out += index + 1 < members.count ? ",\n" : "\n"
            }
            out += indent + "}"
        } else {
            out += value.text
        }
    }
}
