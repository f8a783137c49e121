import Logging
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import TunnelProtocol
import TunnelTransport

/// How to get to the relay: TCP, the proxy if there is one, TLS, the upgrade.
///
/// Each step has its deadline, and its failure says which step it was. The token is sent to nobody but a relay that has proven to be
/// the one that is meant.
package struct Dialer: Sendable {
    /// How long each step may take.
    struct Patience: Sendable {
        var connect: TimeAmount = .seconds(10)
        var proxy: TimeAmount = .seconds(10)
        var tls: TimeAmount = .seconds(10)
        /// The handshake included.
        var upgrade: TimeAmount = .seconds(20)
    }

    let relay: RelayAddress
    let proxy: Proxy?
    let trust: RelayTrust
    let context: NIOSSLContext?
    let token: String
    private let session: String
    let software: String
    var carriers: Carriers
    /// After how much silence a tunnel is given up.
    private let death: TimeAmount
    /// What the relay is allowed: how many calls at once.
    var settings = QMux.Settings()
    var patience = Patience()

    package init(
        relay: RelayAddress,
        proxy: Proxy?,
        trust: RelayTrust,
        token: String,
        session: String,
        software: String,
        death: TimeAmount = Liveness.usualDeath,
        carriers: Carriers
    ) throws(RelayTrust.Fault) {
        self.relay = relay
        self.proxy = proxy
        self.trust = trust
        self.context = relay.isTLS ? try trust.context() : nil
        self.token = token
        self.session = session
        self.software = software
        self.carriers = carriers
        self.death = death
    }

    /// Opens one tunnel, in whichever carrier goes through.
    ///
    /// - Parameters:
    ///   - eventLoop: where the tunnel will live.
    ///   - generation: larger than that of every dial of the session before.
    ///   - makeDelegate: makes the tunnel's owner, on the event loop, when the relay has agreed.
    /// - Throws: ``DialFailure``, or `CancellationError` when the task is cancelled; no connection is left behind.
    func dial(
        on eventLoop: any EventLoop,
        generation: UInt64,
        logger: Logger,
        makeDelegate: @escaping @Sendable (Carrier) -> any TunnelDelegate
    ) async throws {
        var first: DialFailure?
        for carrier in self.carriers.order {
            do {
                return try await self.dial(in: carrier, on: eventLoop, generation, logger) { makeDelegate(carrier) }
            } catch let failure as DialFailure {
                // What the relay itself says counts for more than what became of the first carrier.
                if let first, !failure.isTheRelaysWord { throw first }
                guard failure.mayBeTheCarrier else { throw failure }
                logger.debug("no tunnel in this carrier: \(failure)", metadata: ["carrier": "\(carrier.rawValue)"])
                first = first ?? failure
            }
        }
        if let first { throw first }
    }

    private func dial(
        in carrier: Carrier,
        on eventLoop: any EventLoop,
        _ generation: UInt64,
        _ logger: Logger,
        _ makeDelegate: @escaping @Sendable () -> any TunnelDelegate
    ) async throws {
        let channel = try await self.connect(on: eventLoop)
        do {
            try await withTaskCancellationHandler {
                if let proxy { try await self.pass(proxy, channel) }
                try await self.enter(channel, in: carrier, generation, logger, makeDelegate)
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            channel.close(promise: nil)
            try Task.checkCancellation()
            throw error
        }
    }

    // MARK: The steps

    /// Connects to the relay or its proxy, over whichever address answers first (RFC 8305).
    func connect(on eventLoop: any EventLoop) async throws -> any Channel {
        let (host, port) = self.proxy.map { ($0.host, $0.port) } ?? (self.relay.host, self.relay.port)
        let promise = eventLoop.makePromise(of: (any Channel).self)
        let isAbandoned = Mutex(false)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(self.patience.connect)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(TunnelSocket.patienceOption, value: .init(self.death.nanoseconds / 1_000_000))
            .channelOption(TunnelSocket.unsentOption, value: TunnelSocket.unsent)
            .channelOption(.writeBufferWaterMark, value: TunnelSocket.waterMark)
        do {
            return try await withTaskCancellationHandler {
                try Task.checkCancellation()
                bootstrap.connect(host: host, port: port).whenComplete { result in
                    if isAbandoned.withLock({ $0 }) {
                        if case .success(let channel) = result { channel.close(promise: nil) }
                    } else {
                        promise.completeWith(result)
                    }
                }
                return try await promise.futureResult.get()
            } onCancel: {
                // Looking up a name cannot be broken off: what comes of it is closed when it comes.
                isAbandoned.withLock { $0 = true }
                promise.fail(CancellationError())
            }
        } catch {
            promise.fail(error)
            try Task.checkCancellation()
            let target = self.proxy.map { "the proxy \($0)" } ?? "\(self.relay)"
            throw DialFailure.connecting(error, to: target, host: host)
        }
    }

    /// Has the proxy make a way to the relay.
    func pass(_ proxy: Proxy, _ channel: any Channel) async throws {
        var request = HTTPRequestHead(version: .http1_1, method: .CONNECT, uri: "\(self.relay.hostAndPort)")
        request.headers.add(name: "host", value: request.uri)
        if let authorization = proxy.authorization {
            request.headers.add(name: "proxy-authorization", value: authorization)
        }
        if self.relay.isAddress, self.trust.pin == nil {
            // The TLS library would compare the certificate with the address of the proxy.
            throw DialFailure(
                .proxy,
                "behind a proxy a relay that is given by its address is known by its pin only. Give its name, or --pin"
            )
        }
        let refusal = try await channel.eventLoop.flatSubmit { [request] in
            let promise = channel.eventLoop.makePromise(of: HTTPAnswer?.self)
            let entrance = Entrance(promise: promise) { (200..<300).contains($0.status.code) }
            promise.attempt { try entrance.ask(request, on: channel) }
            promise.expires(after: self.patience.proxy)
            return promise.futureResult.flatMapErrorThrowing { error in
                throw DialFailure.exchange(error, .proxy, with: "the proxy \(proxy)", advice: "Check HTTPS_PROXY")
            }
        }.get()
        if let refusal { throw DialFailure.proxy(proxy, answered: refusal, for: self.relay) }
    }

    /// Speaks TLS with the relay that is meant and no other, and asks it for a tunnel.
    private func enter(
        _ channel: any Channel,
        in carrier: Carrier,
        _ generation: UInt64,
        _ logger: Logger,
        _ makeDelegate: @escaping @Sendable () -> any TunnelDelegate
    ) async throws {
        let key = carrier == .websocket ? WebSocketKey() : nil
        let refusal = try await channel.eventLoop.flatSubmit {
            let promise = channel.eventLoop.makePromise(of: HTTPAnswer?.self)
            let entrance = Entrance(promise: promise) { head in
                if let key { return key.isGranted(head) }
                return head.status == .switchingProtocols
                    && head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == TunnelUpgrade.token }
            } install: { channel in
                if key != nil { try channel.pipeline.syncOperations.addHandler(WebSocketCarrier(isClient: true)) }
                let tunnel = TunnelHandler(
                    role: .connector,
                    settings: self.settings,
                    eventLoop: channel.eventLoop,
                    death: self.death,
                    delegate: makeDelegate(),
                    logger: logger
                )
                try channel.pipeline.syncOperations.addHandler(tunnel)
            }
            var tls: NIOSSLClientHandler?
            promise.attempt {
                tls = try self.context.map { try self.trust.handler($0, relay: self.relay) }
                if let tls { try channel.pipeline.syncOperations.addHandler(tls) }
                try entrance.ask(self.request(generation: generation, key), on: channel)
            }
            promise.expires(after: self.patience.upgrade)
            if tls != nil { promise.expires(after: self.patience.tls, if: { !entrance.isSecured }) }
            return promise.futureResult.assumeIsolated().flatMapErrorThrowing { error in
                // With TLS 1.3 a relay refuses the connector's certificate after the end of the handshake.
                if let tls, !entrance.isSecured || error is BoringSSLError {
                    throw DialFailure.handshake(error, self.relay, self.trust, shown: tls.peerCertificate)
                }
                let advice = "Check that it is the address of an Adit relay" + (tls == nil ? ", and not https://" : "")
                throw DialFailure.exchange(error, .upgrade, with: "\(self.relay)", advice: advice)
            }.nonisolated()
        }.get()
        if let refusal { throw DialFailure.relay(self.relay, answered: refusal) }
    }

    /// - Parameter key: when a WebSocket is asked for.
    private func request(generation: UInt64, _ key: WebSocketKey?) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.add(name: "host", value: self.relay.authority)
        headers.add(name: "connection", value: "Upgrade")
        headers.add(name: "upgrade", value: key == nil ? TunnelUpgrade.token : TunnelUpgrade.webSocket)
        if let key {
            headers.add(name: "sec-websocket-version", value: "13")
            headers.add(name: "sec-websocket-key", value: key.text)
            headers.add(name: TunnelUpgrade.subprotocolHeader, value: TunnelUpgrade.token)
        }
        headers.add(name: "authorization", value: "Bearer \(self.token)")
        headers.add(name: TunnelUpgrade.sessionHeader, value: self.session)
        headers.add(name: TunnelUpgrade.generationHeader, value: String(generation))
        headers.add(name: TunnelUpgrade.versionHeader, value: self.software)
        return HTTPRequestHead(version: .http1_1, method: .GET, uri: TunnelUpgrade.path, headers: headers)
    }
}

/// A step of a dial took longer than it may.
struct StepTimedOut: Error {}

extension EventLoopPromise {
    /// Does something that may fail the promise.
    fileprivate func attempt(_ body: () throws -> Void) {
        do {
            try body()
        } catch {
            self.fail(error)
        }
    }

    /// Fails the promise after some time, unless it is fulfilled by then; on its event loop.
    /// - Parameter isStillDue: whether it is to fail at that time.
    fileprivate func expires(after patience: TimeAmount, if isStillDue: @escaping () -> Bool = { true }) {
        let deadline = self.futureResult.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            if isStillDue() { self.fail(StepTimedOut()) }
        }
        self.futureResult.whenComplete { _ in deadline.cancel() }
    }
}
