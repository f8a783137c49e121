import NIOCore
import Testing
import TunnelProtocol

/// Whole messages byte by byte, and what they say.
struct BinaryHTTPVector: Sendable, CustomTestStringConvertible {
    var name: String
    var kind: BinaryHTTP.Decoder.Kind
    var hexadecimal: String
    /// The lengths at which the message may be cut off and is still whole (RFC 9292 §3.8), with what it says then.
    var wholeAt: [Int: Said]
    /// The lengths at which the message is cut off behind a chunk, before the content's end.
    var chunkEnds: Set<Int> = []
    /// What the whole message says.
    var said: Said

    /// A message without NIO's types, which cannot be compared across threads.
    struct Said: Sendable {
        var request: BinaryHTTP.RequestHead?
        var responses: [BinaryHTTP.ResponseHead] = []
        var content = ""
        var trailers: [BinaryHTTP.Field] = []

        var parts: [BinaryHTTP.Part] {
            (self.request.map { [.requestHead($0)] } ?? []) + self.responses.map { .responseHead($0) }
                + (self.content.isEmpty ? [] : [.content(ByteBuffer(string: self.content))])
                + [.end(trailers: self.trailers)]
        }
    }

    var bytes: ByteBuffer { BinaryHTTPReading.bytes(self.hexadecimal) }

    var testDescription: String { self.name }
}

extension BinaryHTTPVector {
    static let all = [Self.request, Self.response, Self.call, Self.trailers, Self.longIntegers]

    /// The request of RFC 9292 §5.1 in indeterminate-length form with its ten bytes of padding, without its `host` line,
    /// which this profile does not take.
    static let request = BinaryHTTPVector(
        name: "the request of RFC 9292 §5.1",
        kind: .request,
        hexadecimal: """
            02 03474554 056874747073 00 0a2f68656c6c6f2e747874
            0a757365722d6167656e74
            346375726c2f372e31362e33206c69626375726c2f372e31362e33204f70656e53534c2f302e392e376c207a6c69622f312e322e33
            0f6163636570742d6c616e6775616765 06656e2c206d69
            00 00 00 00000000000000000000
            """,
        wholeAt: Dictionary(uniqueKeysWithValues: (111...123).map { ($0, Self.requestSaid) }),
        said: Self.requestSaid
    )

    private static let requestSaid = Said(
        request: BinaryHTTP.RequestHead(
            method: "GET",
            scheme: "https",
            authority: "",
            path: "/hello.txt",
            fields: [
                .init(name: "user-agent", value: "curl/7.16.3 libcurl/7.16.3 OpenSSL/0.9.7l zlib/1.2.3"),
                .init(name: "accept-language", value: "en, mi"),
            ]
        )
    )

    /// The response of RFC 9292 §5.2: two informational heads, the final one, content in one chunk.
    static let response = BinaryHTTPVector(
        name: "the response of RFC 9292 §5.2",
        kind: .response,
        hexadecimal: """
            03406607 72756e6e 696e670a 22736c65 65702031 35220040 67046c69 6e6b233c
            2f737479 6c652e63 73733e3b 2072656c 3d707265 6c6f6164 3b206173 3d737479
            6c65046c 696e6b24 3c2f7363 72697074 2e6a733e 3b207265 6c3d7072 656c6f61
            643b2061 733d7363 72697074 0040c804 64617465 1d4d6f6e 2c203237 204a756c
            20323030 39203132 3a32383a 35332047 4d540673 65727665 72064170 61636865
            0d6c6173 742d6d6f 64696669 65641d57 65642c20 3232204a 756c2032 30303920
            31393a31 353a3536 20474d54 04657461 67142233 34616133 38372d64 2d313536
            38656230 30220d61 63636570 742d7261 6e676573 05627974 65730e63 6f6e7465
            6e742d6c 656e6774 68023531 04766172 790f4163 63657074 2d456e63 6f64696e
            670c636f 6e74656e 742d7479 70650a74 6578742f 706c6169 6e003348 656c6c6f
            20576f72 6c642120 4d792063 6f6e7465 6e742069 6e636c75 64657320 61207472
            61696c69 6e672043 524c462e 0d0a0000
            """,
        wholeAt: [314: Self.responseSaid(content: ""), 367: Self.responseSaid(), 368: Self.responseSaid()],
        chunkEnds: [366],
        said: Self.responseSaid()
    )

    private static func responseSaid(
        content: String = "Hello World! My content includes a trailing CRLF.\r\n"
    ) -> Said {
        Said(
            responses: [
                .init(status: 102, fields: [.init(name: "running", value: "\"sleep 15\"")]),
                .init(
                    status: 103,
                    fields: [
                        .init(name: "link", value: "</style.css>; rel=preload; as=style"),
                        .init(name: "link", value: "</script.js>; rel=preload; as=script"),
                    ]
                ),
                .init(
                    status: 200,
                    fields: [
                        .init(name: "date", value: "Mon, 27 Jul 2009 12:28:53 GMT"),
                        .init(name: "server", value: "Apache"),
                        .init(name: "last-modified", value: "Wed, 22 Jul 2009 19:15:56 GMT"),
                        .init(name: "etag", value: "\"34aa387-d-1568eb00\""),
                        .init(name: "accept-ranges", value: "bytes"),
                        .init(name: "content-length", value: "51"),
                        .init(name: "vary", value: "Accept-Encoding"),
                        .init(name: "content-type", value: "text/plain"),
                    ]
                ),
            ],
            content: content
        )
    }

    /// What the relay sends for a call.
    static let call = BinaryHTTPVector(
        name: "a call",
        kind: .request,
        hexadecimal: """
            02 04504f5354 0468747470 08757073747265616d 142f76312f636861742f636f6d706c6574696f6e73
            09616469742d63616c6c 057265715f31 00
            027b7d 00 00
            """,
        wholeAt: [58: Self.callSaid(content: ""), 62: Self.callSaid(), 63: Self.callSaid()],
        chunkEnds: [61],
        said: Self.callSaid()
    )

    private static func callSaid(content: String = "{}") -> Said {
        Said(
            request: BinaryHTTP.RequestHead(
                method: "POST",
                scheme: "http",
                authority: "upstream",
                path: "/v1/chat/completions",
                fields: [.init(name: "adit-call", value: "req_1")]
            ),
            content: content
        )
    }

    /// Content in three chunks, trailers, and padding.
    static let trailers = BinaryHTTPVector(
        name: "chunks and trailers",
        kind: .response,
        hexadecimal: "03 40c8 00 03616263 0164 026566 00 0161 0131 0161 00 00 0000",
        wholeAt: [
            4: Self.trailersSaid(content: "", trailers: []), 14: Self.trailersSaid(trailers: []),
            22: Self.trailersSaid(), 23: Self.trailersSaid(), 24: Self.trailersSaid(),
        ],
        chunkEnds: [8, 10, 13],
        said: Self.trailersSaid()
    )

    private static func trailersSaid(
        content: String = "abcdef",
        trailers: [BinaryHTTP.Field] = [.init(name: "a", value: "1"), .init(name: "a", value: "")]
    ) -> Said {
        Said(responses: [.init(status: 200, fields: [])], content: content, trailers: trailers)
    }

    /// Integers in more bytes than they need, which is allowed (RFC 9292 §3).
    static let longIntegers = BinaryHTTPVector(
        name: "integers in many bytes",
        kind: .response,
        hexadecimal: """
            4003 800000cc 4001 78 c000000000000001 79 4000
            80000002 6162 c000000000000000 4000
            """,
        wholeAt: [
            20: Self.longIntegersSaid(content: ""), 34: Self.longIntegersSaid(), 36: Self.longIntegersSaid(),
        ],
        chunkEnds: [26],
        said: Self.longIntegersSaid()
    )

    private static func longIntegersSaid(content: String = "ab") -> Said {
        Said(responses: [.init(status: 204, fields: [.init(name: "x", value: "y")])], content: content)
    }
}
