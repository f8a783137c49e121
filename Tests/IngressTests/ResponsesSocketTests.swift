import Dialects
import Gateway
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing
import Vocabulary

@testable import Ingress

@Suite("A WebSocket of the Responses API")
struct ResponsesSocketTests {
    /// A socket on a channel of its own, with turns that the test answers.
    private final class Fixture {
        let desk: ScriptedDesk
        let socket: ResponsesSocket
        let channel: EmbeddedChannel
        let gauge: MessageGauge

        init(_ change: (inout IngressConfiguration) -> Void = { _ in }) throws {
            var configuration = IngressConfiguration()
            change(&configuration)
            let channel = EmbeddedChannel()
            let desk = ScriptedDesk(channel.eventLoop)
            self.desk = desk
            self.gauge = MessageGauge(Capacity(configuration))
            self.socket = ResponsesSocket(
                desk: desk,
                configuration: configuration,
                gauge: self.gauge,
                now: .uptimeNanoseconds(0)
            )
            self.channel = channel
            try channel.pipeline.syncOperations.addHandler(self.socket)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        func receive(_ opcode: WebSocketOpcode, _ text: String = "", masked: Bool = true) throws {
            var bytes = ByteBuffer(string: text)
            if masked { bytes.webSocketMask([1, 2, 3, 4]) }
            let key: WebSocketMaskingKey? = masked ? [1, 2, 3, 4] : nil
            try self.channel.writeInbound(WebSocketFrame(fin: true, opcode: opcode, maskKey: key, data: bytes))
        }

        /// Receives a message on the wire, before its frame is read.
        func receiveBytes(_ count: Int) throws {
            let gauge = EmbeddedChannel(handler: self.gauge)
            try gauge.writeInbound(ByteBuffer(repeating: 0, count: count))
        }

        func create(_ lane: String? = nil) throws {
            let lane = lane.map { #","stream_id":"\#($0)""# } ?? ""
            try self.receive(.text, #"{"type":"response.create","model":"m","input":"x"\#(lane)}"#)
        }

        /// What has been sent since this was last asked: texts as they are, others in short.
        func sent() throws -> [String] {
            var sent: [String] = []
            while let frame = try self.channel.readOutbound(as: WebSocketFrame.self) {
                var data = frame.data
                switch frame.opcode {
                case .text: sent.append(String(buffer: data))
                case .connectionClose: sent.append("close \(data.readInteger(as: UInt16.self) ?? 0)")
                case .ping: sent.append("ping")
                case .pong: sent.append("pong \(String(buffer: data))")
                default: sent.append("?")
                }
            }
            return sent
        }

        func tick(_ seconds: Int64) {
            self.socket.tick(now: .uptimeNanoseconds(0) + .seconds(seconds))
        }
    }

    @Test("every event is a message, and the next turn begins behind the last one")
    func turns() throws {
        let fixture = try Fixture()
        try fixture.create()
        try fixture.create()
        #expect(fixture.desk.turns.count == 1)
        let first = try #require(fixture.desk.turns.first)
        first.responder.beginStream(.events)
        first.responder.write(ByteBuffer(string: "{\"a\":1}\n{\"b\":2}\n"))
        first.responder.write(ByteBuffer())
        first.responder.flush()
        #expect(try fixture.sent() == [#"{"a":1}"#, #"{"b":2}"#])
        first.responder.endStream()
        #expect(fixture.desk.turns.count == 2)
        let second = try #require(fixture.desk.turns.last)
        let body = ByteBuffer(string: #"{"error":{"message":"m","code":"c"}}"#)
        second.responder.respond(status: 400, pieces: [body], retryAfter: nil)
        #expect(try fixture.sent() == [#"{"type":"error","status":400,"error":{"message":"m","code":"c"}}"#])
        #expect(fixture.channel.isActive)
    }

    @Test("a turn that cannot begin says so, and the one behind it begins")
    func refusals() throws {
        let fixture = try Fixture()
        fixture.desk.refusals = [GatewayError(.invalidKey, "disabled"), nil]
        try fixture.create("a")
        try fixture.create("a")
        let sent = try fixture.sent()
        #expect(sent.count == 1 && sent[0].contains("invalid_api_key") && sent[0].contains(#""stream_id":"a""#))
        #expect(fixture.desk.turns.count == 1)
    }

    @Test("a message is held while its turn waits, and until its answer begins")
    func heldMessages() throws {
        let fixture = try Fixture()
        let length = #"{"type":"response.create","model":"m","input":"x"}"#.utf8.count
        for count in 1...3 {
            try fixture.receiveBytes(length + 6)
            try fixture.create()
            #expect(fixture.gauge.held == count * length)
        }
        let first = try #require(fixture.desk.turns.first)
        first.responder.beginStream(.events, keepsBody: true)
        #expect(fixture.gauge.held == 3 * length)
        first.responder.letGoOfBody()
        #expect(fixture.gauge.held == 2 * length)
        first.responder.endStream()
        #expect(fixture.gauge.held == 2 * length)
        fixture.desk.turns[1].responder.respond(GatewayError(.invalidKey, "disabled"))
        #expect(fixture.gauge.held == length)
        fixture.desk.turns[2].responder.beginStream(.events)
        #expect(fixture.gauge.held == 0)
        try fixture.receiveBytes(length + 6)
        try fixture.create()
        #expect(fixture.gauge.held == length)
        try fixture.receiveBytes(10)
        try fixture.receive(.text, "{}")
        #expect(fixture.gauge.held < length + 10, "what is no turn is not held")
        fixture.channel.pipeline.fireChannelInactive()
        #expect(fixture.gauge.held == 0)
    }

    @Test("what breaks the protocol closes it, and gives up what runs", arguments: [("binary", 1003), ("bare", 1002)])
    func faults(_ kind: String, _ code: Int) throws {
        let fixture = try Fixture()
        try fixture.create()
        try fixture.receive(kind == "binary" ? .binary : .text, "{}", masked: kind == "binary")
        #expect(try fixture.sent() == ["close \(code)"])
        #expect(fixture.desk.turns[0].call.hasLeft)
        // Nothing that follows counts, until the client closes too.
        try fixture.create()
        #expect(fixture.desk.turns.count == 1)
        try fixture.receive(.connectionClose)
        #expect(!fixture.channel.isActive)
    }

    @Test("a frame that is too large closes it with 1009")
    func tooLarge() throws {
        let fixture = try Fixture()
        fixture.channel.pipeline.fireErrorCaught(NIOWebSocketError.invalidFrameLength)
        #expect(try fixture.sent() == ["close 1009"])
        fixture.tick(0)
        fixture.socket.tick(now: .now() + .seconds(6))
        #expect(!fixture.channel.isActive, "a client that does not close is not waited for")
    }

    @Test("questions are answered, and asked")
    func pings() throws {
        let fixture = try Fixture()
        try fixture.receive(.ping, "there?")
        #expect(try fixture.sent() == ["pong there?"])
        fixture.tick(24)
        #expect(try fixture.sent() == [])
        fixture.tick(25)
        fixture.tick(50)
        #expect(try fixture.sent() == ["ping", "ping"])
        try fixture.receive(.pong)
        for number: Int64 in 1...8 { fixture.tick(50 + 25 * number) }
        #expect(try fixture.sent().count == 8 && fixture.channel.isActive)
        fixture.tick(275)
        #expect(!fixture.channel.isActive)
        #expect(fixture.desk.isClosed)
    }

    @Test("the client's goodbye is answered, and cancels its calls")
    func goodbye() throws {
        let fixture = try Fixture()
        try fixture.create()
        try fixture.receive(.connectionClose)
        #expect(try fixture.sent() == ["close 1000"])
        #expect(fixture.desk.turns[0].call.hasLeft && fixture.desk.isClosed && !fixture.channel.isActive)
    }

    @Test("a client that is gone has its calls cancelled")
    func gone() throws {
        let fixture = try Fixture()
        try fixture.create("a")
        try fixture.create("b")
        fixture.channel.pipeline.fireChannelInactive()
        #expect(fixture.desk.turns.map(\.call.hasLeft) == [true, true] && fixture.desk.isClosed)
    }

    @Test("its age ends it behind what runs")
    func age() throws {
        let fixture = try Fixture { $0.webSocket.ping = .hours(2) }
        try fixture.create()
        fixture.tick(3_599)
        #expect(try fixture.sent() == [])
        fixture.tick(3_600)
        try fixture.create()
        #expect(try fixture.sent().map { $0.contains("websocket_connection_limit_reached") } == [true])
        fixture.desk.turns[0].responder.endStream()
        let last = try fixture.sent()
        #expect(last.count == 2 && last[0].contains("60 minutes") && last[1] == "close 1001")
    }

    @Test("a relay that stops ends it behind what runs")
    func stopping() throws {
        let fixture = try Fixture()
        try fixture.create()
        fixture.channel.pipeline.fireUserInboundEventTriggered(RelayIsStopping())
        #expect(try fixture.sent() == [])
        fixture.desk.turns[0].responder.endStream()
        #expect(try fixture.sent() == ["close 1001"])
        let late = try Fixture()
        late.desk.isStopping = true
        late.tick(1)
        #expect(try late.sent() == ["close 1001"])
    }
}
