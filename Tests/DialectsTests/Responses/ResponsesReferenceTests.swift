import Dialects
import Foundation
import NIOCore
import StreamCheckers
import Testing
import Vocabulary

/// The files in `Reference`: `<case>.request.json` and `<case>.events.jsonl` are what goes in, `<case>.sse` is what
/// must come out. With ADIT_RECORD=1 the output is written instead of compared; read it before you commit
/// it.
@Suite("Responses: reference streams")
struct ResponsesReferenceTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Reference")

    static let cases: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: Self.folder.path())) ?? []
        return files.filter { $0.hasSuffix(".events.jsonl") }.map { String($0.dropLast(".events.jsonl".count)) }
            .sorted()
    }()

    static func text(_ name: String) throws -> String {
        try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
    }

    static func request(_ name: String) throws -> ResponsesRequest {
        let own = Self.folder.appending(path: "\(name).request.json")
        guard FileManager.default.fileExists(atPath: own.path()) else {
            return try ResponsesRequest(text: #"{"model":"demo","input":"Hi","stream":true}"#)
        }
        return try ResponsesRequest(text: try Self.text("\(name).request.json"))
    }

    @Test("there are reference files")
    func exist() {
        #expect(Self.cases.count >= 16)
    }

    @Test("a stream comes out as its file says, and by the grammar", arguments: Self.cases)
    func stream(_ name: String) throws {
        let request = try Self.request(name)
        let script = try ResponsesScript(reading: try Self.text("\(name).events.jsonl"))
        var stream = ResponsesStream(request, identity: .test)
        stream.completedAt = 1_790_000_003
        var bytes = ByteBuffer()
        for piece in script.play(into: &stream) { bytes.writeImmutableBuffer(piece) }
        #expect(ResponsesStreamChecker(bytes).faults == [])
        let out = Self.folder.appending(path: "\(name).sse")
        try Recording.write(bytes.readableBytesView, to: out)
        #expect(String(buffer: bytes) == (try Self.text("\(name).sse")))
        let response = try JSONValue(reading: try #require(stream.response))
        #expect(response["output"]?.array == stream.output)
    }

    @Test("as messages the same events come without their frame, with the lane in each", arguments: Self.cases)
    func messages(_ name: String) throws {
        let script = try ResponsesScript(reading: try Self.text("\(name).events.jsonl"))
        var stream = ResponsesStream(try Self.request(name), identity: .test, framing: .messages(lane: "a.b"))
        stream.completedAt = 1_790_000_003
        let messages = try script.play(into: &stream).flatMap(Responses.messages(in:)).map {
            try JSONValue(reading: $0)
        }
        let events = ResponsesStreamChecker(ByteBuffer(string: try Self.text("\(name).sse"))).events
        let expected = events.map { event in
            var object = event.object!
            object["stream_id"] = "a.b"
            return Set(object.members)
        }
        #expect(messages.map { Set($0.object!.members) } == expected)
    }
}
