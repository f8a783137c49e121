import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@testable import Dialects

/// Reference files: requests, streams and replies from one end to the other.
@Suite("Gemini: reference files")
struct GeminiReferenceTests {
    @Test("a request becomes Chat's", arguments: GeminiReferences.names("Requests", ending: ".gemini.json"))
    func request(name: String) throws {
        let body = try GeminiReferences.json("Requests/\(name).gemini.json")
        let request = try GeminiRequest(reading: body, model: "public", framing: .events)
        let chat = try GeminiReferences.pretty(ChatRequestWriter(model: "local").body(request.conversation))
        #expect(try chat == GeminiReferences.expected("Requests/\(name).chat.json", chat))
    }

    @Test("a stream of Chat's becomes Gemini's", arguments: GeminiReferences.names("Streams", ending: ".chat.sse"))
    func stream(name: String) async throws {
        let chat = ByteBuffer(string: try GeminiReferences.text("Streams/\(name).chat.sse"))
        let bytes = try Self.translate([chat], name)
        let text = String(buffer: bytes)
        #expect(try text == GeminiReferences.expected("Streams/\(name).gemini.sse", text))
        let seen = try GeminiStreamCheck(bytes)
        var asArray = try GeminiStreamCheck(Self.translate([chat], name, framing: .array), .array)
        #expect(seen == asArray)
        for cut in 1..<chat.readableBytes {
            await Task.yield()
            let pieces = [
                chat.getSlice(at: 0, length: cut), chat.getSlice(at: cut, length: chat.readableBytes - cut),
            ]
            #expect(try String(buffer: Self.translate(pieces.compactMap { $0 }, name)) == text, "cut at \(cut)")
        }
        let single = (0..<chat.readableBytes).compactMap { chat.getSlice(at: $0, length: 1) }
        asArray = try GeminiStreamCheck(Self.translate(single, name, framing: .array), .array)
        #expect(seen == asArray)
    }

    @Test("a reply of Chat's becomes Gemini's", arguments: GeminiReferences.names("Replies", ending: ".chat.json"))
    func reply(name: String) throws {
        let chat = ByteBuffer(string: try GeminiReferences.text("Replies/\(name).chat.json"))
        let request = try Self.request(name, framing: nil)
        let reply = try ChatReply.read(chat, to: request.conversation, identity: GeminiReferences.identity)
        let body = Gemini.reply(reply, to: request, identity: GeminiReferences.identity)
        let text = try GeminiReferences.pretty(body)
        #expect(try text == GeminiReferences.expected("Replies/\(name).gemini.json", text))
        var event = ByteBuffer(string: "data: ")
        event.writeImmutableBuffer(body)
        event.writeString("\n\n")
        _ = try GeminiStreamCheck(event)
    }

    /// What is wanted, by the name of the file.
    private static func request(_ name: String, framing: GeminiStream.Framing?) throws -> GeminiRequest {
        let config: JSONValue =
            if name.hasPrefix("enum") {
                ["responseMimeType": "text/x.enum", "responseSchema": ["type": "STRING", "enum": ["yes", "no"]]]
            } else {
                [
                    "candidateCount": name.hasPrefix("two-choices") ? 2 : 1,
                    "thinkingConfig": ["includeThoughts": .bool(!name.hasSuffix("hidden"))],
                ]
            }
        let body: JSONValue = ["contents": [["parts": [["text": "?"]]]], "generationConfig": config]
        return try GeminiRequest(reading: body, model: "m:1b", framing: framing)
    }

    /// Translates a stream as the relay does.
    private static func translate(
        _ pieces: [ByteBuffer],
        _ name: String,
        framing: GeminiStream.Framing = .events
    ) throws -> ByteBuffer {
        let request = try Self.request(name, framing: framing)
        var reader = ChatEventStream(request.conversation, identity: GeminiReferences.identity)
        var writer = GeminiStream(request, identity: GeminiReferences.identity)
        var bytes = ByteBuffer()
        var events: [AnswerEvent] = []
        writer.begin(into: &bytes)
        for piece in pieces { reader.receive(piece, into: &events) }
        let ending = reader.finish(into: &events)
        for event in events { writer.write(event, into: &bytes) }
        switch ending {
        case .complete: writer.finish(into: &bytes)
        case .truncated: writer.fail(GatewayError(.upstreamFailed, "The model server broke off."), into: &bytes)
        case .failed(let error): writer.fail(error, into: &bytes)
        }
        return bytes
    }
}
