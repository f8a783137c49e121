package import Logging
package import NIOCore
import NIOSSL
import Synchronization
package import TunnelProtocol
package import Vocabulary

/// The connector's answering side: takes calls from tunnels to the model servers of one configuration.
///
/// Calls are carried by one ``ForwardingLane`` per event loop; this is what they have in common.
package final class Forwarding: Sendable {
    struct Table {
        /// Where one deployment's calls go.
        struct Entry {
            var upstream: Int
            var calls: InFlight
        }

        var entries: [String: Entry] = [:]
    }

    private struct State {
        var table = Table()
        var lanes: [ObjectIdentifier: NIOLoopBound<ForwardingLane>] = [:]
    }

    let logger: Logger
    let unreachable: @Sendable (Int) -> Void
    let upstreamCalls: [InFlight]
    let keeping: AnswerKeeping
    let kept = KeptCalls()
    private let upstreams: [UpstreamConfiguration]
    private let contexts: [NIOSSLContext?]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - upstreams: the model servers; deployments name them by their place in this list.
    ///   - keeping: how answers are kept whose tunnel has died.
    ///   - unreachable: called with such a place when a connection could not be made; on any event loop.
    /// - Throws: when a file of authorities cannot be used.
    package init(
        upstreams: [UpstreamConfiguration],
        keeping: AnswerKeeping = AnswerKeeping(),
        logger: Logger,
        unreachable: @escaping @Sendable (Int) -> Void = { _ in }
    ) throws {
        self.upstreams = upstreams
        self.keeping = keeping
        self.contexts = try upstreams.map { try UpstreamTLS.context(for: $0) }
        self.upstreamCalls = upstreams.map { _ in InFlight() }
        self.logger = logger
        self.unreachable = unreachable
    }

    /// The lane of an event loop, made when it is first asked for; called on that event loop, once per tunnel.
    package func lane(on eventLoop: any EventLoop) -> ForwardingLane {
        eventLoop.preconditionInEventLoop()
        let key = ObjectIdentifier(eventLoop)
        if let lane = self.state.withLock({ $0.lanes[key] }) { return lane.value }
        let lane = ForwardingLane(
            forwarding: self,
            openers: self.upstreams.indices.map { self.opener(to: $0, on: eventLoop) },
            identities: self.upstreams.map { UpstreamIdentity($0) },
            eventLoop: eventLoop
        )
        let bound = NIOLoopBound(lane, eventLoop: eventLoop)
        // A table that is set from now on reaches the lane by its event loop, after this one.
        let table = self.state.withLock { state in
            state.lanes[key] = bound
            return state.table
        }
        lane.serve(table)
        return lane
    }

    /// Serves these deployments from now on, and no other.
    package func serve(_ deployments: [Deployment]) {
        let (table, lanes) = self.state.withLock { state in
            var table = Table()
            for deployment in deployments {
                let name = deployment.name.rawValue
                let calls = state.table.entries[name]?.calls ?? InFlight()
                table.entries[name] = Table.Entry(upstream: deployment.upstream, calls: calls)
            }
            state.table = table
            return (table, Array(state.lanes.values))
        }
        for lane in lanes {
            lane.eventLoop.execute { lane.value.serve(table) }
        }
    }

    /// What is served now.
    var table: Table { self.state.withLock { $0.table } }

    /// Calls under way for a deployment, on all event loops.
    package func callsInFlight(for deployment: DeploymentName) -> Int {
        self.table.entries[deployment.rawValue]?.calls.count ?? 0
    }

    /// Calls under way at an upstream, on all event loops.
    package func callsInFlight(at upstream: Int) -> Int {
        self.upstreamCalls.indices.contains(upstream) ? self.upstreamCalls[upstream].count : 0
    }

    /// Calls under way that may go on in another tunnel, carried by one now or not.
    package var keptCalls: Int { self.kept.count }

    /// Calls whose tunnel has died, and that no other one carries yet.
    package var suspendedCalls: Int { self.kept.suspendedCount }

    /// Callers of these calls have left while no tunnel was there to say so.
    package func cancel(_ calls: [CallStreamName]) {
        self.kept.cancel(calls)
    }

    /// A tunnel has come: the relay asks at once for whatever it still wants of what no tunnel carries now.
    ///
    /// What it does not ask for within some seconds nobody waits for: its caller has left, and the word of it died with a tunnel.
    /// - Parameter isAnother: whether the relay knows nothing of earlier calls, having taken the place of the one that had them.
    package func tunnelCame(toAnotherRelay isAnother: Bool) {
        let now = NIODeadline.now()
        if isAnother { return self.kept.giveUpSuspended(since: now) }
        guard let lane = self.state.withLock({ $0.lanes.values.first }) else { return }
        lane.eventLoop.scheduleTask(in: Self.patience) { self.kept.giveUpSuspended(since: now) }
    }

    /// How long a relay may take until it asks.
    private static let patience = TimeAmount.seconds(5)

    /// No tunnel comes any more: calls that none carries end now, since nobody can ask for them.
    package func giveUpSuspended() {
        self.kept.giveUpSuspended(since: .now())
    }

    /// Closes the connections that wait for a call and keeps none from now on; calls under way go on.
    package func closeIdle() {
        for lane in self.state.withLock({ Array($0.lanes.values) }) {
            lane.eventLoop.execute { lane.value.closeIdle() }
        }
    }

    private func opener(to upstream: Int, on eventLoop: any EventLoop) -> any ExchangeOpener {
        let configuration = self.upstreams[upstream]
        switch configuration.address {
        case .server(let server):
            return UpstreamPool(
                server: server,
                configuration: configuration,
                tls: self.contexts[upstream],
                eventLoop: eventLoop
            )
        case .demo:
            return DemoServer(eventLoop: eventLoop)
        }
    }
}
