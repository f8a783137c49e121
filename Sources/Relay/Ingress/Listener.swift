import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization

/// Where the relay listens, and how.
package struct ListenAddress: Sendable {
    package var host: String
    /// 0 lets the kernel choose.
    package var port: Int
    /// `nil` is plain HTTP.
    package var tls: RenewableTLS?

    package init(host: String, port: Int, tls: RenewableTLS?) {
        self.host = host
        self.port = port
        self.tls = tls
    }
}

/// Accepts connections and builds what handles them: TLS, HTTP/1.1 or HTTP/2, the way in for tunnels, calls.
struct Listener: Sendable {
    let site: Site
    let connections: OpenConnections
    let desks: FrontDesks

    init(site: Site, group: MultiThreadedEventLoopGroup) async throws {
        self.site = site
        self.connections = OpenConnections()
        self.desks = try await FrontDesks(group: group)
    }

    /// Binds one address.
    func bind(_ address: ListenAddress, group: MultiThreadedEventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // NIO accepts four at a time, once in each turn of the loop; when turns are long, callers would wait for seconds.
            .serverChannelOption(.maxMessagesPerRead, value: 256)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.configure(channel, tls: address.tls?.current) }
            }
            .bind(host: address.host, port: address.port)
            .get()
    }

    private func configure(_ channel: any Channel, tls: NIOSSLContext?) throws {
        self.connections.add(channel)
        guard let tls else { return try self.configureHTTP1(channel) }
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
        // Somebody who opens a connection and says nothing does not keep it.
        let handshake = channel.eventLoop.scheduleTask(in: Self.handshakePatience) { channel.close(promise: nil) }
        _ = channel.configureHTTP2SecureUpgrade(
            h2ChannelConfigurator: { channel in
                handshake.cancel()
                return channel.eventLoop.makeCompletedFuture { try self.configureHTTP2(channel) }
            },
            http1ChannelConfigurator: { channel in
                handshake.cancel()
                return channel.eventLoop.makeCompletedFuture { try self.configureHTTP1(channel) }
            }
        )
    }

    private func configureHTTP1(_ channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = self.site.configuration.largestHeader
        limits.maxHeaderListSize = self.site.configuration.largestHeader
        let upgraders: [any HTTPServerProtocolUpgrader & Sendable] = [
            TunnelUpgrader(door: self.site.door),
            WebSocketUpgrader(
                door: self.site.door,
                responses: ResponsesUpgrader(site: self.site, desks: self.desks).make()
            ),
        ]
        try pipeline.addHandler(WriteMerger())
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (upgraders: upgraders, completionHandler: { _ in }),
            withErrorHandling: false,
            withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: limits
        )
        try pipeline.addHandler(
            CallHandler(site: self.site, desk: self.desks[channel.eventLoop], isHTTP2: false)
        )
    }

    private func configureHTTP2(_ channel: any Channel) throws {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 256),
            HTTP2Setting(parameter: .maxHeaderListSize, value: self.site.configuration.largestHeader),
            HTTP2Setting(parameter: .initialWindowSize, value: Self.streamWindow),
        ]
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = Self.streamWindow
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server,
            connectionConfiguration: connection,
            streamConfiguration: stream
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                try pipeline.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                try pipeline.addHandler(
                    CallHandler(site: self.site, desk: self.desks[stream.eventLoop], isHTTP2: true)
                )
            }
        }
    }

    /// How long a TLS handshake may take.
    private static let handshakePatience = TimeAmount.seconds(10)
    /// How much of a request's body may be on its way per HTTP/2 stream, in bytes.
    private static let streamWindow = 1_048_576
}

/// One front desk for each event loop.
struct FrontDesks: Sendable {
    private let desks: [ObjectIdentifier: NIOLoopBound<FrontDesk>]

    init(group: MultiThreadedEventLoopGroup) async throws {
        var desks: [ObjectIdentifier: NIOLoopBound<FrontDesk>] = [:]
        for (number, eventLoop) in group.makeIterator().enumerated() {
            desks[ObjectIdentifier(eventLoop)] = try await eventLoop.submit {
                NIOLoopBound(FrontDesk(eventLoop: eventLoop, number: number), eventLoop: eventLoop)
            }.get()
        }
        self.desks = desks
    }

    /// The desk of an event loop, on that event loop.
    subscript(eventLoop: any EventLoop) -> FrontDesk {
        if let desk = self.desks[ObjectIdentifier(eventLoop)] { return desk.value }
        // Only a channel of a foreign group would come here; it gets a desk of its own.
        return FrontDesk(eventLoop: eventLoop, number: .random(in: 1_024..<65_536))
    }
}

/// The callers' connections that are open now, so that a stopping relay can end the idle ones.
final class OpenConnections: Sendable {
    private let channels = Mutex<[ObjectIdentifier: any Channel]>([:])

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        self.channels.withLock { $0[id] = channel }
        channel.closeFuture.whenComplete { _ in self.channels.withLock { $0[id] = nil } }
    }

    /// Every connection hears that the relay is stopping.
    func announceStop() {
        for channel in self.all { channel.pipeline.fireUserInboundEventTriggered(RelayIsStopping()) }
    }

    /// Ends all that are left.
    func closeAll() async {
        for channel in self.all { try? await channel.close() }
    }

    private var all: [any Channel] { self.channels.withLock { Array($0.values) } }
}
