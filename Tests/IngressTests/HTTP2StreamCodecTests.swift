import NIOCore
import NIOEmbedded
import NIOHPACK
import NIOHTTP1
import NIOHTTP2
import Testing

@testable import Ingress

@Suite("Requests and answers of HTTP/2")
struct HTTP2StreamCodecTests {
    private let channel: EmbeddedChannel

    init() throws {
        self.channel = EmbeddedChannel()
        try self.channel.pipeline.syncOperations.addHandler(HTTP2StreamCodec())
    }

    /// What is made of a request's header block.
    private func head(_ fields: [(String, String)]) throws -> HTTPRequestHead? {
        try self.channel.writeInbound(HTTP2Frame.FramePayload.headers(.init(headers: HPACKHeaders(fields))))
        guard case .head(let head)? = try self.channel.readInbound(as: HTTPServerRequestPart.self) else { return nil }
        return head
    }

    @Test("the host is named by the authority, by a header, by both or by none")
    func names() throws {
        let request = [(":method", "GET"), (":scheme", "https"), (":path", "/p?q")]
        for (more, host) in [
            ([(":authority", "a")], ["a"]), ([("host", "h")], ["h"]), ([(":authority", "a"), ("host", "h")], ["h"]),
            ([], []), ([("host", "h"), ("host", "i")], ["h", "i"]),
        ] {
            let head = try #require(try HTTP2StreamCodecTests().head(request + more))
            #expect(head.method == .GET && head.uri == "/p?q" && head.version == .http2)
            #expect(head.headers["host"] == host)
            #expect(!head.headers.contains { $0.name.hasPrefix(":") })
        }
        #expect(try self.head([(":method", "CONNECT"), (":authority", "a:1")])?.uri == "a:1")
    }

    @Test("a path that holds a line end is none")
    func lineEnds() {
        #expect(throws: InvalidPseudoHeader.self) {
            try self.head([(":method", "GET"), (":scheme", "https"), (":path", "/ HTTP/1.1\r\nx: y")])
        }
    }

    @Test("pieces and trailers end a request once")
    func parts() throws {
        let request = [(":method", "POST"), (":scheme", "https"), (":path", "/")]
        let piece = HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer(string: "x")))
        let last = HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer(string: "y")), endStream: true)
        let trailers = HTTP2Frame.FramePayload.Headers(headers: ["a": "b"], endStream: true)
        let end = HTTP2Frame.FramePayload.Data(data: .byteBuffer(ByteBuffer()), endStream: true)
        for (frames, expected) in [
            ([.data(piece), .data(last)], ["x", "y", "end"]), ([.data(piece), .headers(trailers)], ["x", "end"]),
            ([.data(end)], ["end"]),
        ] as [([HTTP2Frame.FramePayload], [String])] {
            let other = try HTTP2StreamCodecTests()
            _ = try other.head(request)
            for frame in frames { try other.channel.writeInbound(frame) }
            var parts: [String] = []
            while let part = try other.channel.readInbound(as: HTTPServerRequestPart.self) {
                switch part {
                case .head: parts.append("head")
                case .body(let bytes): parts.append(String(buffer: bytes))
                case .end: parts.append("end")
                }
            }
            #expect(parts == expected)
        }
        let alone = HTTP2Frame.FramePayload.Headers(headers: HPACKHeaders(request), endStream: true)
        try self.channel.writeInbound(HTTP2Frame.FramePayload.headers(alone))
        _ = try self.channel.readInbound(as: HTTPServerRequestPart.self)
        guard case .end? = try self.channel.readInbound(as: HTTPServerRequestPart.self) else {
            Issue.record("a head that ends its stream is no whole request")
            return
        }
    }

    @Test("an answer begins with its status, and has no headers of a connection")
    func answer() throws {
        let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["A": "b", "connection": "close"])
        try self.channel.writeOutbound(HTTPServerResponsePart.head(head))
        try self.channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: "x"))))
        try self.channel.writeOutbound(HTTPServerResponsePart.end(nil))
        var seen: [String] = []
        while let payload = try self.channel.readOutbound(as: HTTP2Frame.FramePayload.self) {
            switch payload {
            case .headers(let frame): seen.append(frame.headers.map { "\($0.name)=\($0.value)" }.joined(separator: " "))
            case .data(let frame): seen.append("\(frame.data.readableBytes) \(frame.endStream)")
            default: seen.append("?")
            }
        }
        #expect(seen == [":status=200 a=b", "1 false", "0 true"])
    }
}
