import Logging
import NIOCore
import Synchronization
import TunnelProtocol
import TunnelTransport

/// The connector's side of one tunnel: introduces itself, tells what is served, hands calls on. On the tunnel's event loop.
final class UplinkTunnel: TunnelDelegate {
    /// What the task that keeps the tunnel hears of it.
    enum Event: Sendable {
        case welcomed
        /// The relay gives this tunnel no more calls: another one is wanted in its place.
        case drained
        case closed(reason: String)
    }

    /// Tunnels that are over.
    struct Losses: Sendable {
        var all: @Sendable () -> [UInt64]
        /// The relay has heard of these.
        var told: @Sendable ([UInt64]) -> Void
    }

    private let index: Int
    private let software: String
    private let streams: Int
    private let resumes: Bool
    private let losses: Losses
    private let replaces: [String]
    private let delegate: any UplinkDelegate
    private let entry: UplinkTunnelEntry
    /// What it travels in, and whom to tell whether that goes through.
    private let carrier: (used: Carrier, all: Carriers)
    private let events: AsyncStream<Event>.Continuation
    private let logger: Logger
    /// Who takes its calls, once it is ready.
    private var acceptor: (any StreamAcceptor)?
    private var isWelcomed = false
    /// The generations that the relay was told to be over.
    private var lost: [UInt64] = []
    private var isDrained = false
    /// Ends a tunnel that the relay does not welcome.
    private var impatience: Scheduled<Void>?

    /// How long the relay may take for its first words.
    static let patience: TimeAmount = .seconds(10)

    init(
        index: Int,
        software: String,
        streams: Int,
        resumes: Bool,
        losses: Losses,
        replaces: [String],
        delegate: any UplinkDelegate,
        entry: UplinkTunnelEntry,
        carrier: (used: Carrier, all: Carriers),
        events: AsyncStream<Event>.Continuation,
        logger: Logger
    ) {
        self.index = index
        self.software = software
        self.streams = streams
        self.resumes = resumes
        self.losses = losses
        self.replaces = replaces
        self.delegate = delegate
        self.entry = entry
        self.carrier = carrier
        self.events = events
        self.logger = logger
    }

    func tunnelReady(_ tunnel: Tunnel) {
        let farewell = self.entry.attach(tunnel)
        self.acceptor = self.delegate.acceptor(on: tunnel.eventLoop)
        self.lost = self.losses.all()
        tunnel.send(
            .hello(
                .init(
                    software: self.software,
                    capabilities: self.resumes ? [Capability.resume] : [],
                    streams: self.streams,
                    tunnel: self.index,
                    lost: self.lost,
                    replaces: self.replaces
                )
            )
        )
        if let farewell { tunnel.send(farewell) }
        self.impatience = tunnel.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) {
            tunnel.close(reason: "the relay did not welcome the tunnel in time")
        }
    }

    func tunnel(_ tunnel: Tunnel, accepted stream: TunnelStream) -> (any TunnelStreamHandler)? {
        self.acceptor?.accept(stream, isLeaving: self.entry.isLeaving(beforeTaking: stream.id))
    }

    func tunnel(_ tunnel: Tunnel, received message: ControlMessage) {
        switch message {
        case .welcome(let welcome):
            guard !self.isWelcomed else { return }
            self.isWelcomed = true
            self.carrier.all.worked(self.carrier.used)
            self.impatience?.cancel()
            self.losses.told(self.lost)
            self.entry.note(relay: welcome.relay)
            self.delegate.welcomed(welcome)
            tunnel.send(.state(.init(deployments: self.delegate.deployments())))
            self.events.yield(.welcomed)
        case .published(let published):
            self.delegate.published(published)
        case .probe:
            self.delegate.probeNow()
        case .cancel(let calls):
            self.delegate.cancel(calls)
        case .drain:
            self.drained()
        case .goodbye(let reason, _, _):
            if !self.isDrained {
                self.logger.info("the relay is leaving", metadata: ["reason": "\(Self.brief(reason))"])
            }
            self.drained()
        case .hello, .state, .unknown:
            break
        }
    }

    func tunnelClosed(_ tunnel: Tunnel, because closure: TunnelClosure) {
        self.impatience?.cancel()
        self.impatience = nil
        if !self.isWelcomed { self.carrier.all.broke(self.carrier.used) }
        self.entry.detach(isLoss: closure.isLoss, openCalls: tunnel.openCalls)
        self.events.yield(.closed(reason: Self.brief(closure.description)))
        self.events.finish()
    }

    /// The first time only: nobody listens any more when another tunnel is on its way.
    private func drained() {
        guard !self.isDrained else { return }
        self.isDrained = true
        self.events.yield(.drained)
    }

    /// As much of a peer's words as a line of a log may have.
    private static func brief(_ words: String) -> String {
        let beginning = words.unicodeScalars.prefix(200)
        return beginning.endIndex == words.unicodeScalars.endIndex ? words : "\(String(beginning))…"
    }
}

/// One tunnel as the rest of the connector sees it, from any thread.
final class UplinkTunnelEntry: Sendable {
    private struct State {
        var tunnel: NIOLoopBound<Tunnel>?
        var isOver = false
        var brokeOff: NIODeadline?
        var relay: String?
        /// What the relay was told, or is to be told first, when no more calls are wanted.
        var farewell: ControlMessage?
        var isRelieved = false
        /// The last stream that was taken, or 0: the relay's begin at 1.
        var lastStream: UInt64 = 0
        var openCalls = 0
        var roundTripMicroseconds: Int?
    }

    let index: Int
    let generation: UInt64
    let since: Int
    private let state = Mutex(State())

    init(index: Int, generation: UInt64, since: Int) {
        self.index = index
        self.generation = generation
        self.since = since
    }

    /// The tunnel can be used.
    /// - Returns: the farewell that nobody could be told yet.
    func attach(_ tunnel: Tunnel) -> ControlMessage? {
        self.state.withLock { state in
            state.tunnel = NIOLoopBound(tunnel, eventLoop: tunnel.eventLoop)
            return state.farewell
        }
    }

    func detach(isLoss: Bool, openCalls: Int) {
        self.state.withLock { state in
            state.tunnel = nil
            state.isOver = true
            if case .goodbye(_, _, returns: false) = state.farewell { return }
            if isLoss, openCalls > 0 { state.brokeOff = .now() }
        }
    }

    func note(relay: String) {
        self.state.withLock { $0.relay = relay }
    }

    /// A call's stream has come, which is taken unless new calls are refused.
    /// - Returns: whether they are.
    func isLeaving(beforeTaking stream: UInt64) -> Bool {
        self.state.withLock { state in
            if state.farewell == nil { state.lastStream = max(stream, state.lastStream) }
            return state.farewell != nil
        }
    }

    /// The relay gives it no more calls.
    func relieve() {
        self.state.withLock { $0.isRelieved = true }
    }

    /// Whether new calls are refused.
    var isLeaving: Bool { self.state.withLock { $0.farewell != nil } }

    /// Whether it was there and has ended.
    var isOver: Bool { self.state.withLock { $0.isOver } }

    /// When it died with calls that the relay may wait for.
    var brokeOff: NIODeadline? { self.state.withLock { $0.brokeOff } }

    var isUp: Bool { self.state.withLock { $0.tunnel != nil } }

    var isWelcomed: Bool { self.state.withLock { $0.relay != nil } }

    /// Says something on the control stream.
    func send(_ message: ControlMessage) {
        self.use { $0.send(message) }
    }

    /// Says something that will be said again, unless the relay has yet to take what was said before.
    func `repeat`(_ message: ControlMessage) {
        self.use { if !$0.hasUnsentControl { $0.send(message) } }
    }

    /// Tells the relay that no more calls are wanted; those under way go on.
    /// - Parameter returns: whether in another tunnel, too, when this one breaks.
    func leave(_ reason: String, returns: Bool) {
        let (farewell, tunnel) = self.state.withLock { state in
            let farewell = ControlMessage.goodbye(reason: reason, lastStream: state.lastStream, returns: returns)
            state.farewell = farewell
            return (farewell, state.tunnel)
        }
        guard let tunnel else { return }
        tunnel.eventLoop.execute { tunnel.value.send(farewell) }
    }

    func close(_ reason: String) {
        self.use { $0.close(reason: reason) }
    }

    /// Asks the tunnel for what ``status`` shows.
    func refresh() {
        self.use { tunnel in
            let calls = tunnel.openCalls
            let roundTrip = tunnel.roundTrip.map { Int($0.nanoseconds / 1_000) }
            self.state.withLock {
                $0.openCalls = calls
                $0.roundTripMicroseconds = roundTrip
            }
        }
    }

    /// Calls under way now.
    func openCalls() async -> Int {
        guard let bound = self.state.withLock({ $0.tunnel }) else { return 0 }
        return (try? await bound.eventLoop.submit { bound.value.openCalls }.get()) ?? 0
    }

    var status: UplinkStatus {
        self.state.withLock { state in
            UplinkStatus(
                index: self.index,
                generation: self.generation,
                since: self.since,
                isUp: state.tunnel != nil,
                isLeaving: state.farewell != nil || state.isRelieved,
                relay: state.relay,
                openCalls: state.openCalls,
                roundTripMicroseconds: state.roundTripMicroseconds
            )
        }
    }

    private func use(_ body: @escaping @Sendable (Tunnel) -> Void) {
        guard let bound = self.state.withLock({ $0.tunnel }) else { return }
        bound.eventLoop.execute { body(bound.value) }
    }
}

/// One tunnel, as `status` shows it.
package struct UplinkStatus: Sendable {
    package var index: Int
    package var generation: UInt64
    /// When it was opened, in seconds since 1970.
    package var since: Int
    package var isUp: Bool
    /// Whether it gets no new calls, and ends when those that it carries have ended.
    package var isLeaving: Bool
    package var relay: String?
    package var openCalls: Int
    package var roundTripMicroseconds: Int?

    /// Whether the relay gives it calls.
    package var takesCalls: Bool { self.isUp && !self.isLeaving && self.relay != nil }
}
