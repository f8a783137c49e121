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
                    openCallsByDeployment: member.openCallsByDeployment,
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
            for number in state.offers[name] ?? [] {
                guard let member = state.tunnels[number], let offer = member.offers[name], offer.isHealthy else {
                    continue
                }
                return (offer.model, member.server(of: name, offer))
            }
            return nil
        }
    }

    /// The number of live tunnels.
    package var tunnelCount: Int { self.state.withLock { $0.tunnels.count } }

    /// The number of calls on tunnels now.
    package var openCalls: Int { self.state.withLock { $0.tunnels.values.reduce(0) { $0 + $1.openCalls } } }
}
