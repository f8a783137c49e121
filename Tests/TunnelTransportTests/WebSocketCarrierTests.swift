import NIOCore
import NIOEmbedded
import Testing

@testable import TunnelTransport

@Suite("A tunnel in the messages of a WebSocket")
struct WebSocketCarrierTests {
    @Test("a call goes there and back")
    func call() throws {
        let pair = try TunnelPair(inWebSocket: true)
        #expect(pair.relayEnd.isReady && pair.connectorEnd.isReady)
        let caller = Recorder()
        let stream = try #require(pair.relayEnd.tunnel?.openStream(caller))
        caller.stream = stream
        let question = ByteBuffer(bytes: (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        stream.send(question, isFinal: true)
        try pair.carry()
        let server = try #require(pair.connectorEnd.accepted.first)
        #expect(server.bytes == question)
        server.stream?.send(question, isFinal: true)
        try pair.carry()
        #expect(caller.bytes == question)
        #expect(caller.isClosed && server.isClosed)
    }

    @Test("the end of a tunnel is a WebSocket's end too, and its reason arrives")
    func end() throws {
        let pair = try TunnelPair(inWebSocket: true)
        pair.relayEnd.tunnel?.close(reason: "enough")
        try pair.carry()
        #expect(pair.relayEnd.closure?.description == "enough")
        #expect(pair.connectorEnd.closure?.description == "enough")
    }

    /// The relay's end alone, so that a test can play the other one frame by frame.
    private final class RelayEnd {
        let channel = EmbeddedChannel()
        let sink = Sink()

        init() throws {
            try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try self.channel.pipeline.syncOperations.addHandler(WebSocketCarrier(isClient: false))
            try self.channel.pipeline.syncOperations.addHandler(self.sink)
        }

        func receive(_ first: UInt8, _ payload: String, key: UInt32? = 0x0102_0304) throws {
            var bytes = ByteBuffer(bytes: [first, (key == nil ? 0 : 0x80) | UInt8(payload.utf8.count)])
            if let key { bytes.writeInteger(key) }
            var masked = ByteBuffer(string: payload)
            if let key {
                var mask = WebSocketMask(key: key)
                mask.apply(to: &masked)
            }
            bytes.writeBuffer(&masked)
            try self.channel.writeInbound(bytes)
        }

        var said: [[UInt8]] {
            get throws {
                var said: [[UInt8]] = []
                while let bytes = try self.channel.readOutbound(as: ByteBuffer.self) {
                    said.append(Array(bytes.readableBytesView))
                }
                return said
            }
        }
    }

    /// Keeps what comes through.
    private final class Sink: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var text = ""
        var errors: [String] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.text += String(buffer: self.unwrapInboundIn(data))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { self.errors.append("\(error)") }
    }

    @Test("pings are answered, fragments put together, pongs passed over")
    func fragments() throws {
        let end = try RelayEnd()
        try end.receive(0x02, "one ")
        try end.receive(0x89, "there?")
        try end.receive(0x8A, "unasked")
        try end.receive(0x80, "message")
        #expect(end.sink.text == "one message")
        #expect(try end.said == [[0x8A, 6] + Array("there?".utf8)])
    }

    @Test("a peer that pings and does not read costs one pong")
    func pingFlood() throws {
        let end = try RelayEnd()
        end.channel.isWritable = false
        for number in 0..<10_000 { try end.receive(0x89, "\(number)") }
        #expect(try end.said.isEmpty)
        end.channel.isWritable = true
        end.channel.pipeline.fireChannelWritabilityChanged()
        #expect(try end.said == [[0x8A, 4] + Array("9999".utf8)])
    }

    @Test("the other end's goodbye is returned, and the tunnel told")
    func goodbye() throws {
        let end = try RelayEnd()
        try end.receive(0x88, "\u{3}\u{69}x")
        #expect(try end.said.first?.first == 0x88)
        #expect(end.sink.errors.count == 1)
        #expect(!end.channel.isActive)
    }

    @Test("who breaks the protocol hears why")
    func fault() throws {
        let end = try RelayEnd()
        try end.receive(0x82, "naked", key: nil)
        #expect(try end.said == [[0x88, 2, 0x03, 0xEA]])
        #expect(end.sink.errors == ["a client must mask its frames"])
        #expect(!end.channel.isActive)
    }
}
