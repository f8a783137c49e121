import Logging
package import NIOCore
package import TunnelTransport

/// Everything that the calls of one event loop share: the connections to the model servers, and who is served by which.
///
/// Used on its event loop only; a call never leaves it.
package final class ForwardingLane {
    package let eventLoop: any EventLoop

    private let forwarding: Forwarding
    private let doors: [any UpstreamDoor]
    private let identities: [UpstreamIdentity]
    private var routes: [String: ForwardingRoute] = [:]

    init(forwarding: Forwarding, doors: [any UpstreamDoor], identities: [UpstreamIdentity], eventLoop: any EventLoop) {
        self.forwarding = forwarding
        self.doors = doors
        self.identities = identities
        self.eventLoop = eventLoop
    }

    /// Takes over a call that the relay has opened a stream for.
    package func accept(_ stream: TunnelStream) -> any TunnelStreamHandler {
        Forwarder(lane: self, stream: stream)
    }

    /// Connections to model servers that exist on this event loop, idle ones included.
    package var connectionCount: Int {
        self.doors.reduce(0) { $0 + $1.connectionCount }
    }

    // MARK: Forwarders

    func route(to deployment: String) -> ForwardingRoute? {
        self.routes[deployment]
    }

    /// A connection to a route's server could not be made.
    func cannotReach(_ route: ForwardingRoute, _ error: any Error) {
        self.forwarding.logger.warning(
            "the model server cannot be reached",
            metadata: ["deployment": "\(route.deployment)", "error": "\(error)"]
        )
        self.forwarding.unreachable(route.upstream)
    }

    /// A route's server broke off an answer.
    func broke(_ route: ForwardingRoute, _ error: any Error) {
        self.forwarding.logger.warning(
            "the model server broke off an answer",
            metadata: ["deployment": "\(route.deployment)", "error": "\(error)"]
        )
    }

    // MARK: The whole

    /// Takes a new table; calls under way keep the route that they have.
    func serve(_ table: Forwarding.Table) {
        var routes: [String: ForwardingRoute] = [:]
        for (deployment, entry) in table.entries where self.doors.indices.contains(entry.upstream) {
            routes[deployment] = ForwardingRoute(
                deployment: deployment,
                upstream: entry.upstream,
                door: self.doors[entry.upstream],
                identity: self.identities[entry.upstream],
                deploymentCalls: entry.calls,
                upstreamCalls: self.forwarding.upstreamCalls[entry.upstream]
            )
        }
        self.routes = routes
    }

    func closeIdle() {
        for door in self.doors { door.closeIdle() }
    }
}
