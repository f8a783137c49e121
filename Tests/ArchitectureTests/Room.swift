/// One target of the house: its folder, what it may see of the other targets, and why no more.
struct Room: Sendable {
    var module: String
    var folder: String
    /// The targets of this package that it may import.
    var sees: Set<String>
    var reason: String

    /// The whole house.
    static let all: [Room] = shared + relay + connector

    private static let shared = [
        Room(
            module: "Vocabulary",
            folder: "Sources/Shared/Vocabulary",
            sees: [],
            reason: "it is what everything else is said in, so it rests on nothing"
        ),
        Room(
            module: "ConfigurationText",
            folder: "Sources/Shared/ConfigurationText",
            sees: [],
            reason: "it knows files and words, not what they set"
        ),
        Room(
            module: "LogLines",
            folder: "Sources/Shared/LogLines",
            sees: [],
            reason: "it writes lines, whatever they tell"
        ),
        Room(
            module: "Signals",
            folder: "Sources/Shared/Signals",
            sees: [],
            reason: "what a second signal means is the same for both programs"
        ),
        Room(
            module: "Sockets",
            folder: "Sources/Shared/Sockets",
            sees: [],
            reason: "it hands bytes to the kernel, whatever they are"
        ),
        Room(
            module: "Terminal",
            folder: "Sources/Shared/Terminal",
            sees: [],
            reason: "it shows words to people, whatever they tell"
        ),
        Room(
            module: "Dialects",
            folder: "Sources/Shared/Dialects",
            sees: ["Vocabulary"],
            reason: "it turns bytes into bytes, and must be testable without a relay"
        ),
        Room(
            module: "TunnelProtocol",
            folder: "Sources/Shared/TunnelProtocol",
            sees: [],
            reason: "its state machines are pure, and both programs share them"
        ),
        Room(
            module: "TunnelTransport",
            folder: "Sources/Shared/TunnelTransport",
            sees: ["TunnelProtocol"],
            reason: "it carries streams and does not know what they mean"
        ),
    ]

    private static let relay = [
        Room(
            module: "Waiting",
            folder: "Sources/Relay/Waiting",
            sees: [],
            reason: "who is next is decided without knowing what is waited for"
        ),
        Room(
            module: "Accounts",
            folder: "Sources/Relay/Accounts",
            sees: ["Vocabulary"],
            reason: "who may do what is decided without knowing how it is stored or asked"
        ),
        Room(
            module: "Ledger",
            folder: "Sources/Relay/Ledger",
            sees: ["Vocabulary"],
            reason: "money is counted without knowing how it is stored or what was bought"
        ),
        Room(
            module: "Admission",
            folder: "Sources/Relay/Admission",
            sees: ["Vocabulary", "Accounts", "Ledger", "Waiting"],
            reason: "it judges a caller before anything about tunnels is known"
        ),
        Room(
            module: "Routing",
            folder: "Sources/Relay/Routing",
            sees: ["Vocabulary", "TunnelProtocol", "TunnelTransport", "Waiting"],
            reason: "several relays will be one more thing behind it, which no caller may notice"
        ),
        Room(
            module: "Gateway",
            folder: "Sources/Relay/Gateway",
            sees: [
                "Vocabulary", "Dialects", "TunnelProtocol", "TunnelTransport", "Accounts", "Admission", "Ledger",
                "Routing", "Waiting",
            ],
            reason: "it walks a call through, whatever brought it and wherever it is stored"
        ),
        Room(
            module: "ContentCoding",
            folder: "Sources/Relay/ContentCoding",
            sees: [],
            reason: "it turns bytes into bytes, and is the one place that sees C libraries"
        ),
        Room(
            module: "Ingress",
            folder: "Sources/Relay/Ingress",
            sees: [
                "Vocabulary", "Dialects", "ContentCoding", "Sockets", "TunnelTransport", "Gateway", "Administration",
            ],
            reason: "it speaks HTTP and leaves every decision to the gateway"
        ),
        Room(
            module: "WebClient",
            folder: "Sources/Relay/WebClient",
            sees: ["Vocabulary"],
            reason: "it meets the web at large, whatever is asked for there"
        ),
        Room(
            module: "RemoteImages",
            folder: "Sources/Relay/RemoteImages",
            sees: ["Vocabulary", "Gateway", "WebClient"],
            reason: "it fetches images, and knows no call but the address that one names"
        ),
        Room(
            module: "Alerts",
            folder: "Sources/Relay/Alerts",
            sees: ["Vocabulary", "WebClient"],
            reason: "it is told how things stand, and shares how addresses of strangers are judged"
        ),
        Room(
            module: "Administration",
            folder: "Sources/Relay/Administration",
            sees: ["Vocabulary", "Accounts", "Ledger", "Routing"],
            reason: "it changes what is stored and never touches a call"
        ),
        Room(
            module: "SQLiteStore",
            folder: "Sources/Relay/SQLiteStore",
            sees: ["Vocabulary", "Accounts", "Ledger"],
            reason: "another database is one more target beside it"
        ),
        Room(
            module: "Telemetry",
            folder: "Sources/Relay/Telemetry",
            sees: ["Vocabulary", "Gateway", "Ingress", "Routing"],
            reason: "it observes; nothing may depend on being observed"
        ),
        Room(
            module: "RelayCommand",
            folder: "Sources/Relay/Command",
            sees: [
                "Vocabulary", "ConfigurationText", "LogLines", "Signals", "Terminal", "Dialects", "TunnelProtocol",
                "TunnelTransport", "Accounts", "Ledger", "Admission", "Routing", "Gateway", "Ingress", "WebClient",
                "RemoteImages", "Administration", "Alerts", "SQLiteStore", "Telemetry", "Waiting",
            ],
            reason: "it puts the relay together, and knows nothing of the connector"
        ),
    ]

    private static let connector = [
        Room(
            module: "Uplink",
            folder: "Sources/Connector/Uplink",
            sees: ["Vocabulary", "TunnelProtocol", "TunnelTransport"],
            reason: "it keeps tunnels up, whatever answers the calls in them"
        ),
        Room(
            module: "Upstream",
            folder: "Sources/Connector/Upstream",
            sees: ["Vocabulary", "Sockets", "TunnelProtocol", "TunnelTransport"],
            reason: "it asks the model server, whoever dialled the relay"
        ),
        Room(
            module: "ConnectorCommand",
            folder: "Sources/Connector/Command",
            sees: [
                "Vocabulary", "ConfigurationText", "LogLines", "Signals", "Terminal", "TunnelProtocol",
                "TunnelTransport", "Uplink", "Upstream",
            ],
            reason: "it puts the connector together, and knows nothing of the relay"
        ),
    ]
}
