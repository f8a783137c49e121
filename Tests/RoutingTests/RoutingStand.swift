import Logging
import NIOCore
import NIOEmbedded
import Routing
import TunnelProtocol
import TunnelTransport
import Vocabulary

/// A relay's registry with connectors on it, without a socket: bytes are carried over by hand.
final class RoutingStand {
    let registry: Registry
    /// The event loop of every connector that is given none of its own.
    let loop = EmbeddedEventLoop()
    /// What the relay's clock shows, in seconds since 1970.
    var now = 1_000
    private(set) var connectors: [FakeConnector] = []

    init(registry: Registry = Registry(relay: "relay-1")) {
        self.registry = registry
    }

    /// A connector dials and is let in; it has said nothing yet.
    func dial(
        session: String = "s",
        generation: UInt64 = 1,
        scope: [String] = ["*"],
        token: String = "t",
        on loop: EmbeddedEventLoop? = nil
    ) throws -> FakeConnector {
        self.registry.note(session: session, generation: generation)
        let now = self.now
        let link = ConnectorLink(
            registry: self.registry,
            ticket: TunnelTicket(
                token: token,
                scope: scope.compactMap { DeploymentPattern($0) },
                session: session,
                generation: generation,
                software: "test/1",
                remoteAddress: "127.0.0.1"
            ),
            logger: FakeConnector.silent,
            now: { now }
        )
        let connector = try FakeConnector(link: link, loop: loop ?? self.loop)
        self.connectors.append(connector)
        return connector
    }

    /// A connector dials, says hello and, when it serves something, what.
    func connect(
        session: String = "s",
        generation: UInt64 = 1,
        tunnel index: Int = 0,
        scope: [String] = ["*"],
        token: String = "t",
        on loop: EmbeddedEventLoop? = nil,
        serving names: String...
    ) throws -> FakeConnector {
        let connector = try self.dial(session: session, generation: generation, scope: scope, token: token, on: loop)
        try connector.greet(tunnel: index)
        if !names.isEmpty { try connector.serve(names) }
        try self.carry()
        return connector
    }

    /// Lets every event loop come to rest.
    func carry() throws {
        for connector in self.connectors { try connector.carry() }
    }

    /// Time passes on the event loop of those that were given none of their own.
    func pass(seconds: Int64) throws {
        self.loop.advanceTime(by: .seconds(seconds))
        try self.carry()
    }

    /// Places a call.
    func place(_ name: String, near loop: EmbeddedEventLoop? = nil, tried: [Int] = []) -> Placed {
        guard let name = DeploymentName(name) else { return .offline("not a name") }
        switch self.registry.place(name, near: loop ?? self.loop, tried: tried) {
        case .route(let route): return .route(route)
        case .busy: return .busy
        case .offline(let outage): return .offline(outage.reason)
        }
    }

    /// The number of the newest tunnel.
    var newest: Int { self.registry.tunnels().last?.number ?? 0 }

    /// What the registry answered, in a form that tests can ask.
    enum Placed {
        case route(Route)
        case busy
        case offline(String)

        var route: Route? {
            if case .route(let route) = self { route } else { nil }
        }

        /// The number of the chosen tunnel.
        var tunnel: Int? { self.route?.tunnel.number }
        var model: String? { self.route?.model }

        /// Why there is none.
        var reason: String? {
            if case .offline(let reason) = self { reason } else { nil }
        }
    }
}

/// The far end of one tunnel: says what a test tells it to, remembers what it hears.
final class FakeConnector: TunnelDelegate {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private let loop: EmbeddedEventLoop
    private let relayEnd: EmbeddedChannel
    private let ownEnd: EmbeddedChannel
    private(set) var tunnel: Tunnel?
    private(set) var messages: [ControlMessage] = []
    private(set) var closure: TunnelClosure?

    init(link: ConnectorLink, loop: EmbeddedEventLoop) throws {
        self.loop = loop
        self.relayEnd = EmbeddedChannel(loop: loop)
        self.ownEnd = EmbeddedChannel(loop: loop)
        for channel in [self.relayEnd, self.ownEnd] {
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }
        let settings = QMux.Settings()
        let far = TunnelHandler(role: .relay, settings: settings, eventLoop: loop, delegate: link, logger: Self.silent)
        link.awaitHello(on: far.tunnel)
        try self.relayEnd.pipeline.syncOperations.addHandler(far)
        let own = TunnelHandler(
            role: .connector,
            settings: settings,
            eventLoop: loop,
            delegate: self,
            logger: Self.silent
        )
        try self.ownEnd.pipeline.syncOperations.addHandler(own)
        self.tunnel = own.tunnel
        try self.carry()
    }

    deinit {
        _ = try? self.relayEnd.finish(acceptAlreadyClosed: true)
        _ = try? self.ownEnd.finish(acceptAlreadyClosed: true)
    }

    func say(_ message: ControlMessage) throws {
        self.tunnel?.send(message)
        try self.carry()
    }

    func greet(tunnel index: Int = 0) throws {
        try self.say(.hello(.init(software: "test/1", streams: 16, tunnel: index)))
    }

    func serve(_ names: [String], healthy: Bool = true, reason: String? = nil) throws {
        try self.serve(
            names.map { .init(name: $0, model: "own-\($0)", upstream: "demo", healthy: healthy, reason: reason) }
        )
    }

    func serve(_ deployments: [ControlMessage.DeploymentState]) throws {
        try self.say(.state(.init(deployments: deployments)))
    }

    /// The connection breaks.
    func vanish() throws {
        if self.relayEnd.isActive { try self.relayEnd.close().wait() }
        self.loop.run()
    }

    /// Carries bytes both ways until there are none left.
    func carry() throws {
        var moved = true
        while moved {
            moved = false
            self.loop.run()
            for (from, to) in [(self.relayEnd, self.ownEnd), (self.ownEnd, self.relayEnd)] {
                while let bytes = try from.readOutbound(as: ByteBuffer.self) {
                    moved = true
                    if to.isActive { try to.writeInbound(bytes) }
                }
            }
        }
    }

    /// What it was told about its names, the last first.
    var published: ControlMessage.Published? {
        for case .published(let published) in self.messages.reversed() { return published }
        return nil
    }

    var drains: Int { self.messages.count { $0 == .drain(lastStream: nil) } }

    func tunnelReady(_ tunnel: Tunnel) {}
    func tunnel(_ tunnel: Tunnel, accepted stream: TunnelStream) -> (any TunnelStreamHandler)? { nil }
    func tunnel(_ tunnel: Tunnel, received message: ControlMessage) { self.messages.append(message) }

    func tunnelClosed(_ tunnel: Tunnel, because closure: TunnelClosure) {
        self.closure = closure
        self.tunnel = nil
    }
}
