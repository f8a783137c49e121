package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization
import TunnelProtocol
import TunnelTransport

/// Keeps tunnels to the relay open until the program is asked to stop, then lets running calls end.
///
/// Every tunnel is one task: dial, stay, wait, dial again. The second tunnel is dialled only after the first was proven, so that a
/// wrong token or address shows once and not many times.
package final class UplinkService: Service {
    private struct State {
        var tunnels: [UplinkTunnelEntry] = []
        var generation: UInt64 = 0
        var lastFailure: String?
        var stateIsDue = false
        var lastState = NIODeadline.uptimeNanoseconds(0)
    }

    private let dialer: Dialer
    private let tunnels: Int
    private let eventLoops: [any EventLoop]
    private let delegate: any UplinkDelegate
    private let drain: TimeAmount
    private let now: @Sendable () -> Int
    private let logger: Logger
    private let state = Mutex(State())
    private let proven: Gate

    /// How long the next tunnel waits after the first was proven.
    private static let stagger: Duration = .seconds(1)
    /// `state` messages go out no more often than this, and no less often than ``stateInterval``.
    private static let shortestStateGap: TimeAmount = .milliseconds(100)
    private static let stateInterval: Duration = .seconds(5)

    /// - Parameters:
    ///   - tunnels: 1 to 4.
    ///   - eventLoops: where tunnels live, in turn; at least one.
    ///   - drain: how long running calls may take when the program stops.
    ///   - now: the time in seconds since 1970.
    package init(
        dialer: Dialer,
        tunnels: Int,
        eventLoops: [any EventLoop],
        delegate: any UplinkDelegate,
        drain: TimeAmount,
        logger: Logger,
        now: @escaping @Sendable () -> Int
    ) {
        self.dialer = dialer
        self.tunnels = tunnels
        self.eventLoops = eventLoops
        self.delegate = delegate
        self.drain = drain
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

    private func keep(_ index: Int) async {
        if index > 0 {
            guard await self.proven.isOpen() else { return }
            try? await Task.sleep(for: Self.stagger * index)
        }
        var reconnect = Reconnect()
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            let (reason, isReplaced) = await self.dialAndStay(index, &reconnect)
            if isReplaced { continue }
            let pause = reconnect.pause(after: reason, now: .now(), random: Double.random(in: 0..<1))
            try? await Task.sleep(for: .nanoseconds(pause.nanoseconds))
        }
    }

    /// Opens a tunnel and stays with it until it ends or is to be replaced.
    private func dialAndStay(_ index: Int, _ reconnect: inout Reconnect) async -> (Reconnect.Reason, isReplaced: Bool) {
        let generation = self.state.withLock { state in
            state.generation += 1
            return state.generation
        }
        let entry = UplinkTunnelEntry(index: index, generation: generation, since: self.now())
        let (events, continuation) = AsyncStream.makeStream(of: UplinkTunnel.Event.self)
        do {
            let (software, streams) = (self.dialer.software, self.dialer.settings.concurrentStreams)
            try await self.dialer.dial(
                on: self.eventLoops[index % self.eventLoops.count],
                generation: generation,
                logger: self.logger
            ) {
                UplinkTunnel(
                    index: index,
                    software: software,
                    streams: streams,
                    delegate: self.delegate,
                    entry: entry,
                    events: continuation,
                    logger: self.logger
                )
            }
        } catch {
            let failure = DialFailure.broke(error, relay: self.dialer.relay)
            self.state.withLock { $0.lastFailure = failure.description }
            self.logger.warning("no tunnel: \(failure)", metadata: ["tunnel": "\(index)"])
            return (failure.reason, false)
        }
        self.state.withLock { $0.tunnels.append(entry) }
        for await event in events {
            switch event {
            case .welcomed:
                reconnect.connected(now: .now())
                self.state.withLock { $0.lastFailure = nil }
                self.proven.open()
                self.logger.info("tunnel up", metadata: ["tunnel": "\(index)", "generation": "\(generation)"])
            case .drained:
                // The relay keeps the old tunnel until its calls have ended, and closes it then.
                self.logger.info("the relay asked for another tunnel", metadata: ["tunnel": "\(index)"])
                self.linger(entry)
                return (.ended, isReplaced: self.replacementMakesSense)
            case .closed(let reason):
                self.forget(entry)
                if !Task.isShuttingDownGracefully {
                    self.logger.warning("tunnel closed: \(reason)", metadata: ["tunnel": "\(index)"])
                }
                return (.ended, false)
            }
        }
        self.forget(entry)
        return (.ended, false)
    }

    /// A replaced tunnel ends by itself when its last call has ended.
    private func linger(_ entry: UplinkTunnelEntry) {
        guard let eventLoop = self.eventLoops.first else { return }
        eventLoop.scheduleRepeatedAsyncTask(initialDelay: .seconds(1), delay: .seconds(1)) { task in
            let done = eventLoop.makePromise(of: Void.self)
            done.completeWithTask {
                guard entry.isUp, await entry.openCalls() > 0 else {
                    entry.close("replaced")
                    self.forget(entry)
                    return task.cancel()
                }
            }
            return done.futureResult
        }
    }

    private var replacementMakesSense: Bool { !Task.isShuttingDownGracefully }

    private func forget(_ entry: UplinkTunnelEntry) {
        self.state.withLock { state in state.tunnels.removeAll { $0 === entry } }
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
        for tunnel in tunnels where !tunnel.isLeaving { tunnel.send(message) }
    }

    /// Says goodbye, waits for running calls, then closes.
    private func leave() async {
        self.proven.close()
        let deadline = NIODeadline.now() + self.drain
        for tunnel in self.state.withLock({ $0.tunnels }) { tunnel.leave("the connector is stopping") }
        while NIODeadline.now() < deadline, !Task.isCancelled {
            var calls = 0
            for tunnel in self.state.withLock({ $0.tunnels }) { calls += await tunnel.openCalls() }
            guard calls > 0 else { break }
            try? await Task.sleep(for: .milliseconds(50))
        }
        for tunnel in self.state.withLock({ $0.tunnels }) { tunnel.close("the connector is stopping") }
        // Gives the farewells the time to leave.
        try? await Task.sleep(for: .milliseconds(50))
    }
}
