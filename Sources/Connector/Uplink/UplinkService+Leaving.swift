import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The end of a connector, which outlasts its last calls.
extension UplinkService {
    /// Says goodbye, waits for running calls, then closes.
    func leave() async {
        self.proven.close()
        if !self.state.withLock({ $0.isReplaced }) { self.limit() }
        let tunnels = self.state.withLock { $0.tunnels }
        for tunnel in tunnels { tunnel.leave(Self.farewell, returns: self.resumes) }
        // Calls that crossed the farewell on their way are refused in order; later ones the relay tries elsewhere by itself.
        if !tunnels.isEmpty { try? await Task.sleep(for: Self.idleAfter) }
        var comeback = Comeback()
        while !self.isOverdue, !Task.isCancelled {
            // First of all, and in this order: a call that changes tunnels, or comes back into one, while they are asked was kept before,
            // and a line that breaks from here on is found broken below or at the next look.
            let keptCalls = self.delegate.keptCalls
            let openCalls = await self.openCalls()
            if self.delegate.suspendedCalls > 0 || self.isOwed {
                await self.comeBack(&comeback)
            } else if keptCalls > 0 || openCalls > 0 {
                comeback.lastCall = .now()
            } else if NIODeadline.now() - comeback.lastCall >= comeback.idleAfter {
                break
            }
            try? await Task.sleep(for: Self.look)
        }
        await self.abandon()
    }

    /// Another connector of this program has its place: when this one is told to stop, its calls may take as long as they like.
    package func replaced() {
        self.state.withLock { $0.isReplaced = true }
    }

    /// From now on its calls may take so long as running calls may when the program stops.
    package func limit() {
        self.state.withLock { $0.deadline = $0.deadline ?? .now() + self.drain }
    }

    /// How often a connector that leaves looks what has become of its calls and of its time.
    private static let look: Duration = .milliseconds(50)

    private var isOverdue: Bool {
        self.state.withLock { $0.deadline }.map { $0 <= .now() } ?? false
    }

    /// Closes the tunnels, whatever runs in them: nobody is to wait any more for calls that have not ended.
    package func abandon() async {
        let tunnels = self.state.withLock { $0.tunnels }
        for tunnel in tunnels {
            tunnel.leave(Self.farewell, returns: false)
            tunnel.close(Self.farewell)
        }
        // Gives the farewells the time to leave.
        if !tunnels.isEmpty { try? await Task.sleep(for: .milliseconds(50)) }
    }

    private func openCalls() async -> Int {
        var calls = 0
        for tunnel in self.state.withLock({ $0.tunnels }) { calls += await tunnel.openCalls() }
        return calls
    }

    /// What is known of the tunnels that a leaving connector opens for its last calls.
    private struct Comeback {
        var reconnect = Reconnect()
        var earliest = NIODeadline.now()
        var tunnel: UplinkTunnelEntry?
        /// When there last was a call in any tunnel.
        var lastCall = NIODeadline.now()
        /// How long the relay may take to ask for the next call.
        var idleAfter = TimeAmount.zero
    }

    /// Whether the relay waits for a tunnel although the connector has forgotten the calls: requests that had not come whole. It is to
    /// hear that nobody has begun them.
    private var isOwed: Bool {
        guard self.resumes else { return false }
        let broken = self.state.withLock { $0.lost.map(\.owedSince) + $0.tunnels.map(\.brokeOff) }
        return broken.contains { $0.map { .now() - $0 < Self.patience } ?? false }
    }

    /// For how long a relay that cannot be reached is tried for the sake of calls that the connector does not have: it waits no longer.
    private static let patience = TimeAmount.seconds(30)

    /// Opens a tunnel for calls that no other one carries, unless there is one: the relay asks for them there, and for nothing else.
    private func comeBack(_ comeback: inout Comeback) async {
        if let tunnel = comeback.tunnel {
            guard tunnel.isOver || (tunnel.isWelcomed && self.isOwed) else { return }
            if tunnel.isOver { self.forget(tunnel) }
            comeback.tunnel = nil
        }
        // Only a tunnel that is opened now says which others are dead; one that is not welcomed yet may be doing so.
        let isOwed = self.isOwed
        let isCarried = self.state.withLock { $0.tunnels }.contains { $0.isUp && !(isOwed && $0.isWelcomed) }
        guard !isCarried, NIODeadline.now() >= comeback.earliest else { return }
        let entry = self.makeEntry(0)
        let start = NIODeadline.now()
        let reason: Reconnect.Reason
        do {
            try await self.openInTime(entry)
            entry.leave(Self.farewell, returns: true)
            comeback.tunnel = entry
            comeback.lastCall = .now()
            // A dial takes several round trips, and the relay's next question one.
            comeback.idleAfter = .now() - start + TimeAmount(Self.idleAfter)
            comeback.reconnect.connected(now: .now())
            reason = .ended
            self.logger.info("a tunnel for the last calls is up", metadata: ["generation": "\(entry.generation)"])
        } catch {
            self.forget(entry)
            guard !self.isOverdue else { return }
            reason = (error as? DialFailure)?.reason ?? .unreachable
            self.logger.warning("no tunnel for the last calls: \(error)")
        }
        comeback.earliest = .now() + comeback.reconnect.pause(after: reason)
    }

    /// Opens a tunnel, and gives the dial up when the last calls have had their time: that may be set meanwhile, and a dial takes long.
    private func openInTime(_ entry: UplinkTunnelEntry) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                _ = try await self.open(entry)
                return true
            }
            group.addTask {
                while !self.isOverdue { try await Task.sleep(for: Self.look) }
                return false
            }
            let isOpen = try await group.next()
            group.cancelAll()
            // A dial that was given up may have come through in that moment.
            if isOpen == false { _ = try await group.next() }
        }
    }
}
