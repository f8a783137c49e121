import Foundation
import NIOCore
import StreamCheckers
import Testing

@testable import Dialects

/// Streams of Chat on disk, as each local server tells them and as they go wrong, and what becomes of them.
///
/// `ADIT_RECORD=1` writes what is expected anew, to be read before it is committed.
@Suite("Streams of model servers in every dialect")
struct StreamReferenceTests {
    /// One stream in one dialect.
    struct Case: CustomTestStringConvertible, Sendable {
        var input: URL
        var expected: URL
        var target: StreamTarget

        var testDescription: String { "\(self.input.lastPathComponent) → \(self.target)" }
    }

    /// The servers' streams in each dialect, and all cases of Messages also for Responses.
    static let cases: [Case] = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let servers = tests.appending(path: "Translation/Reference/Servers")
        let own = StreamTarget.allCases.flatMap { target in
            Self.names(servers).map { name in
                let expected = servers.appending(path: "\(name).\(target)")
                return Case(input: servers.appending(path: "\(name).chat"), expected: expected, target: target)
            }
        }
        let streams = tests.appending(path: "Anthropic/Reference/Streams")
        let shared = Self.names(streams).map { name in
            let expected = tests.appending(path: "Responses/Reference/Streams/\(name).responses")
            return Case(input: streams.appending(path: "\(name).chat"), expected: expected, target: .responses)
        }
        return own + shared
    }()

    private static func names(_ folder: URL) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasSuffix(".chat") }.map { String($0.dropLast(".chat".count)) }.sorted()
    }

    @Test("there are references")
    func exist() { #expect(Self.cases.count >= 11 * 3 + 20) }

    @Test("a stream becomes the one on disk, whole and cut at every byte", arguments: Self.cases)
    func stream(_ one: Case) async throws {
        let chat = ByteBuffer(bytes: try Data(contentsOf: one.input))
        let translation = try one.target.translation()
        let whole = one.target.translate([chat], translation)
        try Recording.write(whole.readableBytesView, to: one.expected)
        let expected = ByteBuffer(bytes: try Data(contentsOf: one.expected))
        #expect(String(buffer: whole) == String(buffer: expected))
        #expect(one.target.faults(whole) == [])
        // Translators are values: what they have read one byte at a time goes on with the rest at once, from every place.
        var course = try #require(one.target.begin(translation))
        var rest = chat
        while let byte = rest.readSlice(length: 1) {
            await Task.yield()
            course.receive(byte)
            guard course.finished(after: rest) == expected else {
                Issue.record("cut \(rest.readableBytes) bytes before the end")
                return
            }
        }
    }
}
