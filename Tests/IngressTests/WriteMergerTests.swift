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
        WriteMerger(loop: IngressLoop(eventLoop: channel.eventLoop, number: 0), isPlain: true)
    }

    private static func write(
        _ status: HTTPResponseStatus,
        isOld: Bool,
        _ headers: [(String, String)],
        to merger: WriteMerger
    ) {
        var head = AnswerHead(status, isOld: isOld, to: merger)
        for (name, value) in headers { head.add(name, value) }
        merger.endHead()
    }

    @Test("chunks are what NIO's encoder makes of them, whatever their size")
    func chunks() throws {
        let sizes = [1, 9, 10, 15, 16, 17, 255, 256, 4_095, 4_096, 4_097, 65_535, 65_536, 70_000]
        let chunks = sizes.map { ByteBuffer(repeating: UInt8(ascii: "x"), count: $0) }
        let headers = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")]
        let encoding = EmbeddedChannel()
        try encoding.pipeline.syncOperations.addHandlers(Self.merger(of: encoding), HTTPResponseEncoder())
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: HTTPHeaders(headers))
        encoding.write(HTTPServerResponsePart.head(head), promise: nil)
        for chunk in chunks { encoding.write(HTTPServerResponsePart.body(.byteBuffer(chunk)), promise: nil) }
        encoding.write(HTTPServerResponsePart.end(nil), promise: nil)

        let passing = EmbeddedChannel()
        let merger = Self.merger(of: passing)
        try passing.pipeline.syncOperations.addHandlers(merger, HTTPResponseEncoder())
        Self.write(.ok, isOld: false, headers, to: merger)
        for chunk in chunks {
            merger.write(chunk: chunk)
            merger.write(chunk: ByteBuffer())
        }
        merger.writeLastChunk()

        let expected = try self.written(encoding)
        #expect(try self.written(passing) == expected)
        #expect(expected.readableBytes > sizes.reduce(0, +))
    }

    @Test(
        "whole answers are what NIO's encoder makes of them",
        arguments: [.ok, .noContent, .notFound, .custom(code: 529, reasonPhrase: "Overloaded")] as [HTTPResponseStatus],
        [false, true]
    )
    func wholeAnswers(status: HTTPResponseStatus, isOld: Bool) throws {
        let body = ByteBuffer(string: #"{"a":"é"}"#)
        let hasBody = status != .noContent
        let headers =
            [("x-request-id", "req_1"), ("empty", "")] + (hasBody ? [("content-length", "\(body.readableBytes)")] : [])
        let encoding = EmbeddedChannel()
        try encoding.pipeline.syncOperations.addHandlers(Self.merger(of: encoding), HTTPResponseEncoder())
        let head = HTTPResponseHead(
            version: isOld ? .http1_0 : .http1_1,
            status: status,
            headers: HTTPHeaders(headers)
        )
        encoding.write(HTTPServerResponsePart.head(head), promise: nil)
        if hasBody { encoding.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil) }
        encoding.write(HTTPServerResponsePart.end(nil), promise: nil)

        let passing = EmbeddedChannel()
        let merger = Self.merger(of: passing)
        try passing.pipeline.syncOperations.addHandler(merger)
        Self.write(status, isOld: isOld, headers, to: merger)
        if hasBody { merger.write(body) }

        let expected = try self.written(encoding)
        #expect(try self.written(passing) == expected)
        #expect(expected.readableBytes > 0)
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
