internal import LogLines
internal import Logging
internal import Uplink
internal import Upstream

/// Everything that `adit-connector run` can be told.
struct ConnectorConfiguration: Sendable {
    var relay: RelayAddress
    var token: String
    var trust: RelayTrust
    var proxy: Proxy?
    /// 1 to 4.
    var tunnels = 2
    /// Empty when the usual ports are to be looked at.
    var upstreams: [UpstreamConfiguration] = []
    var model: String?
    var choices: [DeploymentMap.Choice] = []
    /// Where the status is written.
    var state: String
    var logLevel = Logger.Level.info
    var logFormat = LineLogHandler.Format.text
    /// Seconds that running calls may take when the program stops.
    var drain = 600
}
