/// What a running connector writes down about itself, for `adit-connector status`.
struct ConnectorStatus: Codable, Sendable {
    struct TunnelState: Codable, Sendable {
        var index: Int
        /// `up`, `leaving` or `connecting`.
        var state: String
        var relay: String?
        /// Seconds since 1970.
        var since: Int
        var openCalls: Int
        var roundTripMs: Double?
    }

    struct DeploymentState: Codable, Sendable {
        var name: String
        var model: String
        var upstream: String
        var healthy: Bool
        var reason: String?
        var callsInFlight: Int
    }

    struct UpstreamState: Codable, Sendable {
        var address: String
        var kind: String?
        var version: String?
        var healthy: Bool
        var reason: String?
        var models: [String]
        var callsInFlight: Int
    }

    var pid: Int32
    var version: String
    var relay: String
    /// When this was written, in seconds since 1970.
    var writtenAt: Int
    /// Why there is no tunnel, while there is none.
    var lastFailure: String?
    /// Why there is no model server, while there is none.
    var missingUpstream: String?
    var tunnels: [TunnelState]
    var deployments: [DeploymentState]
    var upstreams: [UpstreamState]
}
