import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOTLS
import Testing

@testable import Uplink

/// The one request and its answer, wherever the answer is cut.
struct EntranceTests {
    private let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/", headers: ["host": "h"])

    /// A channel that has been asked, and what will become of it.
    private func ask(_ request: HTTPRequestHead) throws -> (EmbeddedChannel, EventLoopFuture<HTTPAnswer?>) {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let promise = channel.eventLoop.makePromise(of: HTTPAnswer?.self)
        let entrance = Entrance(promise: promise) { $0.status == .switchingProtocols || $0.status == .ok }
        try entrance.ask(request, on: channel)
        var asked = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { asked += String(buffer: bytes) }
        #expect(asked.hasPrefix("\(request.method.rawValue) "))
        return (channel, promise.futureResult)
    }

    /// Everything that reaches the handlers behind the entrance.
    private func passed(_ channel: EmbeddedChannel) throws -> [UInt8] {
        var passed: [UInt8] = []
        while let bytes = try channel.readInbound(as: ByteBuffer.self) { passed += Array(buffer: bytes) }
        return passed
    }

    private static let upgrade = Array(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: adit-tunnel-1\r\n\r\n".utf8
    )

    @Test func notAByteIsLostWhereverTheAnswerIsCut() throws {
        let behind = Array("\u{0}HTTP/1.1 200 OK\r\n\r\n behind".utf8)
        let all = Self.upgrade + behind
        for cut in 0...all.count {
            let (channel, outcome) = try self.ask(self.request)
            for part in [all[..<cut], all[cut...]] where !part.isEmpty {
                try channel.writeInbound(ByteBuffer(bytes: part))
                // The codec leaves in a turn of its own.
                channel.embeddedEventLoop.run()
            }
            #expect(try outcome.wait() == nil, "cut at \(cut)")
            #expect(try self.passed(channel) == behind, "cut at \(cut)")
            // Nothing is left that would take what the next one writes for a request.
            try channel.writeOutbound(ByteBuffer(string: "next"))
            #expect(try channel.readOutbound(as: ByteBuffer.self) == ByteBuffer(string: "next"))
            _ = try channel.finish()
        }
    }

    @Test func byteByByte() throws {
        let (channel, outcome) = try self.ask(self.request)
        for byte in Self.upgrade + [1, 2, 3] { try channel.writeInbound(ByteBuffer(bytes: [byte])) }
        channel.embeddedEventLoop.run()
        #expect(try outcome.wait() == nil)
        #expect(try self.passed(channel) == [1, 2, 3])
        _ = try channel.finish()
    }

    /// What follows a granted CONNECT is not HTTP.
    @Test func aWayThroughAProxy() throws {
        let request = HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: "h:1", headers: ["host": "h:1"])
        for answer in ["HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\n"] {
            let (channel, outcome) = try self.ask(request)
            try channel.writeInbound(ByteBuffer(string: answer))
            channel.embeddedEventLoop.run()
            #expect(try outcome.wait() == nil)
            try channel.writeInbound(ByteBuffer(bytes: [0x16, 3, 3]))
            #expect(try self.passed(channel) == [0x16, 3, 3])
            _ = try channel.finish()
        }
    }

    @Test func aRefusalWhereverItIsCut() throws {
        let body = #"{"error":{"message":"because"}}"#
        let text = "HTTP/1.1 403 No\r\nretry-after: 3\r\ncontent-length: \(body.utf8.count)\r\n\r\n" + body
        let all = Array(text.utf8)
        for cut in 1..<all.count {
            let (channel, outcome) = try self.ask(self.request)
            try channel.writeInbound(ByteBuffer(bytes: all[..<cut]))
            try channel.writeInbound(ByteBuffer(bytes: all[cut...]))
            let answer = try outcome.wait()
            #expect(answer?.status == 403 && answer?.reason == "because" && answer?.retryAfter == 3, "cut at \(cut)")
            _ = try? channel.finish()
        }
    }

    /// A goodbye, or what a handler of another kind tells, is no proof of who is there.
    @Test func onlyTheEndOfItsHandshakeSecuresAConnection() throws {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let entrance = Entrance(promise: channel.eventLoop.makePromise()) { _ in true }
        try entrance.ask(self.request, on: channel)
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.shutdownCompleted)
        #expect(!entrance.isSecured)
        channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        #expect(entrance.isSecured)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test(arguments: [
        #"{"error":"text"}"#, #"{"error":{"message":7}}"#, "{", "", "null", #"{"error":{"message":""}}"#, "<html>",
    ])
    func whatIsNoReason(body: String) {
        #expect(HTTPAnswer(status: 500, headers: [:], body: ByteBuffer(string: body)).reason == nil)
    }

    @Test func aReasonIsOneLineOfBoundedLength() {
        let long = #"{"error":{"message":"a\r\nb\u0000\#(String(repeating: "x", count: 1000))"}}"#
        let reason = HTTPAnswer(status: 500, headers: [:], body: ByteBuffer(string: long)).reason
        #expect(reason?.hasPrefix("a  b xxx") == true)
        #expect(reason?.count == 300)
    }
}

/// What the other tunnels wait for.
struct GateTests {
    @Test func itOpensForAllAndClosesAgain() async {
        let gate = Gate()
        #expect(!gate.isOpen)
        async let one = gate.opens()
        async let other = gate.opens()
        gate.enter()
        #expect(await [one, other] == [true, true])
        #expect(gate.isOpen)
        #expect(await gate.opens())
        gate.enter()
        gate.leave()
        #expect(gate.isOpen)
        gate.leave()
        #expect(!gate.isOpen)
        async let late = gate.opens()
        gate.close()
        #expect(await late == false)
        #expect(await gate.opens() == false)
    }
}
