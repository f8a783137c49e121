import Logging
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOPosix
import NIOSSL
import TunnelProtocol
import TunnelTransport

/// How to get to the relay.
package struct Dialer: Sendable {
    var relay: RelayAddress
    var proxy: Proxy?
    var trust: RelayTrust
    var context: NIOSSLContext?
    var token: String
    var session: String
    var software: String
    /// What the relay is allowed: how many calls at once.
    var settings = QMux.Settings()

    /// How long the whole way may take, from the first packet to the relay's answer.
    static let patience: TimeAmount = .seconds(20)
    static let connectPatience: TimeAmount = .seconds(10)

    package init(
        relay: RelayAddress,
        proxy: Proxy?,
        trust: RelayTrust,
        token: String,
        session: String,
        software: String
    ) throws(RelayTrust.Fault) {
        self.relay = relay
        self.proxy = proxy
        self.trust = trust
        self.context = relay.isTLS ? try trust.context() : nil
        self.token = token
        self.session = session
        self.software = software
    }

    /// Opens one tunnel.
    ///
    /// - Parameters:
    ///   - eventLoop: where the tunnel will live.
    ///   - generation: larger than that of every dial of the session before.
    ///   - makeDelegate: makes the tunnel's owner, on the event loop, when the relay has agreed.
    /// - Throws: ``DialFailure``.
    func dial(
        on eventLoop: any EventLoop,
        generation: UInt64,
        logger: Logger,
        makeDelegate: @escaping @Sendable () -> any TunnelDelegate
    ) async throws {
        let place = self.proxy.map { ($0.host, $0.port) } ?? (self.relay.host, self.relay.port)
        let opened = eventLoop.makePromise(of: Void.self)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(Self.connectPatience)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(Self.userTimeout, value: 15_000)
            .channelOption(.writeBufferWaterMark, value: .init(low: 128 * 1_024, high: 256 * 1_024))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let proxy = self.proxy {
                        try self.enter(proxy, channel, opened, generation, logger, makeDelegate)
                    } else {
                        try self.enterRelay(channel, opened, generation, logger, makeDelegate)
                    }
                }
            }
        do {
            let channel = try await bootstrap.connect(host: place.0, port: place.1).get()
            let deadline = eventLoop.scheduleTask(in: Self.patience) {
                opened.fail(DialFailure(.unreachable, "the relay did not answer in time"))
                channel.close(promise: nil)
            }
            defer { deadline.cancel() }
            try await opened.futureResult.get()
        } catch {
            opened.fail(error)
            throw DialFailure.broke(error, relay: self.relay)
        }
    }

    /// Linux' TCP_USER_TIMEOUT (tcp(7)), in milliseconds: data that nobody acknowledges for so long means that the way is gone.
    private static var userTimeout: ChannelOptions.Types.SocketOption {
        ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))
    }

    private func enter(
        _ proxy: Proxy,
        _ channel: any Channel,
        _ opened: EventLoopPromise<Void>,
        _ generation: UInt64,
        _ logger: Logger,
        _ makeDelegate: @escaping @Sendable () -> any TunnelDelegate
    ) throws {
        var headers = HTTPHeaders()
        if let authorization = proxy.authorization { headers.add(name: "proxy-authorization", value: authorization) }
        let connected = channel.eventLoop.makePromise(of: Void.self)
        let encoder = HTTPRequestEncoder()
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes))
        let connect = NIOHTTP1ProxyConnectHandler(
            targetHost: self.relay.host,
            targetPort: self.relay.port,
            headers: headers,
            deadline: .now() + Self.connectPatience,
            promise: connected
        )
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([encoder, decoder, connect])
        connected.futureResult.assumeIsolated().whenComplete { result in
            switch result {
            case .failure(let error):
                opened.fail(
                    DialFailure(
                        .unreachable,
                        "the proxy \(proxy.host):\(proxy.port) opens no way to \(self.relay): \(error). Check HTTPS_PROXY"
                    )
                )
                channel.close(promise: nil)
            case .success:
                pipeline.removeHandler(encoder, promise: nil)
                pipeline.removeHandler(connect, promise: nil)
                pipeline.removeHandler(decoder, promise: nil)
                do {
                    try self.enterRelay(channel, opened, generation, logger, makeDelegate)
                } catch {
                    opened.fail(error)
                    channel.close(promise: nil)
                }
            }
        }
    }

    private func enterRelay(
        _ channel: any Channel,
        _ opened: EventLoopPromise<Void>,
        _ generation: UInt64,
        _ logger: Logger,
        _ makeDelegate: @escaping @Sendable () -> any TunnelDelegate
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        if let context { try pipeline.addHandler(try self.trust.handler(context, relay: self.relay)) }
        let encoder = HTTPRequestEncoder()
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
        let entrance = Entrance(
            request: self.request(generation: generation),
            encoder: encoder,
            decoder: decoder,
            promise: opened
        ) {
            TunnelHandler(
                role: .connector,
                settings: self.settings,
                eventLoop: channel.eventLoop,
                delegate: makeDelegate(),
                logger: logger
            )
        }
        try pipeline.addHandlers([encoder, decoder, entrance])
    }

    private func request(generation: UInt64) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.add(name: "host", value: self.relay.authority)
        headers.add(name: "connection", value: "Upgrade")
        headers.add(name: "upgrade", value: TunnelUpgrade.token)
        headers.add(name: "authorization", value: "Bearer \(self.token)")
        headers.add(name: TunnelUpgrade.sessionHeader, value: self.session)
        headers.add(name: TunnelUpgrade.generationHeader, value: String(generation))
        headers.add(name: TunnelUpgrade.versionHeader, value: self.software)
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: TunnelUpgrade.path, headers: headers)
    }
}
