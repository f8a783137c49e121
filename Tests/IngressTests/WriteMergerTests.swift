import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Ingress

@Suite("What gathers an answer's pieces")
struct WriteMergerTests {
    /// All that was written until a flush.
    private func written(_ channel: EmbeddedChannel) throws -> ByteBuffer {
        channel.flush()
        var all = ByteBuffer()
        while let piece = try channel.readOutbound(as: IOData.self) {
            if case .byteBuffer(let bytes) = piece { all.writeImmutableBuffer(bytes) }
        }
        return all
    }

    private static func merger(of channel: EmbeddedChannel) -> WriteMerger {
        WriteMerger(desk: FrontDesk(eventLoop: channel.eventLoop, number: 0), isPlain: true)
    }

    @Test("chunks are what NIO's encoder makes of them, whatever their size")
    func chunks() throws {
        let sizes = [1, 9, 10, 15, 16, 17, 255, 256, 4_095, 4_096, 4_097, 65_535, 65_536, 70_000]
        let chunks = sizes.map { ByteBuffer(repeating: UInt8(ascii: "x"), count: $0) }
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["content-type": "text/event-stream"])

        let encoding = EmbeddedChannel()
        try encoding.pipeline.syncOperations.addHandlers(Self.merger(of: encoding), HTTPResponseEncoder())
        encoding.write(HTTPServerResponsePart.head(head), promise: nil)
        for chunk in chunks { encoding.write(HTTPServerResponsePart.body(.byteBuffer(chunk)), promise: nil) }
        encoding.write(HTTPServerResponsePart.end(nil), promise: nil)

        let passing = EmbeddedChannel()
        let merger = Self.merger(of: passing)
        try passing.pipeline.syncOperations.addHandlers(merger, HTTPResponseEncoder())
        passing.write(HTTPServerResponsePart.head(head), promise: nil)
        for chunk in chunks {
            merger.write(chunk: chunk)
            merger.write(chunk: ByteBuffer())
        }
        passing.write(HTTPServerResponsePart.end(nil), promise: nil)

        let expected = try self.written(encoding)
        #expect(try self.written(passing) == expected)
        #expect(expected.readableBytes > sizes.reduce(0, +))
    }

    @Test("what is written between two flushes leaves in one piece, and the next begins anew")
    func flushes() throws {
        let channel = EmbeddedChannel()
        let merger = Self.merger(of: channel)
        try channel.pipeline.syncOperations.addHandlers(merger, HTTPResponseEncoder())
        for text in ["one", "two"] {
            merger.write(chunk: ByteBuffer(string: text))
            merger.write(chunk: ByteBuffer(string: text))
            channel.flush()
            let piece = try channel.readOutbound(as: IOData.self)
            #expect(piece == .byteBuffer(ByteBuffer(string: "3\r\n\(text)\r\n3\r\n\(text)\r\n")))
            #expect(try channel.readOutbound(as: IOData.self) == nil)
        }
    }
}
