import Dialects
import Foundation
import NIOCore
import Testing

/// The files in `Reference/Streams`: `<case>.sse` is what a server sends, `<case>.txt` what is understood.
@Suite("Chat: reference streams")
struct ChatReferenceStreamTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Reference/Streams")

    static let cases: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: Self.folder.path())) ?? []
        return files.filter { $0.hasSuffix(".sse") }.map { String($0.dropLast(4)) }.sorted()
    }()

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Self.folder.appending(path: name)))
    }

    @Test("there are reference files")
    func exist() {
        #expect(Self.cases.count >= 50)
    }

    @Test("a stream is understood as its file says, wherever it is cut", arguments: Self.cases)
    func stream(_ name: String) throws {
        let input = try Self.bytes("\(name).sse")
        let expected = String(decoding: try Self.bytes("\(name).txt"), as: UTF8.self)
        let whole = ChatStreamRun([ByteBuffer(bytes: input)])
        #expect(whole.lines == expected)
        #expect(ChatEventChecker(whole).faults == [])
        for (cut, run) in ChatStreamRun.cuts(input) where run.lines != expected {
            Issue.record("\(name), \(cut): \(run.lines)")
            return
        }
    }

    @Test(
        "a stream that ends anywhere before its last reason is never told as whole",
        arguments: ["plain", "one-tool"]
    )
    func truncated(_ name: String) throws {
        let input = try Self.bytes("\(name).sse")
        let reason = try #require(String(decoding: input, as: UTF8.self).range(of: #""finish_reason":""#))
        let text = String(decoding: input, as: UTF8.self)
        let last = text.utf8.distance(from: text.startIndex, to: reason.lowerBound)
        for length in 0...last {
            let run = ChatStreamRun([ByteBuffer(bytes: input[..<length])])
            #expect(run.ending == .truncated, "after \(length) bytes")
            #expect(ChatEventChecker(run).faults == [])
        }
    }
}
