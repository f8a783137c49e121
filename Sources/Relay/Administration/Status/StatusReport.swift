package import FoundationEssentials

/// How the relay is doing: itself, every deployment that exists, every tunnel that is up.
package struct StatusReport: Codable, Hashable, Sendable {
    package var relay: Relay
    /// Calls between their first byte and their settlement.
    package var openCalls: Int
    /// Every deployment of the store, and those only.
    package var deployments: [Deployment]
    /// Every tunnel that was welcomed and is not over.
    package var tunnels: [Tunnel]

    package init(relay: Relay, openCalls: Int, deployments: [Deployment], tunnels: [Tunnel]) {
        self.relay = relay
        self.openCalls = openCalls
        self.deployments = deployments
        self.tunnels = tunnels
    }

    /// The state of the deployment of that name, if there is one.
    package func deployment(_ name: String) -> Deployment? {
        self.deployments.first { $0.name == name }
    }
}

extension StatusReport {
    /// The process itself.
    package struct Relay: Codable, Hashable, Sendable {
        /// What `welcome` tells connectors; chosen anew at every start.
        package var id: String
        package var version: String
        package var startedAt: Date
        /// Seconds since the start.
        package var uptime: Int
        /// The address that calls are accepted on, with the port that was chosen when 0 was asked for.
        package var listen: String

        package init(id: String, version: String, startedAt: Date, uptime: Int, listen: String) {
            self.id = id
            self.version = version
            self.startedAt = startedAt
            self.uptime = uptime
            self.listen = listen
        }
    }

    /// A deployment as callers find it.
    package struct Deployment: Codable, Hashable, Sendable {
        package var name: String
        /// What the administrator decided; a disabled deployment is never online.
        package var enabled: Bool
        /// Whether a call would be taken now.
        package var online: Bool
        /// Why it is not online, as callers are told; absent when it is.
        package var reason: String?
        /// Connectors that publish it.
        package var connectors: Int
        package var callsInFlight: Int
        /// The upstream's own name for the model, when a connector publishes it.
        package var model: String?

        package init(
            name: String,
            enabled: Bool,
            online: Bool,
            reason: String? = nil,
            connectors: Int = 0,
            callsInFlight: Int = 0,
            model: String? = nil
        ) {
            self.name = name
            self.enabled = enabled
            self.online = online
            self.reason = reason
            self.connectors = connectors
            self.callsInFlight = callsInFlight
            self.model = model
        }
    }

    /// One connection of a connector.
    package struct Tunnel: Codable, Hashable, Sendable {
        /// What the tunnels of one connector share.
        package var session: String
        /// Rises with every dial of a session; the newest one serves.
        package var generation: Int
        package var remoteAddress: String
        package var connectorVersion: String
        package var since: Date
        /// Names of the deployments that it publishes.
        package var deployments: [String]
        package var openCalls: Int
        /// Whether it only finishes the calls that it has.
        package var draining: Bool
        /// Of the last ping, in milliseconds; absent until one was answered.
        package var roundTripMs: Double?
        /// Bytes that came from the connector, after TLS.
        package var bytesIn: Int
        /// Bytes that went to the connector, before TLS.
        package var bytesOut: Int

        package init(
            session: String,
            generation: Int,
            remoteAddress: String,
            connectorVersion: String,
            since: Date,
            deployments: [String],
            openCalls: Int,
            draining: Bool = false,
            roundTripMs: Double? = nil,
            bytesIn: Int,
            bytesOut: Int
        ) {
            self.session = session
            self.generation = generation
            self.remoteAddress = remoteAddress
            self.connectorVersion = connectorVersion
            self.since = since
            self.deployments = deployments
            self.openCalls = openCalls
            self.draining = draining
            self.roundTripMs = roundTripMs
            self.bytesIn = bytesIn
            self.bytesOut = bytesOut
        }
    }
}
