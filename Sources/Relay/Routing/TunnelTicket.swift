package import Vocabulary

/// What is known of a connector once its token was accepted, before its tunnel is up.
package struct TunnelTicket: Sendable {
    /// The id of the tunnel token; revoking it ends the tunnel.
    package var token: String
    /// The deployments that the token may publish.
    package var scope: [DeploymentPattern]
    /// The connector process, the same for all its tunnels.
    package var session: String
    /// Rises with every dial of a session; the newest one wins.
    package var generation: UInt64
    /// The connector's software and version, as it says.
    package var software: String
    /// Where it dialled from.
    package var remoteAddress: String

    package init(
        token: String,
        scope: [DeploymentPattern],
        session: String,
        generation: UInt64,
        software: String,
        remoteAddress: String
    ) {
        self.token = token
        self.scope = scope
        self.session = session
        self.generation = generation
        self.software = software
        self.remoteAddress = remoteAddress
    }

    /// Whether the token covers a deployment.
    package func covers(_ name: DeploymentName) -> Bool {
        self.scope.contains { $0.matches(name) }
    }
}
