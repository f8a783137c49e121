import NIOCore
import NIOPosix
import NIOSSL

/// The connections to one model server, on one event loop; every member is used there.
///
/// A connection carries one call at a time. The most recently used one is taken first, so that those that are not needed grow
/// old and are closed.
final class UpstreamPool: ExchangeOpener {
    /// The most connections that wait for a call; a burst of more is closed after its answers.
    static let mostIdle = 256

    let eventLoop: any EventLoop
    private(set) var connectionCount = 0

    private let server: UpstreamServer
    private let connectTimeout: TimeAmount
    private let tls: NIOSSLContext?
    /// The server's address when the URL holds one, so that nothing is to be looked up.
    private let address: SocketAddress?
    private var policy: ReusePolicy
    /// What waits for a call, idle longest first.
    private var idle: [UpstreamConnection] = []
    private var sweep: Scheduled<Void>?
    private var isClosed = false

    init(server: UpstreamServer, configuration: UpstreamConfiguration, tls: NIOSSLContext?, eventLoop: any EventLoop) {
        self.server = server
        self.connectTimeout = configuration.connectTimeout
        self.tls = tls
        self.address = try? SocketAddress(ipAddress: server.host, port: server.port)
        self.policy = ReusePolicy(idleLimit: configuration.idleLimit)
        self.eventLoop = eventLoop
    }

    func open(for receiver: any AnswerReceiver) -> UpstreamOpening {
        self.eventLoop.assertInEventLoop()
        if let connection = self.takeIdle(now: .now()) {
            connection.carry(receiver)
            return .open(connection)
        }
        let attempt = UpstreamAttempt(receiver: receiver)
        self.connect(attempt)
        return .pending(attempt)
    }

    func closeIdle() {
        self.isClosed = true
        self.sweep?.cancel()
        self.sweep = nil
        self.closeAllIdle()
    }

    // MARK: What connections say

    /// A connection has carried its call to the end in order.
    func takeBack(_ connection: UpstreamConnection) {
        let now = NIODeadline.now()
        guard !self.isClosed, self.idle.count < Self.mostIdle, self.policy.keeps(now: now) else {
            return connection.retire()
        }
        connection.idleSince = now
        self.idle.append(connection)
        self.scheduleSweep()
    }

    /// A connection is no more.
    func forget(_ connection: UpstreamConnection) {
        self.connectionCount -= 1
        guard let index = self.idle.firstIndex(where: { $0 === connection }) else { return }
        self.idle.remove(at: index)
        self.policy.closed(idleSince: connection.idleSince, now: .now())
    }

    // MARK: Idle connections

    private func takeIdle(now: NIODeadline) -> UpstreamConnection? {
        guard let oldest = self.idle.first, let newest = self.idle.last else { return nil }
        guard self.policy.reuses(oldest: oldest.idleSince, now: now) else { return nil }
        guard now - newest.idleSince < self.policy.idleLimit else {
            self.closeAllIdle()
            return nil
        }
        self.idle.removeLast()
        return newest
    }

    private func scheduleSweep() {
        guard self.sweep == nil else { return }
        self.sweep = self.eventLoop.assumeIsolated().scheduleTask(in: self.policy.idleLimit) {
            self.sweep = nil
            self.closeExpired(now: .now())
            if !self.idle.isEmpty { self.scheduleSweep() }
        }
    }

    private func closeExpired(now: NIODeadline) {
        let limit = self.policy.idleLimit
        let expired = self.idle.prefix { now - $0.idleSince >= limit }
        self.idle.removeFirst(expired.count)
        for connection in expired { connection.retire() }
    }

    private func closeAllIdle() {
        let idle = self.idle
        self.idle = []
        for connection in idle { connection.retire() }
    }

    // MARK: New connections

    private func connect(_ attempt: UpstreamAttempt) {
        // The closures run on this event loop, and live until the attempt is over.
        let pool = NIOLoopBound(self, eventLoop: self.eventLoop)
        let bound = NIOLoopBound(attempt, eventLoop: self.eventLoop)
        let bootstrap = ClientBootstrap(group: self.eventLoop)
            .connectTimeout(self.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.socketOption(.so_rcvbuf), value: Self.receiveBuffer)
            .channelOption(.recvAllocator, value: ReadSize())
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard bound.value.begins(channel) else { throw UpstreamFault.closed }
                    try pool.value.equip(channel)
                }
            }
        let connected =
            if let address = self.address {
                bootstrap.connect(to: address)
            } else {
                bootstrap.connect(host: self.server.host, port: self.server.port)
            }
        connected.assumeIsolated().whenComplete { result in
            do {
                let channel = try result.get()
                let connection = try channel.pipeline.syncOperations.handler(type: UpstreamConnection.self)
                self.finish(attempt, with: connection)
            } catch {
                attempt.failed(error)
            }
        }
    }

    /// The most that the kernel holds of an answer that is not being read: with the tunnel full, this and one read are all that a
    /// slow caller costs. Larger than what a network at hand has under way.
    private static let receiveBuffer: ChannelOptions.Types.SocketOption.Value = 256 * 1024

    private func equip(_ channel: any Channel) throws {
        let tls = try self.tls.map { context in
            // Server names are names; an address is matched against the certificate's addresses by itself.
            try NIOSSLClientHandler(context: context, serverHostname: self.address == nil ? self.server.host : nil)
        }
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(tls) }
        try pipeline.addHandler(UpstreamConnection(pool: self, tls: tls))
        self.connectionCount += 1
    }

    /// The connection is made; with TLS its handshake is waited for, because until its end nothing has been asked.
    private func finish(_ attempt: UpstreamAttempt, with connection: UpstreamConnection) {
        guard self.tls != nil else { return attempt.succeeded(connection) }
        let deadline = self.eventLoop.assumeIsolated().scheduleTask(in: self.connectTimeout) {
            connection.giveUpHandshake()
        }
        connection.whenReady { result in
            deadline.cancel()
            switch result {
            case .success: attempt.succeeded(connection)
            case .failure(let error): attempt.failed(error)
            }
        }
    }
}
