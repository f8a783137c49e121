package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization
import TunnelProtocol
import TunnelTransport

/// Keeps tunnels to the relay open until the program is asked to stop, then lets running calls end.
///
/// Every tunnel is one task: dial, stay, wait, dial again. The second tunnel is dialled only after the first was proven, so that a
/// wrong token or address shows once and not many times; when all are lost, the others wait for the first again.
package final class UplinkService: Service {
    struct State {
        var tunnels: [UplinkTunnelEntry] = []
        var generation: UInt64 = 0
        /// The newest tunnels that are over.
        var lost: [Loss] = []
        var lastFailure: String?
        var stateIsDue = false
        var lastState = NIODeadline.uptimeNanoseconds(0)
        /// Whether another connector of this program has taken its place.
        var isReplaced = false
        /// When its last calls are given up.
        var deadline: NIODeadline?
    }

    /// A tunnel that is over.
    struct Loss {
        var generation: UInt64
        /// When it died with calls, as long as the relay has not heard of it.
        var owedSince: NIODeadline?
    }

    private let dialer: Dialer
    private let tunnels: Int
    private let eventLoops: [any EventLoop]
    let delegate: any UplinkDelegate
    let drain: TimeAmount
    let resumes: Bool
    private let replaces: [String]
    private let now: @Sendable () -> Int
    let logger: Logger
    let state = Mutex(State())
    let proven: Gate

    /// How long the next tunnel waits after the first was proven.
    private static let stagger: TimeAmount = .seconds(1)
    /// `state` messages go out no more often than this, and no less often than ``stateInterval``.
    private static let shortestStateGap: TimeAmount = .milliseconds(100)
    private static let stateInterval: Duration = .seconds(5)

    /// - Parameters:
    ///   - tunnels: 1 to 4.
    ///   - eventLoops: where tunnels live, in turn; at least one.
    ///   - drain: how long running calls may take when it stops without being replaced, or the program does.
    ///   - resumes: whether calls may go on in another tunnel.
    ///   - replaces: sessions of processes that had this one's place before and did not end in order.
    ///   - now: the time in seconds since 1970.
    package init(
        dialer: Dialer,
        tunnels: Int,
        eventLoops: [any EventLoop],
        delegate: any UplinkDelegate,
        drain: TimeAmount,
        resumes: Bool = true,
        replaces: [String] = [],
        logger: Logger,
        now: @escaping @Sendable () -> Int
    ) {
        self.dialer = dialer
        self.tunnels = tunnels
        self.eventLoops = eventLoops
        self.delegate = delegate
        self.drain = drain
        self.resumes = resumes
        self.replaces = replaces
        self.logger = logger
        self.now = now
        self.proven = Gate()
    }

    /// The tunnels, as `status` shows them.
    package func status() -> [UplinkStatus] {
        let tunnels = self.state.withLock { $0.tunnels }
        for tunnel in tunnels { tunnel.refresh() }
        return tunnels.map(\.status)
    }

    /// Why the last dial failed, until one succeeds.
    package var lastFailure: String? { self.state.withLock { $0.lastFailure } }

    /// Waits until a tunnel is up (`true`), or the connector leaves (`false`).
    package func isWelcomed() async -> Bool { await self.proven.opens() }

    /// What is served has changed: the relay hears it, at most ten times a second.
    package func stateChanged() {
        let delay: TimeAmount? = self.state.withLock { state in
            guard !state.stateIsDue else { return nil }
            state.stateIsDue = true
            return max(.nanoseconds(0), state.lastState + Self.shortestStateGap - .now())
        }
        guard let delay, let eventLoop = self.eventLoops.first else { return }
        eventLoop.scheduleTask(in: delay) { self.sendState() }
    }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            for index in 0..<self.tunnels { group.addTask { await self.keep(index) } }
            group.addTask { await self.repeatState() }
            try? await gracefulShutdown()
            await self.leave()
            group.cancelAll()
        }
    }

    // MARK: One tunnel

    /// How a dial, or the tunnel that came of it, has ended.
    private enum End {
        /// The relay welcomed no tunnel.
        case failed(DialFailure)
        /// The relay wants another tunnel in the place of this one, which it had welcomed or not.
        case drained(wasUp: Bool)
        /// The tunnel was up, and is closed.
        case closed(reason: String)
        /// No other tunnel is to follow.
        case stopping
    }

    /// Keeps one tunnel up; returns when it, and those that it replaced, are over.
    private func keep(_ index: Int) async {
        await withDiscardingTaskGroup { replaced in
            var reconnect = Reconnect()
            var report = FailureReport()
            while !Self.isStopping, await self.mayDial(index) {
                let entry = self.makeEntry(index)
                let pause: TimeAmount
                switch await self.live(entry, &reconnect, &report) {
                case .drained(let wasUp):
                    // The old tunnel's calls go on beside the new one.
                    replaced.addTask { await self.linger(entry) }
                    pause = reconnect.pause(after: wasUp ? .drained : .unreachable)
                case .failed(let failure):
                    self.forget(entry)
                    pause = reconnect.pause(after: failure.reason)
                    self.tell(failure, index, pause, aloud: report.isNews(failure, now: .now()))
                case .closed(let reason):
                    self.forget(entry)
                    pause = reconnect.pause(after: .ended)
                    self.logger.warning(
                        "tunnel closed: \(reason)",
                        metadata: ["tunnel": "\(index)", "next-try": "\(pause.inSeconds)"]
                    )
                case .stopping:
                    self.forget(entry)
                    return
                }
                await Self.pause(pause)
            }
        }
    }

    private static var isStopping: Bool { Task.isCancelled || Task.isShuttingDownGracefully }

    private static func pause(_ time: TimeAmount) async {
        guard time > .zero else { return }
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .nanoseconds(time.nanoseconds)) }
    }

    /// Waits for this tunnel's turn: the first dials at once, the others when one is proven.
    private func mayDial(_ index: Int) async -> Bool {
        guard index > 0, !self.proven.isOpen else { return true }
        guard await self.proven.opens() else { return false }
        await Self.pause(Self.stagger * index)
        return !Self.isStopping
    }

    /// The next tunnel, known from its dial on: nothing that is told to all may miss it.
    func makeEntry(_ index: Int) -> UplinkTunnelEntry {
        let now = self.now()
        return self.state.withLock { state in
            state.generation += 1
            let entry = UplinkTunnelEntry(index: index, generation: state.generation, since: now)
            state.tunnels.append(entry)
            return entry
        }
    }

    func open(_ entry: UplinkTunnelEntry) async throws -> AsyncStream<UplinkTunnel.Event> {
        let (events, continuation) = AsyncStream.makeStream(of: UplinkTunnel.Event.self)
        try await self.dialer.dial(
            on: self.eventLoops[entry.index % self.eventLoops.count],
            generation: entry.generation,
            logger: self.logger
        ) { carrier in
            UplinkTunnel(
                index: entry.index,
                software: self.dialer.software,
                streams: self.dialer.settings.concurrentStreams,
                resumes: self.resumes,
                losses: .init(all: { self.state.withLock { $0.lost.map(\.generation) } }, told: self.settle),
                replaces: self.replaces,
                delegate: self.delegate,
                entry: entry,
                carrier: (carrier, self.dialer.carriers),
                events: continuation,
                logger: self.logger
            )
        }
        return events
    }

    /// Opens a tunnel, and stays with it until another one is to follow.
    private func live(
        _ entry: UplinkTunnelEntry,
        _ reconnect: inout Reconnect,
        _ report: inout FailureReport
    ) async -> End {
        let events: AsyncStream<UplinkTunnel.Event>
        do {
            events = try await cancelWhenGracefulShutdown { try await self.open(entry) }
        } catch {
            guard let failure = error as? DialFailure, !Self.isStopping else { return .stopping }
            return .failed(failure)
        }
        // Whoever was told to stop during the dial has told the tunnels that there were.
        if Self.isStopping { entry.leave(Self.farewell, returns: self.resumes) }
        var isUp = false
        defer { if isUp { self.proven.leave() } }
        var closure = Self.farewell
        for await event in events {
            switch event {
            case .welcomed:
                isUp = true
                self.proven.enter()
                reconnect.connected(now: .now())
                report.succeeded()
                self.state.withLock { $0.lastFailure = nil }
                self.logger.info(
                    "tunnel up",
                    metadata: ["tunnel": "\(entry.index)", "generation": "\(entry.generation)"]
                )
            case .drained:
                entry.relieve()
                self.logger.info("the relay asked for another tunnel", metadata: ["tunnel": "\(entry.index)"])
                return .drained(wasUp: isUp)
            case .closed(let reason):
                closure = reason
            }
        }
        if Self.isStopping { return .stopping }
        if isUp { return .closed(reason: closure) }
        return .failed(DialFailure(.upgrade, "the tunnel ended before the relay welcomed it: \(closure)"))
    }

    /// Stays with a replaced tunnel until its last call has ended, and ends it then.
    private func linger(_ entry: UplinkTunnelEntry) async {
        // A relay that gives its place to another one still has calls of callers who have not heard of it.
        let earliest = NIODeadline.now() + Self.shortestLinger
        while entry.isUp {
            // First the pause: calls that the relay had placed before may still be on their way.
            do { try await Task.sleep(for: Self.idleAfter) } catch { break }
            if NIODeadline.now() >= earliest, await entry.openCalls() == 0 { entry.close("the tunnel was replaced") }
        }
        self.forget(entry)
    }

    func forget(_ entry: UplinkTunnelEntry) {
        self.state.withLock { state in
            state.tunnels.removeAll { $0 === entry }
            state.lost.append(Loss(generation: entry.generation, owedSince: entry.brokeOff))
            if state.lost.count > Self.mostLost { state.lost.removeFirst() }
        }
    }

    /// The relay has heard which tunnels are over, and does not wait for what they carried any more.
    @Sendable private func settle(_ generations: [UInt64]) {
        self.state.withLock { state in
            for index in state.lost.indices where generations.contains(state.lost[index].generation) {
                state.lost[index].owedSince = nil
            }
        }
    }

    private func tell(_ failure: DialFailure, _ index: Int, _ pause: TimeAmount, aloud: Bool) {
        self.state.withLock { $0.lastFailure = failure.description }
        self.logger.log(
            level: aloud ? .warning : .debug,
            "no tunnel: \(failure)",
            metadata: [
                "tunnel": "\(index)", "step": "\(failure.step.rawValue)", "next-try": "\(pause.inSeconds)",
            ]
        )
    }

    // MARK: All tunnels

    private func repeatState() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.stateInterval)
            self.sendState()
        }
    }

    private func sendState() {
        let tunnels = self.state.withLock { state in
            state.stateIsDue = false
            state.lastState = .now()
            return state.tunnels
        }
        guard !tunnels.isEmpty else { return }
        let message = ControlMessage.state(.init(deployments: self.delegate.deployments()))
        for tunnel in tunnels where !tunnel.isLeaving { tunnel.repeat(message) }
    }

    /// How many tunnels that are over the relay is told of.
    private static let mostLost = 16
    static let farewell = "the connector is stopping"
    /// How long a tunnel stays, idle or not, that another one has replaced; longer than a relay's grace for its callers.
    private static let shortestLinger = TimeAmount.seconds(5)
    /// How long a tunnel that gets no more calls must stay although it is idle.
    static let idleAfter: Duration = .milliseconds(250)
}

extension Reconnect {
    /// The pause from now on, with the system's clock and chance.
    mutating func pause(after reason: Reason) -> TimeAmount {
        self.pause(after: reason, now: .now(), random: .random(in: 0..<1))
    }
}

extension TimeAmount {
    /// For a line of a log: `0.2 s`.
    fileprivate var inSeconds: String {
        let tenths = (self.nanoseconds + 50_000_000) / 100_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
