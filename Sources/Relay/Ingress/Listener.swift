import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL
import Synchronization
import Vocabulary

/// Where the relay listens, and how.
package struct ListenAddress: Sendable {
    /// The setting that says so, for messages.
    package var setting: String
    package var host: String
    /// 0 lets the kernel choose.
    package var port: Int
    /// `nil` is plain HTTP.
    package var tls: RenewableTLS?
    /// Whether trusted proxies begin each connection with a header of the PROXY protocol.
    package var expectsProxyHeader: Bool

    package init(setting: String, host: String, port: Int, tls: RenewableTLS?, expectsProxyHeader: Bool = false) {
        self.setting = setting
        self.host = host
        self.port = port
        self.tls = tls
        self.expectsProxyHeader = expectsProxyHeader
    }

    /// As a URL has it.
    func place(port: Int) -> String { "\(HostAndPort(host: self.host, port: port))" }
}

/// Accepts connections and builds what handles them: TLS, HTTP/1.1 or HTTP/2, the way in for tunnels, calls.
struct Listener: Sendable {
    let site: Site
    let connections: OpenConnections
    let loops: IngressLoops

    init(site: Site, group: MultiThreadedEventLoopGroup) async throws {
        self.site = site
        self.connections = OpenConnections()
        self.loops = try await IngressLoops(group: group)
    }

    /// Binds one address.
    /// - Parameter inherited: a socket that is bound to it already, and listens; nothing is accepted from it until ``ListeningSockets/open()``.
    func bind(
        _ address: ListenAddress,
        inherited: CInt? = nil,
        group: MultiThreadedEventLoopGroup
    ) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // NIO accepts four at a time, once in each turn of the loop; when turns are long, callers would wait for seconds.
            .serverChannelOption(.maxMessagesPerRead, value: 256)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.recvAllocator, value: Self.readSizes)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.configure(channel, address) }
            }
        guard let inherited else { return try await bootstrap.bind(host: address.host, port: address.port).get() }
        return try await bootstrap.serverChannelOption(.autoRead, value: false).withBoundSocket(inherited).get()
    }

    /// A connection keeps the buffer that it read last, also while it only writes: most requests fit into the first one, and
    /// who sends more gets more.
    private static let readSizes = AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 1_024, maximum: 65_536)

    private func configure(_ channel: any Channel, _ address: ListenAddress) throws {
        let configuration = self.site.configuration
        let origin = Origin(
            peer: channel.remoteAddress.flatMap { NetworkAddress($0) },
            isTLS: address.tls != nil,
            trusted: configuration.trustedProxies
        )
        let expectsHeader = address.expectsProxyHeader && origin.isTrusted
        // A trusted proxy brings everybody: what it brings counts only when it says for whom.
        let capacity = self.site.capacity
        origin.counted = origin.isTrusted ? nil : origin.peer
        switch capacity.enter(origin.counted, logger: self.site.logger) {
        case .welcome: break
        case .shed: origin.isShed = true
        case .full, .tooMany, .tooFast: return channel.close(promise: nil)
        }
        let bound = NIOLoopBound(origin, eventLoop: channel.eventLoop)
        channel.closeFuture.whenComplete { _ in capacity.leave(bound.value.counted) }
        self.connections.add(channel)
        var greeting: Scheduled<Void>?
        if expectsHeader || address.tls != nil {
            // Somebody who opens a connection and says nothing does not keep it.
            greeting = channel.eventLoop.scheduleTask(in: Self.handshakePatience) { channel.close(promise: nil) }
        }
        if expectsHeader {
            let isPlain = address.tls == nil
            let header = ProxyHeaderHandler(origin: origin, logger: self.site.logger) {
                if isPlain { greeting?.cancel() }
                guard !origin.isTrusted, let peer = origin.peer else { return }
                guard capacity.enter(from: peer, logger: self.site.logger) == .welcome else {
                    return channel.close(promise: nil)
                }
                origin.counted = peer
            }
            try channel.pipeline.syncOperations.addHandler(header)
        }
        guard let tls = address.tls?.current else { return try self.configureHTTP1(channel, origin) }
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls))
        _ = channel.configureHTTP2SecureUpgrade(
            h2ChannelConfigurator: { [greeting] channel in
                greeting?.cancel()
                return channel.eventLoop.makeCompletedFuture { try self.configureHTTP2(channel, bound.value) }
            },
            http1ChannelConfigurator: { [greeting] channel in
                greeting?.cancel()
                return channel.eventLoop.makeCompletedFuture { try self.configureHTTP1(channel, bound.value) }
            }
        )
    }

    private func configureHTTP1(_ channel: any Channel, _ origin: Origin) throws {
        let bound = NIOLoopBound(origin, eventLoop: channel.eventLoop)
        let pipeline = channel.pipeline.syncOperations
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = self.site.configuration.largestHeader
        limits.maxHeaderListSize = self.site.configuration.largestHeader
        let upgraders: [any HTTPServerProtocolUpgrader & Sendable] = [
            TunnelUpgrader(tunnels: self.site.tunnels, origin: bound),
            WebSocketUpgrader(
                admission: self.site.tunnels,
                origin: bound,
                responses: ResponsesUpgrader(site: self.site, loops: self.loops, origin: bound).make()
            ),
        ]
        let loop = self.loops[channel.eventLoop]
        let merger = WriteMerger(loop: loop, isPlain: !origin.isTLS)
        try pipeline.addHandler(merger)
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (upgraders: upgraders, completionHandler: { _ in }),
            withErrorHandling: false,
            withOutboundHeaderValidation: false,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: limits
        )
        try pipeline.addHandler(
            CallHandler(
                site: self.site,
                loop: loop,
                origin: origin,
                merger: merger,
                upgraders: upgraders
            )
        )
    }

    private func configureHTTP2(_ channel: any Channel, _ origin: Origin) throws {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 256),
            HTTP2Setting(parameter: .maxHeaderListSize, value: self.site.configuration.largestHeader),
            HTTP2Setting(parameter: .initialWindowSize, value: Self.streamWindow),
        ]
        connection.maximumSequentialEmptyDataFrames = Self.emptyFrames
        connection.maximumSequentialContinuationFrames = Self.continuations
        connection.maximumBufferedControlFrames = Self.unsentControlFrames
        connection.maximumConnectionGlitches = Self.glitches
        connection.controlFrameRateLimit.maximumCount = Self.controlFrames
        connection.controlFrameRateLimit.windowLength = Self.guardWindow
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = Self.streamWindow
        stream.streamResetFrameRateLimit.maximumCount = Self.resets
        stream.streamResetFrameRateLimit.windowLength = Self.guardWindow
        stream.streamErrorRateLimit.maximumCount = Self.resets
        stream.streamErrorRateLimit.windowLength = Self.guardWindow
        let goAway = GoAwayWatch()
        let watch = HTTP2Watch(
            lane: self.loops[channel.eventLoop].lane,
            goAway: goAway,
            idle: self.site.configuration.idleConnection
        )
        let bound = NIOLoopBound(origin, eventLoop: channel.eventLoop)
        let handler = NIOHTTP2Handler(
            mode: .server,
            eventLoop: channel.eventLoop,
            connectionConfiguration: connection,
            streamConfiguration: stream,
            streamDelegate: HTTP2Watch.Streams(watch: NIOLoopBound(watch, eventLoop: channel.eventLoop))
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                try pipeline.addHandler(HTTP2StreamCodec())
                try pipeline.addHandler(
                    CallHandler(
                        site: self.site,
                        loop: self.loops[stream.eventLoop],
                        origin: bound.value
                    )
                )
            }
        }
        try channel.pipeline.syncOperations.addHandlers(goAway, handler, watch)
    }

    // What an HTTP/2 connection may do within the guards' window; beyond it the connection is closed with ENHANCE_YOUR_CALM.

    private static let guardWindow = TimeAmount.seconds(30)
    /// PING, SETTINGS and PRIORITY. Some clients measure the way with a ping for every round of data.
    private static let controlFrames = 3_000
    /// Streams that the client resets, or breaks: a busy application behind one connection gives up a call now and then, an attacker
    /// thousands a second (CVE-2023-44487).
    private static let resets = 1_000
    /// Of all the connection's life.
    private static let glitches = 1_000
    /// CONTINUATION frames of one header; four hold the largest header that is usual, at 16 KiB each (CVE-2024-27316).
    private static let continuations = 8
    /// DATA frames in a row without a byte and without an end.
    private static let emptyFrames = 4
    /// Answers to PING and SETTINGS that the client does not read.
    private static let unsentControlFrames = 1_000

    /// How long a TLS handshake may take.
    private static let handshakePatience = TimeAmount.seconds(10)
    /// How much of a request's body may be on its way per HTTP/2 stream, in bytes.
    private static let streamWindow = 1_048_576
}

/// One for each event loop.
struct IngressLoops: Sendable {
    private let loops: [ObjectIdentifier: NIOLoopBound<IngressLoop>]

    init(group: MultiThreadedEventLoopGroup) async throws {
        var loops: [ObjectIdentifier: NIOLoopBound<IngressLoop>] = [:]
        for (number, eventLoop) in group.makeIterator().enumerated() {
            loops[ObjectIdentifier(eventLoop)] = try await eventLoop.submit {
                NIOLoopBound(IngressLoop(eventLoop: eventLoop, number: number), eventLoop: eventLoop)
            }.get()
        }
        self.loops = loops
    }

    /// That of an event loop, on that event loop.
    subscript(eventLoop: any EventLoop) -> IngressLoop {
        guard let loop = self.loops[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("a connection is on an event loop of another group than its listener's")
        }
        return loop.value
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

    /// Every connection hears that another relay takes new ones.
    func announceLeaving() {
        for channel in self.all { channel.pipeline.fireUserInboundEventTriggered(RelayIsLeaving()) }
    }

    /// Every connection hears that the relay is stopping.
    func announceStop() {
        for channel in self.all { channel.pipeline.fireUserInboundEventTriggered(RelayIsStopping()) }
    }

    /// Whether a caller has yet to take something of what was answered.
    func haveUnsent() async -> Bool {
        for channel in self.all {
            let isUnsent = try? await channel.eventLoop.submit {
                let unsent = try channel.syncOptions?.getOption(.bufferedWritableBytes) ?? 0
                return try unsent > 0 || channel.pipeline.syncOperations.handler(type: HTTP2Watch.self).hasUntaken
            }.get()
            // Gone by now, or no HTTP/2.
            if isUnsent == true { return true }
        }
        return false
    }

    /// Ends all that are left.
    func closeAll() async {
        for channel in self.all { try? await channel.close() }
    }

    private var all: [any Channel] { self.channels.withLock { Array($0.values) } }
}
