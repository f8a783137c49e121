package import Logging
import NIOCore
import Synchronization
package import TunnelProtocol
package import TunnelTransport
import Vocabulary

/// The relay's side of one tunnel's control stream: greets the connector, keeps the registry true.
///
/// Lives on the tunnel's event loop; the tunnel's handler keeps it alive through ``TunnelHandler``'s owner.
package final class ConnectorLink: TunnelDelegate {
    private let registry: Registry
    private let ticket: TunnelTicket
    private let logger: Logger
    private let now: @Sendable () -> Int
    private var entry: TunnelEntry?
    private var names: Set<DeploymentName> = []
    private var healthy: Set<DeploymentName> = []
    /// Those of its names that the accounts did not take, and why.
    private var failures: [DeploymentName: String] = [:]
    /// Ends a tunnel whose connector does not say who it is.
    private var impatience: Scheduled<Void>?

    /// How long a connector may take for its hello.
    private static let patience: TimeAmount = .seconds(10)

    /// - Parameter now: the time in seconds since 1970.
    package init(registry: Registry, ticket: TunnelTicket, logger: Logger, now: @escaping @Sendable () -> Int) {
        self.registry = registry
        self.ticket = ticket
        self.now = now
        var logger = logger
        logger[metadataKey: "session"] = "\(ticket.session)"
        logger[metadataKey: "generation"] = "\(ticket.generation)"
        self.logger = logger
    }

    /// The connection has become a tunnel: until its hello nobody can see it, so it is not to stay like that.
    package func awaitHello(on tunnel: Tunnel) {
        self.impatience = tunnel.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) {
            tunnel.close(reason: "the connector did not say hello in time")
        }
    }

    package func tunnelReady(_ tunnel: Tunnel) {
        tunnel.send(
            .welcome(
                .init(
                    relay: self.registry.relay,
                    session: self.ticket.session,
                    scope: self.ticket.scope.map(\.rawValue),
                    capabilities: self.registry.resumes ? [Capability.resume] : [],
                    instance: self.registry.instance
                )
            )
        )
    }

    /// A connector opens no stream but the control stream.
    package func tunnel(_ tunnel: Tunnel, accepted stream: TunnelStream) -> (any TunnelStreamHandler)? { nil }

    package func tunnel(_ tunnel: Tunnel, received message: ControlMessage) {
        switch message {
        case .hello(let hello):
            self.greet(hello, on: tunnel)
        case .state(let state):
            self.take(state, of: tunnel)
        case .goodbye(let reason, let lastStream, let returns):
            tunnel.lastServed = lastStream
            entry?.isLastOne.store(!returns, ordering: .relaxed)
            if let entry { self.registry.drain(entry) }
            self.logger.info("connector is leaving", metadata: ["reason": "\(reason)"])
        case .welcome, .published, .probe, .cancel, .drain, .unknown:
            break
        }
    }

    package func tunnelClosed(_ tunnel: Tunnel, because closure: TunnelClosure) {
        self.impatience?.cancel()
        self.impatience = nil
        if let entry { self.registry.leave(entry) }
        self.entry = nil
        self.logger.info("tunnel closed", metadata: ["reason": "\(closure)"])
    }

    private func greet(_ hello: ControlMessage.Hello, on tunnel: Tunnel) {
        guard self.entry == nil else { return }
        self.impatience?.cancel()
        self.impatience = nil
        guard let arrival = self.registry.join(self.ticket, hello, tunnel: tunnel, now: self.now()) else {
            return tunnel.close(reason: "the tunnel token was revoked")
        }
        self.entry = arrival.entry
        if !arrival.left.isEmpty { tunnel.send(.cancel(calls: arrival.left)) }
        for other in arrival.draining {
            other.eventLoop.execute { other.tunnel.value.send(.drain(lastStream: nil)) }
        }
        for other in arrival.lost {
            other.eventLoop.execute { other.tunnel.value.giveUp("its connector has lost it") }
        }
        for wake in arrival.waiting { wake(true) }
        for wake in arrival.forlorn { wake(false) }
        self.logger.info(
            "tunnel open",
            metadata: ["connector": "\(hello.software)", "from": "\(self.ticket.remoteAddress)"]
        )
    }

    private func take(_ state: ControlMessage.State, of tunnel: Tunnel) {
        guard let entry else { return }
        var offers: [DeploymentName: Offer] = [:]
        var loads: [DeploymentName: OfferLoad] = [:]
        var refused: [ControlMessage.Refusal] = []
        for deployment in state.deployments {
            guard let name = DeploymentName(deployment.name) else {
                refused.append(.init(name: deployment.name, reason: "that is not a valid deployment name"))
                continue
            }
            guard self.ticket.covers(name) else {
                let scope = self.ticket.scope.map(\.rawValue).joined(separator: ", ")
                refused.append(.init(name: deployment.name, reason: "the tunnel token covers only: \(scope)"))
                continue
            }
            offers[name] = Offer(deployment)
            let load = OfferLoad(deployment)
            if load != OfferLoad() { loads[name] = load }
        }
        self.registry.update(entry, offers: offers, loads: loads, traffic: TunnelTraffic(tunnel))
        let names = Set(offers.keys)
        let healthy = Set(offers.filter(\.value.isHealthy).keys)
        // An answer also when something has become well: then the connector knows that calls reach it.
        guard names != self.names || healthy != self.healthy || !refused.isEmpty else { return }
        let new = names.subtracting(self.names)
        self.names = names
        self.healthy = healthy
        self.publish(names, new: new, refused: refused, on: tunnel)
    }

    /// Answers what was accepted, once the accounts know every name.
    private func publish(
        _ names: Set<DeploymentName>,
        new: Set<DeploymentName>,
        refused: [ControlMessage.Refusal],
        on tunnel: Tunnel
    ) {
        let bound = NIOLoopBound((link: self, tunnel: tunnel), eventLoop: tunnel.eventLoop)
        let eventLoop = tunnel.eventLoop
        self.registry.announce(
            Announcement(names: new.sorted()) { failures in
                eventLoop.execute {
                    let (link, tunnel) = bound.value
                    link.note(failures, of: new, among: names)
                    tunnel.send(.published(link.published(names, refused: refused)))
                }
            }
        )
    }

    /// What was not taken is announced again with the next `state`: what hindered it may be over by then.
    private func note(
        _ failures: [DeploymentName: String],
        of new: Set<DeploymentName>,
        among names: Set<DeploymentName>
    ) {
        for (name, reason) in failures where self.failures[name] != reason {
            self.logger.error("deployment not taken", metadata: ["deployment": "\(name)", "error": "\(reason)"])
        }
        self.failures = self.failures.filter { names.contains($0.key) && !new.contains($0.key) }
        self.failures.merge(failures) { $1 }
        self.names.subtract(failures.keys)
    }

    private func published(
        _ names: Set<DeploymentName>,
        refused: [ControlMessage.Refusal]
    ) -> ControlMessage.Published {
        let failed = self.failures.filter { names.contains($0.key) }.sorted { $0.key < $1.key }
        let published = ControlMessage.Published(
            accepted: names.filter { self.failures[$0] == nil }.map(\.rawValue).sorted(),
            refused: refused + failed.map { .init(name: $0.key.rawValue, reason: $0.value) }
        )
        return published.fitting
    }
}

extension Offer {
    /// What a connector says of one deployment.
    init(_ deployment: ControlMessage.DeploymentState) {
        self.init(
            model: deployment.model,
            upstream: deployment.upstream,
            upstreamVersion: deployment.upstreamVersion,
            server: ModelServer(kind: deployment.upstream, services: deployment.dialects),
            contextLength: deployment.contextLength,
            slots: deployment.slots.map { min(max($0, 0), ControlMessage.DeploymentState.mostCalls) },
            weight: deployment.weight.map { min(max($0, 1), 1_000) },
            isHealthy: deployment.healthy,
            reason: deployment.reason
        )
    }
}

extension TunnelTraffic {
    /// The tunnel's counters now; on its event loop.
    init(_ tunnel: Tunnel) {
        self.init(
            bytesReceived: tunnel.bytesReceived,
            bytesSent: tunnel.bytesSent,
            roundTripMicroseconds: tunnel.roundTrip.map { Int($0.nanoseconds / 1_000) }
        )
    }
}

extension OfferLoad {
    fileprivate init(_ deployment: ControlMessage.DeploymentState) {
        let calls = 0...ControlMessage.DeploymentState.mostCalls
        self.init(
            others: min(max(deployment.others ?? 0, calls.lowerBound), calls.upperBound),
            queued: min(max(deployment.queued, calls.lowerBound), calls.upperBound),
            isCold: deployment.loaded == false
        )
    }
}

extension ControlMessage.DeploymentState {
    /// More than any server takes; what a connector says beyond that is not believed.
    fileprivate static let mostCalls = 1_000_000
}
