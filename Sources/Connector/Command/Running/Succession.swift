internal import Foundation
internal import Logging
internal import ServiceLifecycle
private import Synchronization
internal import UnixSignals
private import Uplink
internal import Upstream

/// The sessions of this process: at every SIGHUP one of the configuration as it is then opens its tunnels, serves, and only then the one
/// before it leaves. So does one with the model server that is found, where the one before it has none.
///
/// A configuration that does not load changes nothing. One whose tunnels do not come up leaves the one before it serving for as long as that
/// takes; the next SIGHUP puts another one in its place.
final class Succession: Service {
    private struct State {
        var serving: ConnectorSession
        /// Opens its tunnels, and is to take the place of the one that serves.
        var coming: ConnectorSession?
        /// Those that let their last calls end.
        var leaving: [ConnectorSession] = []
        /// Whether a relay has heard of one of them.
        var isWelcomed = false

        var all: [ConnectorSession] { [self.serving] + [self.coming].compactMap(\.self) + self.leaving }
    }

    /// Why another session is to serve.
    private enum Cause: Sendable {
        case hangup
        /// What was looked for by the session of this id.
        case found(UpstreamConfiguration, by: String)

        /// What lines of the log about it begin with.
        var name: String {
            switch self {
            case .hangup: "SIGHUP"
            case .found(let upstream, _): "model server at \(upstream.address)"
            }
        }
    }

    /// How long a session that has a tunnel may take until it serves what the one before it serves.
    static let patience = Duration.seconds(30)
    /// After how long without a tunnel that is said.
    private static let worry = Duration.seconds(10)
    private static let look = Duration.milliseconds(25)

    private let state: Mutex<State>
    private let hangups: UnixSignalsSequence
    private let load: @Sendable () throws -> ConnectorConfiguration
    private let make: @Sendable (ConnectorConfiguration, _ mayWait: Bool) async throws -> ConnectorSession
    private let trace: @Sendable ([ConnectorSession]) -> Void
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation
    private let causes: AsyncStream<Cause>
    private let cause: AsyncStream<Cause>.Continuation

    /// - Parameters:
    ///   - first: what serves until the first SIGHUP.
    ///   - hangups: every SIGHUP since the program began.
    ///   - load: reads the configuration anew.
    ///   - make: puts together what it asks for, and may do so without a model server when it is told that it may wait for one.
    ///   - trace: takes down which sessions there are, from the first that a relay knows on: calls may run in any of them.
    init(
        _ first: ConnectorSession,
        hangups: UnixSignalsSequence,
        load: @escaping @Sendable () throws -> ConnectorConfiguration,
        make: @escaping @Sendable (ConnectorConfiguration, _ mayWait: Bool) async throws -> ConnectorSession,
        trace: @escaping @Sendable ([ConnectorSession]) -> Void
    ) {
        self.state = Mutex(State(serving: first))
        self.hangups = hangups
        self.load = load
        self.make = make
        self.trace = trace
        (self.changes, self.changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (self.causes, self.cause) = AsyncStream.makeStream()
    }

    /// Says what is not about one session, in the form that the configuration asks for that holds now.
    var logger: Logger { self.sessions.serving.logger }

    /// The session that serves, and the others, for `status`.
    var sessions: (serving: ConnectorSession, others: [ConnectorSession]) {
        self.state.withLock { ($0.serving, Array($0.all.dropFirst())) }
    }

    /// Changes which sessions there are; what holds then is taken down.
    private func change<Answer: Sendable>(_ body: @Sendable (inout State) -> Answer) -> Answer {
        defer { self.changed.yield() }
        return self.state.withLock { body(&$0) }
    }

    /// Takes down which sessions there are, at every change; one task does it, so that the last word is what holds.
    private func keepTrace() async {
        for await _ in self.changes {
            let sessions = self.state.withLock { $0.isWelcomed ? $0.all : [] }
            if !sessions.isEmpty { self.trace(sessions) }
        }
    }

    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await self.keepTrace() }
            defer { self.changed.finish() }
            try await self.serve()
        }
    }

    /// Runs the sessions until the last one has ended.
    private func serve() async throws {
        let first = self.sessions.serving
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await self.stay(with: first) }
            group.addTask { await self.awaitWelcome(of: first) }
            group.addTask { await self.tellOfHangups() }
            group.addTask { await self.tellOfUpstreams(foundBy: first) }
            for await cause in self.causes {
                guard let next = await self.next(cause) else { continue }
                let outdated = self.change { state in
                    let outdated = state.coming
                    state.coming = next
                    if let outdated { state.leaving.append(outdated) }
                    return outdated
                }
                await outdated?.leave()
                group.addTask { try await self.stay(with: next) }
                group.addTask { await self.replace(by: next, because: cause) }
                group.addTask { await self.tellOfUpstreams(foundBy: next) }
            }
            // The program is to stop: those that were leaving have no more time now than the one that serves.
            let (serving, others) = self.sessions
            for session in [serving] + others { session.uplink.limit() }
        }
    }

    /// The process ends now, with calls that run.
    func abandon() async {
        let (serving, others) = self.sessions
        await withDiscardingTaskGroup { group in
            for session in [serving] + others { group.addTask { await session.uplink.abandon() } }
        }
    }

    /// Every SIGHUP until the program is to stop.
    private func tellOfHangups() async {
        for await _ in self.hangups.cancelOnGracefulShutdown() { self.cause.yield(.hangup) }
        self.cause.finish()
    }

    /// Every model server that a session without one finds.
    private func tellOfUpstreams(foundBy session: ConnectorSession) async {
        guard let search = session.search else { return }
        for await upstream in search.found { self.cause.yield(.found(upstream, by: session.id)) }
    }

    /// What is to serve now; `nil` when nothing else is, or it cannot be used, after that was said.
    private func next(_ cause: Cause) async -> ConnectorSession? {
        switch cause {
        case .hangup: await self.next()
        case .found(let upstream, let id): await self.next(with: upstream, foundBy: id)
        }
    }

    /// What the configuration was before, with the model server that was missing.
    private func next(with upstream: UpstreamConfiguration, foundBy id: String) async -> ConnectorSession? {
        // Another one that was told where it is, or has found it, may be on its way already.
        let last = self.state.withLock { $0.coming ?? $0.serving }
        guard last.id == id else { return nil }
        do {
            var configuration = last.configuration
            configuration.upstreams = [upstream]
            let next = try await self.make(configuration, false)
            next.logger.notice("found a model server at \(upstream.address): opening tunnels that serve it")
            return next
        } catch {
            last.logger.error("the model server at \(upstream.address) cannot be served: \(error)")
            return nil
        }
    }

    /// What the configuration asks for now.
    private func next() async -> ConnectorSession? {
        do {
            // What serves goes on rather than making place for what has nothing to serve.
            let mayWait = self.sessions.serving.search != nil
            let next = try await self.make(self.load(), mayWait)
            for warning in next.configuration.warnings { next.logger.warning("\(warning)") }
            next.logger.notice("SIGHUP: opening tunnels of the configuration as it is now beside those that there are")
            return next
        } catch {
            for line in "\(error)".split(separator: "\n") { self.logger.error("SIGHUP: \(line)") }
            self.logger.error(
                "SIGHUP: the configuration was not loaded; all goes on as before. Put it right, and send SIGHUP again"
            )
            return nil
        }
    }

    /// Waits until a relay has heard of the first session, or it leaves without that.
    private func awaitWelcome(of first: ConnectorSession) async {
        if await first.uplink.isWelcomed() { self.change { $0.isWelcomed = true } }
    }

    /// Lets a session serve in the place of the one that does now, as soon as nothing is missing.
    private func replace(by next: ConnectorSession, because cause: Cause) async {
        await cancelWhenGracefulShutdown {
            guard await self.isReady(next, because: cause), let old = self.swap(next) else { return }
            next.logger.notice("\(cause.name): the new tunnels serve; the old ones end when their calls have ended")
            await old.leave()
        }
    }

    /// Waits until a session serves all that the one before it serves, as far as it is to.
    /// - Returns: whether it is to take over.
    private func isReady(_ next: ConnectorSession, because cause: Cause) async -> Bool {
        let start = ContinuousClock.now
        var hasWorried = false
        var firstTunnel: ContinuousClock.Instant?
        while true {
            do { try await Task.sleep(for: Self.look) } catch { return false }
            let (serving, coming) = self.state.withLock { ($0.serving, $0.coming?.id) }
            guard coming == next.id else { return false }
            let now = ContinuousClock.now
            guard let wanted = next.connector.wanted(of: serving.connector.served) else {
                if !hasWorried, now - start > Self.worry {
                    hasWorried = true
                    next.logger.warning(
                        "\(cause.name): the new configuration has no tunnel yet; the one before it goes on serving",
                        metadata: ["reason": "\(next.uplink.lastFailure ?? "the model server was not asked yet")"]
                    )
                }
                continue
            }
            let missing = wanted.subtracting(next.connector.served)
            if missing.isEmpty, next.connector.isPublished { return true }
            let since = firstTunnel ?? now
            firstTunnel = since
            if now - since > Self.patience {
                next.logger.warning(
                    "\(cause.name): the new configuration takes over although it does not serve everything",
                    metadata: ["missing": "\(missing.sorted())"]
                )
                return true
            }
        }
    }

    /// - Returns: the session that served until now; `nil` when another one is to take its place by now.
    private func swap(_ next: ConnectorSession) -> ConnectorSession? {
        self.change { state in
            guard state.coming?.id == next.id else { return nil }
            let old = state.serving
            state.leaving.append(old)
            state.serving = next
            state.coming = nil
            state.isWelcomed = true
            return old
        }
    }

    private func stay(with session: ConnectorSession) async throws {
        defer { self.change { $0.leaving.removeAll { $0.id == session.id } } }
        try await session.run()
    }
}
