import Foundation
import NIOCore
import Vocabulary

@testable import Dialects

/// The reference files of this dialect. `ADIT_RECORD=1` writes what is expected anew, to be read before it is committed.
enum MessagesReferences {
    static let identity = AnswerIdentity(
        digits: "0123456789abcdef01234567",
        created: 1_700_000_000,
        model: "gemma-home"
    )

    static func names(_ folder: String, _ ending: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: Self.path(folder))) ?? []
        return files.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
    }

    static func input(_ name: String, in folder: String) throws -> ByteBuffer {
        ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: Self.path(folder) + name)))
    }

    /// The expected text; writes the given one when references are recorded.
    static func expected(_ name: String, in folder: String, given: String) throws -> String {
        let url = URL(fileURLWithPath: Self.path(folder) + name)
        try Recording.write(given.utf8, to: url)
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }

    private static func path(_ folder: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Reference/\(folder)/"
    }
}

extension MessagesRequest {
    static let hello: JSONValue = [
        "model": "gemma-home", "max_tokens": 100, "stream": true, "messages": [["role": "user", "content": "Hello"]],
    ]

    /// A small request with some more members.
    init(with members: [String: JSONValue], for purpose: Purpose = .answer) throws(GatewayError) {
        var body = Self.hello.object ?? JSONObject()
        for (key, value) in members { body[key] = value }
        try self.init(reading: .object(body), for: purpose)
    }
}

extension MessagesStream {
    /// The bytes of a whole stream.
    static func told(
        _ events: [AnswerEvent],
        to request: MessagesRequest,
        failing error: GatewayError? = nil
    ) -> ByteBuffer {
        var stream = MessagesStream(request, identity: MessagesReferences.identity)
        var bytes = ByteBuffer()
        stream.begin(into: &bytes)
        for event in events { stream.write(event, into: &bytes) }
        if let error { stream.fail(error, into: &bytes) } else { stream.finish(into: &bytes) }
        return bytes
    }
}
