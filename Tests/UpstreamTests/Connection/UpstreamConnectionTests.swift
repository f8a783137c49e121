import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS
import Testing

@testable import Upstream

/// One connection whose every byte the test writes.
struct UpstreamConnectionTests {
    private final class Stand {
        let channel: EmbeddedChannel
        let pool: UpstreamPool
        let connection: UpstreamConnection
        let receiver = Receiver()

        init(tls: NIOSSLClientHandler? = nil) throws {
            self.channel = EmbeddedChannel()
            self.pool = UpstreamPool(
                server: try UpstreamServer("http://127.0.0.1:1"),
                configuration: .init(address: try UpstreamAddress("http://127.0.0.1:1")),
                tls: nil,
                eventLoop: self.channel.eventLoop
            )
            self.connection = UpstreamConnection(pool: self.pool, tls: tls)
            try self.channel.pipeline.syncOperations.addHandler(self.connection)
            try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            self.connection.carry(self.receiver)
            self.receiver.take(.open(self.connection))
        }

        func say(_ text: String) throws {
            try self.channel.writeInbound(ByteBuffer(string: text))
        }

        var written: String {
            get throws {
                var text = ""
                while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
                return text
            }
        }

        /// Whether the pool would give this connection to a next call.
        var isKept: Bool { self.channel.isActive }

        func close() {
            _ = try? self.channel.finish(acceptAlreadyClosed: true)
        }
    }

    @Test func aWholeExchange() throws {
        let stand = try Stand()
        defer { stand.close() }
        stand.receiver.ask("/v1/embeddings", "{}")
        #expect(
            try stand.written == "POST /v1/embeddings HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
        )
        try stand.say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        #expect(stand.receiver.events == ["opened", "200", "ok", "end", "."])
        #expect(stand.isKept)
        // A second call on the same connection.
        let second = Receiver()
        stand.connection.carry(second)
        second.take(.open(stand.connection))
        second.ask()
        try stand.say("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(second.events == ["opened", "204", "end", "."])
    }

    @Test func aConnectionWithTLSIsReadyWhenItsHandshakeIsOver() throws {
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let stand = try Stand(tls: NIOSSLClientHandler(context: context, serverHostname: nil))
        defer { stand.close() }
        var isReady = false
        stand.connection.whenReady { _ in isReady = true }
        stand.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        stand.channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.shutdownCompleted)
        #expect(!isReady)
        stand.channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        #expect(isReady)
    }

    @Test func bodies() throws {
        let large = String(repeating: "x", count: UpstreamConnection.copied + 1)
        for (length, expected) in [
            (UpstreamRequestHead.BodyLength.chunked, "3\r\nabc\r\n4001\r\n\(large)\r\n1\r\nd\r\n0\r\n\r\n"),
            (.known(5), "abc\(large)d"),
        ] {
            let stand = try Stand()
            defer { stand.close() }
            let opening = ByteBuffer(string: "POST / HTTP/1.1\r\n")
            stand.connection.send(
                head: UpstreamRequestHead(opening: opening, path: "/", length: length, fields: [])
            )
            #expect(try stand.written == "")
            for piece in ["abc", "", large, "d"] { stand.connection.send(body: ByteBuffer(string: piece)) }
            stand.connection.sendEnd()
            stand.connection.flush()
            #expect(try stand.written.hasSuffix("\r\n\r\n\(expected)"))
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ])
    func aServerThatSaysItCloses(answer: String) throws {
        let stand = try Stand()
        defer { stand.close() }
        stand.receiver.ask()
        try stand.say(answer)
        #expect(stand.receiver.events == ["opened", "200", "ok", "end", "."])
        #expect(!stand.isKept)
    }

    @Test(arguments: [
        "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-trailer: 1\r\n\r\n",
    ])
    func aServerThatStays(answer: String) throws {
        let stand = try Stand()
        defer { stand.close() }
        stand.receiver.ask()
        try stand.say(answer)
        #expect(stand.receiver.events == ["opened", "200", "ok", "end", "."])
        #expect(stand.isKept)
    }

    /// Without a length the end of the connection is the end of the answer.
    @Test func anAnswerThatItsConnectionEnds() throws {
        let stand = try Stand()
        stand.receiver.ask()
        try stand.say("HTTP/1.0 200 OK\r\n\r\nok")
        #expect(stand.receiver.events == ["opened", "200", "ok", "."])
        stand.channel.close(promise: nil)
        #expect(stand.receiver.events == ["opened", "200", "ok", ".", "end", "."])
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\ncontent-ty", "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
    ])
    func anAnswerThatBreaksOff(answer: String) throws {
        let stand = try Stand()
        stand.receiver.ask()
        if !answer.isEmpty { try stand.say(answer) }
        stand.channel.close(promise: nil)
        #expect(stand.receiver.events.last == "broke")
        #expect(stand.receiver.events.count { $0 == "broke" || $0 == "end" } == 1)
    }

    @Test(arguments: [
        "\u{1}\u{2}this is not HTTP\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 two OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ])
    func whatIsNoAnswer(answer: String) throws {
        let stand = try Stand()
        defer { stand.close() }
        stand.receiver.ask()
        // The embedded channel hands on what its handlers complain of.
        _ = try? stand.say(answer)
        #expect(stand.receiver.events.last == "broke", "\(stand.receiver.events)")
        #expect(!stand.isKept)
    }

    @Test func moreThanTheAnswer() throws {
        let stand = try Stand()
        defer { stand.close() }
        stand.receiver.ask()
        _ = try? stand.say(
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx"
        )
        #expect(stand.receiver.events == ["opened", "200", "ok", "end", "."])
        #expect(!stand.isKept)
    }

    @Test func somethingUnasked() throws {
        let stand = try Stand()
        defer { stand.close() }
        stand.receiver.ask()
        try stand.say("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        #expect(stand.isKept)
        _ = try? stand.say("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n")
        #expect(!stand.isKept)
        #expect(stand.receiver.events == ["opened", "200", "end", "."])
    }

    @Test func anAnswerBeforeTheRequestIsComplete() throws {
        let stand = try Stand()
        defer { stand.close() }
        let opening = ByteBuffer(string: "POST / HTTP/1.1\r\n")
        let head = UpstreamRequestHead(opening: opening, path: "/", length: .known(10), fields: [])
        stand.connection.send(head: head)
        stand.connection.flush()
        try stand.say("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n")
        #expect(stand.receiver.events == ["opened", "413", "end", "."])
        // What would follow on this connection would be read as the body's rest.
        #expect(!stand.isKept)
    }

    @Test func closingTellsNobody() throws {
        let stand = try Stand()
        stand.receiver.ask()
        try stand.say("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nsome")
        stand.connection.close()
        #expect(!stand.channel.isActive)
        #expect(stand.receiver.events == ["opened", "200", "some", "."])
        // And again does nothing.
        stand.connection.close()
        stand.connection.send(body: ByteBuffer(string: "late"))
        stand.connection.flush()
        #expect(stand.receiver.events == ["opened", "200", "some", "."])
    }

    /// The receiver may give up while it is being told something.
    @Test(arguments: ["200", "ok", "end", "."])
    func closingInsideAnEvent(event: String) throws {
        let stand = try Stand()
        stand.receiver.ask()
        stand.receiver.heard = { if $0 == event { stand.connection.close() } }
        _ = try? stand.say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        #expect(stand.receiver.events.last == event)
        #expect(!stand.isKept)
        stand.receiver.heard = { _ in }
    }

    @Test func readingStops() throws {
        let reads = ReadCounter()
        let stand = try Stand()
        defer { stand.close() }
        try stand.channel.pipeline.syncOperations.addHandler(reads, position: .first)
        stand.channel.pipeline.read()
        #expect(reads.count == 1)
        stand.connection.pauseReading()
        stand.channel.pipeline.read()
        stand.channel.pipeline.read()
        #expect(reads.count == 1)
        stand.connection.resumeReading()
        #expect(reads.count == 2)
        stand.channel.pipeline.read()
        #expect(reads.count == 3)
        // A connection that was paused when its answer ended reads on for its next call.
        stand.receiver.ask()
        stand.connection.pauseReading()
        stand.channel.pipeline.read()
        try stand.say("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        let count = reads.count
        stand.channel.pipeline.read()
        #expect(reads.count == count + 1)
    }

    @Test func nothingHoldsAConnectionThatIsClosed() throws {
        weak var connection: UpstreamConnection?
        do {
            let stand = try Stand()
            stand.receiver.ask()
            connection = stand.connection
            stand.close()
        }
        #expect(connection == nil)
    }

    private final class ReadCounter: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        var count = 0

        func read(context: ChannelHandlerContext) {
            self.count += 1
            context.read()
        }
    }
}
