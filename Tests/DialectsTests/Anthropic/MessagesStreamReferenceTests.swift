import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@testable import Dialects

/// Streams of Chat on disk, and what becomes of them.
@Suite("Messages streams from Chat streams")
struct MessagesStreamReferenceTests {
    private static let names = MessagesReferences.names("Streams", ".chat")

    @Test("a stream becomes the one on disk, whole and cut at every byte", arguments: names)
    func stream(_ name: String) async throws {
        let chat = try MessagesReferences.input(name + ".chat", in: "Streams")
        let whole = String(buffer: try Self.translate([chat]))
        let expected = try MessagesReferences.expected(name + ".messages", in: "Streams", given: whole)
        #expect(whole == expected)
        for cut in 1..<max(1, chat.readableBytes) {
            await Task.yield()
            var rest = chat
            let first = rest.readSlice(length: cut)!
            #expect(String(buffer: try Self.translate([first, rest])) == expected, "cut at \(cut)")
        }
        let bytes = chat.readableBytesView.map { ByteBuffer(bytes: [$0]) }
        #expect(String(buffer: try Self.translate(bytes)) == expected, "one byte at a time")
        #expect(MessagesStreamChecker(ByteBuffer(string: expected)).problems.isEmpty)
    }

    @Test("there are references")
    func exist() { #expect(Self.names.count >= 20) }

    private static func translate(_ pieces: [ByteBuffer]) throws -> ByteBuffer {
        let request = try MessagesRequest(reading: MessagesRequest.hello)
        var reader = ChatEventStream(request.conversation, identity: MessagesReferences.identity)
        var writer = MessagesStream(request, identity: MessagesReferences.identity)
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
