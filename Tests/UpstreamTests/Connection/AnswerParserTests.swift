import NIOCore
import Testing
import TunnelProtocol

@testable import Upstream

struct AnswerParserTests {
    /// What an answer becomes: one word an event, bodies put together, then whether the connection stays.
    static func read(_ pieces: [ByteBuffer], thenEnds: Bool = false) -> [String] {
        var parser = AnswerParser()
        parser.begin()
        var words: [String] = []
        var body = ""
        func take(_ event: AnswerParser.Event) {
            switch event {
            case .head(let head): words.append("\(head.status)")
            case .body(let bytes): body += String(buffer: bytes)
            case .end:
                words.append(body)
                words.append(parser.staysOpen && !parser.hasExcess ? "stays" : "closes")
            }
        }
        do {
            for piece in pieces {
                parser.receive(piece)
                while let event = try parser.next() { take(event) }
            }
            if thenEnds, let event = try parser.finish() { take(event) }
        } catch {
            words.append("\(error)")
        }
        return words
    }

    static func read(_ text: String, thenEnds: Bool = false) -> [String] {
        self.read([ByteBuffer(string: text)], thenEnds: thenEnds)
    }

    static let answers: [(String, [String])] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ["200", "ok", "stays"]),
        ("HTTP/1.1 200\r\ncontent-length:2\r\n\r\nok", ["200", "ok", "stays"]),
        ("HTTP/1.1 200 \r\ncontent-length: \t 2 \t\r\n\r\nok", ["200", "ok", "stays"]),
        ("HTTP/1.1 200 Gut so é\r\ncontent-length: 0\r\n\r\n", ["200", "", "stays"]),
        ("HTTP/1.1 204 No Content\r\n\r\n", ["204", "", "stays"]),
        ("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", ["304", "", "stays"]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok", ["200", "ok", "closes"]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: foo, Close\r\n\r\nok", ["200", "ok", "closes"]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close, keep-alive\r\n\r\nok", ["200", "ok", "closes"]),
        (
            "HTTP/1.1 200 OK\r\nconnection: close\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok",
            ["200", "ok", "closes"]
        ),
        ("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", ["200", "ok", "closes"]),
        ("HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 2\r\n\r\nok", ["200", "ok", "stays"]),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\nA\r\n0123456789\r\n0\r\n\r\n",
            ["200", "ok0123456789", "stays"]
        ),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n02;a=b\r\nok\r\n1 \t;c\r\n!\r\n00\r\nx: y\r\n\r\n",
            ["200", "ok!", "stays"]
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx",
            ["200", "x", "stays"]
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok!", ["200", "ok", "closes"]),
        ("HTTP/1.1 777 Odd\r\ncontent-length: 0\r\n\r\n", ["777", "", "stays"]),
    ]

    @Test(arguments: Self.answers)
    func whatIsAnAnswer(text: String, words: [String]) {
        #expect(Self.read(text) == words)
    }

    /// An answer may come in any pieces.
    @Test(arguments: Self.answers)
    func cutAnywhere(text: String, words: [String]) {
        // What is too much can only be seen when it comes with the end.
        guard !text.hasSuffix("ok!") else { return }
        let bytes = ByteBuffer(string: text)
        for cut in 1..<bytes.readableBytes {
            var rest = bytes
            let head = rest.readSlice(length: cut) ?? ByteBuffer()
            #expect(Self.read([head, rest]) == words, "cut at \(cut)")
        }
        #expect(Self.read(bytes.readableBytesView.map { ByteBuffer(bytes: [$0]) }) == words)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n\r\nok", ["200", "ok", "closes"]), ("HTTP/1.0 200 OK\r\n\r\n", ["200", "", "closes"]),
        ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\nok", ["200", "ok", "closes"]), ("", ["truncated"]),
        ("HTTP/1.1 200 OK\r\nconte", ["truncated"]), ("HTTP/1.1 100 Continue\r\n\r\n", ["truncated"]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nok", ["200", "truncated"]),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nok", ["200", "truncated"]),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n", ["200", "truncated"]),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", ["200", "truncated"]),
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", ["200", "ok", "stays"]),
    ])
    func theConnectionEnds(text: String, words: [String]) {
        #expect(Self.read(text, thenEnds: true) == words)
    }

    @Test(arguments: [
        // Status lines.
        ("HTTP/2.0 200 OK\r\n\r\n", "statusLine"), ("HTTP/1.2 200 OK\r\n\r\n", "statusLine"),
        ("http/1.1 200 OK\r\n\r\n", "statusLine"), ("ICY 200 OK\r\n\r\n", "statusLine"),
        ("HTTP/1.1 20 OK\r\n\r\n", "statusLine"), ("HTTP/1.1 2000 OK\r\n\r\n", "statusLine"),
        ("HTTP/1.1 abc OK\r\n\r\n", "statusLine"), ("HTTP/1.1  200 OK\r\n\r\n", "statusLine"),
        ("HTTP/1.1 099 Low\r\n\r\n", "statusLine"), ("HTTP/1.1 200 O\u{0}K\r\n\r\n", "statusLine"),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", "statusLine"), ("HTTP/1.1 200 OK\n\r\n", "statusLine"),
        ("\u{1}\u{2}this is not HTTP\r\n\r\n", "statusLine"), ("<html>\n", "statusLine"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "upgrade"),
        // Fields.
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "field"), ("HTTP/1.1 200 OK\r\n: nameless\r\n\r\n", "field"),
        ("HTTP/1.1 200 OK\r\nblank : x\r\n\r\n", "field"), ("HTTP/1.1 200 OK\r\na: b\r\n folded\r\n\r\n", "field"),
        ("HTTP/1.1 200 OK\r\na: b\r\n\tfolded: x\r\n\r\n", "field"), ("HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n", "field"),
        ("HTTP/1.1 200 OK\r\na: b\rc\r\n\r\n", "field"), ("HTTP/1.1 200 OK\r\na: \u{0}\r\n\r\n", "field"),
        ("HTTP/1.1 200 OK\r\na: b\r\n\n", "field"), ("HTTP/1.1 200 OK\r\né: b\r\n\r\n", "field"),
        // Lengths.
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\nx", "framing"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n\r\nx", "framing"),
        ("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "framing"),
        ("HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\nx", "framing"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0x1\r\n\r\nx", "framing"),
        ("HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\n", "framing"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9999999999999999\r\n\r\n", "framing"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", "framing"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n", "framing"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n", "framing"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\n", "framing"),
        ("HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "framing"),
    ])
    func whatIsNoHead(text: String, fault: String) {
        #expect(Self.read(text) == [fault])
        // Cut, it is at best seen later.
        let bytes = Array(text.utf8).map { ByteBuffer(bytes: [$0]) }
        #expect(Self.read(bytes) == [fault])
    }

    @Test(arguments: [
        "zz\r\n", "\r\n", "-1\r\n", "0x2\r\nok\r\n", "2\nok\r\n", "2\r\nok0\r\n\r\n", "2\r\nokX\r\n",
        "2\r\nok\n0\r\n\r\n",
        "2,\r\nok\r\n", "2 \r\nok\r\n", "2 x\r\nok\r\n", "1000000000000000\r\n", " 2\r\nok\r\n",
        "2\r\nok\r\n0\r\nx\n\r\n",
        "0\r\nno colon\r\n\r\n", "0\r\n a: b\r\n\r\n", "0\r\na: \u{0}\r\n\r\n",
    ])
    func whatIsNoChunk(chunks: String) {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        let words = Self.read(head + chunks)
        #expect(words.first == "200")
        #expect(["chunk", "field", "tooLarge"].contains(words.last), "\(words)")
    }

    @Test func whatIsTooLarge() {
        let line = "a: " + String(repeating: "x", count: 1_000) + "\r\n"
        let start = "HTTP/1.1 200 OK\r\n"
        #expect(Self.read(start + String(repeating: line, count: 70)) == ["tooLarge"])
        #expect(Self.read(start + String(repeating: line, count: 70) + "\r\n") == ["tooLarge"])
        #expect(Self.read(start + String(repeating: line, count: 60) + "content-length: 0\r\n\r\n").first == "200")
        #expect(Self.read(start + "a: " + String(repeating: "x", count: 70_000)) == ["tooLarge"])
        #expect(Self.read(String(repeating: "x", count: 70_000)) == ["tooLarge"])
        let chunked = start + "transfer-encoding: chunked\r\n\r\n"
        #expect(Self.read(chunked + "1;" + String(repeating: "x", count: 5_000)) == ["200", "chunk"])
        #expect(Self.read(chunked + "0\r\n" + String(repeating: line, count: 70)) == ["200", "tooLarge"])
    }

    @Test func whatTheHeadSays() {
        var parser = AnswerParser()
        parser.begin()
        parser.receive(
            ByteBuffer(
                string:
                    "HTTP/1.1 429 Too Many\r\nContent-Type: application/json\r\nRetry-After: 3\r\nretry-after-ms:2500\r\n"
                    + "CONTENT-ENCODING: gzip\r\nServer: llama.cpp\r\nDate: x\r\nSet-Cookie: a=b\r\nx-content-typ: y\r\n"
                    + "Access-Control-Allow-Origin: *\r\nContent-Length: 0\r\n\r\n"
            )
        )
        let head = AnswerHead(
            status: 429,
            fields: [
                .init(name: "content-type", value: "application/json"), .init(name: "retry-after", value: "3"),
                .init(name: "retry-after-ms", value: "2500"), .init(name: "content-encoding", value: "gzip"),
            ],
            server: "llama.cpp"
        )
        #expect(throws: Never.self) {
            let event = try parser.next()
            #expect(event == .head(head))
        }
    }

    @Test func oneAnswerAfterTheOther() throws {
        var parser = AnswerParser()
        for number in 1...3 {
            parser.begin()
            parser.receive(ByteBuffer(string: "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n\(number)"))
            var events: [AnswerParser.Event] = []
            while let event = try parser.next() { events.append(event) }
            #expect(events == [.head(AnswerHead(status: 200)), .body(ByteBuffer(string: "\(number)")), .end])
            #expect(parser.state == .over)
        }
    }
}
