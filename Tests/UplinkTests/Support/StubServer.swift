import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing
import TunnelProtocol
import TunnelTransport

@testable import Uplink

/// A server on loopback that says what a test tells it to: in place of a relay, or of a proxy.
final class StubServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let peers: Observed<[StubPeer]>
    private let taken = Observed(0)

    private init(channel: any Channel, peers: Observed<[StubPeer]>) {
        self.channel = channel
        self.port = channel.localAddress?.port ?? 0
        self.peers = peers
    }

    /// - Parameter tls: what TLS is spoken with from the first byte; `nil` for none.
    static func start(tls: NIOSSLContext? = nil) async throws -> StubServer {
        let peers = Observed<[StubPeer]>([])
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let peer = StubPeer(channel: channel)
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(PeerHandler(peer))
                    peers.update { $0.append(peer) }
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return StubServer(channel: channel, peers: peers)
    }

    /// The next connection.
    func next() async throws -> StubPeer {
        let index = self.taken.value
        self.taken.update { $0 += 1 }
        return try await self.peers.waits(for: "connection \(index)") { $0.count > index }[index]
    }

    /// Connections that were made so far.
    var connections: Int { self.peers.value.count }

    func stop() async {
        try? await self.channel.close()
        for peer in self.peers.value { peer.close() }
    }
}

/// One connection to a ``StubServer``.
final class StubPeer: Sendable {
    struct Sight: Sendable {
        var text = ""
        var isClosed = false
    }

    let channel: any Channel
    let sight = Observed(Sight())

    init(channel: any Channel) {
        self.channel = channel
    }

    /// The whole head of a request that has come.
    func request() async throws -> String {
        let sight = try await self.sight.waits(for: "a request") { $0.text.contains("\r\n\r\n") || $0.isClosed }
        self.sight.update { $0.text = "" }
        return sight.text
    }

    func send(_ text: String) {
        self.channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    }

    /// Answers with a reason as a relay gives it.
    func refuse(_ status: String, _ message: String, headers: [String] = []) {
        let body = #"{"error":{"message":"\#(message)","type":"invalid_request_error"}}"#
        let lines = [
            "HTTP/1.1 \(status)", "content-type: application/json", "content-length: \(body.utf8.count)",
            "request-id: req_0123456789abcdef01234567",
        ]
        self.send((lines + headers).joined(separator: "\r\n") + "\r\n\r\n" + body)
    }

    /// Speaks TLS from now on.
    func startTLS(_ context: NIOSSLContext) async throws {
        let channel = self.channel
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context), position: .first)
        }.get()
    }

    static let switching = """
        HTTP/1.1 101 Switching Protocols\r
        connection: upgrade\r
        upgrade: adit-tunnel-1\r
        \r

        """

    /// Lets the connector in: from now on this is the relay's end of a tunnel.
    /// - Parameter webSocketKey: the key of the question, when it was one for a WebSocket.
    func welcome(_ relay: FakeRelay, webSocketKey: Substring? = nil) async throws {
        let channel = self.channel
        let answer = try webSocketKey.map { key in
            let bytes = try #require(Data(base64Encoded: String(key)))
            let accept = WebSocketKey(bytes: Array(bytes)).accept
            return "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
                + "sec-websocket-accept: \(accept)\r\nsec-websocket-protocol: adit-tunnel-1\r\n\r\n"
        }
        // In one turn, so that the connector's first bytes find the tunnel's handler.
        try await channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            pipeline.removeHandler(context: try pipeline.context(handlerType: PeerHandler.self), promise: nil)
            channel.writeAndFlush(ByteBuffer(string: answer ?? Self.switching), promise: nil)
            if answer != nil { try pipeline.addHandler(WebSocketCarrier(isClient: false)) }
            try pipeline.addHandler(relay.makeHandler(on: channel.eventLoop))
        }.get()
    }

    func closed() async throws {
        try await self.sight.waits(for: "the end of the connection") { $0.isClosed }
    }

    func close() {
        self.channel.close(promise: nil)
    }
}

final class PeerHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let peer: StubPeer

    init(_ peer: StubPeer) {
        self.peer = peer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let text = String(buffer: self.unwrapInboundIn(data))
        self.peer.sight.update { $0.text += text }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.peer.sight.update { $0.isClosed = true }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
