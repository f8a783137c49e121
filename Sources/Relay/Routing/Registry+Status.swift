import Synchronization
package import Vocabulary

/// One tunnel, as `status` shows it.
package struct TunnelStatus: Sendable {
    package var number: Int
    package var ticket: TunnelTicket
    /// When it came up, in seconds since 1970.
    package var since: Int
    package var openCalls: Int
    package var openCallsByDeployment: [DeploymentName: Int]
    package var isDraining: Bool
    package var deployments: [DeploymentName: Offer]
    package var traffic: TunnelTraffic
}

/// How busy the servers of a deployment are.
package struct CapacityStatus: Sendable {
    package var deployment: DeploymentName
    /// Connectors that take calls for it.
    package var connectors = 0
    /// Calls that they work on at once; `nil` when one of them does not say.
    package var slots: Int? = 0
    /// Calls that they have, by the relay's own count and by what they say of others.
    package var busy = 0
    /// Of these, those that wait at a server, as far as servers say.
    package var queued = 0
    /// How often a connector was put out for a while.
    package var ejections: Int

    init(deployment: DeploymentName, ejections: Int) {
        self.deployment = deployment
        self.ejections = ejections
    }
}

/// What people and metrics ask the registry.
extension Registry {
    /// Every live tunnel, oldest first.
    package func tunnels() -> [TunnelStatus] {
        self.state.withLock { state in
            state.tunnels.values.map { member in
                TunnelStatus(
                    number: member.entry.number,
                    ticket: member.entry.ticket,
                    since: member.entry.since,
                    openCalls: member.openCalls,
                    openCallsByDeployment: member.tallies.mapValues(\.calls),
                    isDraining: member.isDraining,
                    deployments: member.offers,
                    traffic: member.traffic
                )
            }.sorted { $0.number < $1.number }
        }
    }

    /// How many tokens each deployment takes, where it is known: the smallest number of those who serve it.
    package func contextLengths() -> [DeploymentName: Int] {
        self.state.withLock { state in
            var lengths: [DeploymentName: Int] = [:]
            for member in state.tunnels.values {
                for (name, offer) in member.offers {
                    guard let length = offer.contextLength else { continue }
                    lengths[name] = min(length, lengths[name] ?? length)
                }
            }
            return lengths
        }
    }

    /// The model and the server that most likely answer a call for a deployment; `nil` while it is offline.
    package func expected(_ name: DeploymentName) -> (model: String, server: ModelServer)? {
        self.state.withLock { state in
            let post = state.offers[name]?.first { $0.post.offer.isHealthy }?.post
            return post.map { ($0.offer.model, $0.server) }
        }
    }

    /// How busy the servers of deployments are, in the same order; those that nobody serves have none.
    package func capacities(of names: [DeploymentName]) -> [CapacityStatus] {
        self.state.withLock { state in
            names.map { name in
                var status = CapacityStatus(deployment: name, ejections: state.ejections[name] ?? 0)
                var sessions: Set<String> = []
                for spot in state.offers[name] ?? [] {
                    let (member, post) = (spot.member, spot.post)
                    status.busy += post.tally.calls
                    guard post.offer.isHealthy, !member.isDraining,
                        sessions.insert(member.entry.ticket.session).inserted
                    else { continue }
                    status.busy += post.load.others
                    status.queued += post.load.queued
                    status.slots = post.offer.slots.flatMap { slots in status.slots.map { $0 + slots } }
                }
                status.connectors = sessions.count
                return status
            }
        }
    }

    /// The number of calls that were placed and have not ended, those whose tunnel has died included.
    package var unfinishedCalls: Int { self.state.withLock { $0.placedCalls } }

    /// The number of calls on tunnels now.
    package var openCalls: Int { self.state.withLock { $0.tunnels.values.reduce(0) { $0 + $1.openCalls } } }
}
