internal import Uplink
internal import Upstream

/// Everything that `adit-connector run` can be told; what stands for itself is read as if it stood here.
@dynamicMemberLookup
struct ConnectorConfiguration: Sendable {
    var relay: RelayAddress
    var token: String
    var trust: RelayTrust
    var proxy: Proxy?
    /// Empty when the usual ports are to be looked at.
    var upstreams: [UpstreamConfiguration] = []
    /// What the user wants served by what; of several about one name the first counts.
    var choices: [DeploymentMap.Choice] = []
    var settings: ConnectorSettings
    /// What is possible but not wise, as sentences for the log.
    var warnings: [String] = []

    subscript<Value>(dynamicMember member: WritableKeyPath<ConnectorSettings, Value>) -> Value {
        get { self.settings[keyPath: member] }
        set { self.settings[keyPath: member] = newValue }
    }
}
