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
    var carrier = CarrierChoice.auto
    /// 1 to 4.
    var tunnels = 2
    /// Empty when the usual ports are to be looked at.
    var upstreams: [UpstreamConfiguration] = []
    /// Of a model server that is found on the usual ports.
    var native = NativeUse.auto
    var model: String?
    /// What the user wants served by what; of several about one name the first counts.
    var choices: [DeploymentMap.Choice] = []
    /// Where the status is written.
    var state: String
    var logLevel = Logger.Level.info
    var logFormat = LineLogHandler.Format.text
    /// How long running calls may take when the program stops.
    var drain = Duration.seconds(600)
    /// For how long an answer is kept whose tunnel has died; zero keeps none.
    var resumeTime = Duration.seconds(30)
    /// How much of such an answer is kept, in bytes.
    var resumeBuffer = 1 << 20
    /// After how much silence of the relay a tunnel is given up.
    var deadAfter = Duration.seconds(15)
    /// What is possible but not wise, as sentences for the log.
    var warnings: [String] = []
}
