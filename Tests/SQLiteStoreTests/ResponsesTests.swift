import Foundation
import SQLiteStore
import Testing

/// Stored responses in their own file.
@Suite struct ResponsesTests {
    private static func record(_ id: String, used: Int, previous: String? = nil) -> SQLiteResponses.Record {
        .init(
            id: id,
            owner: Array(repeating: 7, count: 32),
            previous: previous,
            input: Array("[1]".utf8),
            response: Array("{}".utf8),
            used: used
        )
    }

    @Test func whatWasWrittenIsThereAgain() async throws {
        let folder = try DataFolder()
        let path = folder.path + "/responses.sqlite"
        let first = try SQLiteResponses(path: path)
        try await first.apply(
            put: [Self.record("a", used: 1), Self.record("b", used: 2, previous: "a"), Self.record("c", used: 3)],
            used: [],
            forgotten: []
        )
        try await first.apply(put: [Self.record("c", used: 4)], used: [("a", 9), ("nobody", 9)], forgotten: ["b"])
        #expect(try await first.uses() == ["a": 9, "c": 4])
        #expect(try await first.load(["c", "b"]) == [Self.record("c", used: 4)])
        // Another relay knew of an earlier use.
        try await first.apply(put: [], used: [("a", 8)], forgotten: [])
        let again = try SQLiteResponses(path: path)
        let records = try await again.load(usedAfter: 0)
        #expect(Set(records) == [Self.record("a", used: 9), Self.record("c", used: 4)])
        // What is too old is not only left out.
        #expect(try await again.load(usedAfter: 4).map(\.id) == ["a"])
        #expect(try await again.load(usedAfter: 0).map(\.id) == ["a"])
    }

    @Test func whoHasItOpenIsKnown() throws {
        let folder = try DataFolder()
        let path = folder.path + "/responses.sqlite"
        let first = try SQLiteResponses(path: path)
        #expect(!first.isShared)
        var second: SQLiteResponses? = try SQLiteResponses(path: path)
        #expect(first.isShared)
        #expect(second?.isShared == true)
        second = nil
        #expect(!first.isShared)
    }

    @Test func itIsForItsOwnerOnlyAndCanBeRemoved() throws {
        let folder = try DataFolder()
        let path = folder.path + "/responses.sqlite"
        #expect(try !SQLiteResponses.remove(path: path))
        _ = try SQLiteResponses(path: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try SQLiteResponses.remove(path: path))
        #expect(try !SQLiteResponses.remove(path: path))
    }
}
