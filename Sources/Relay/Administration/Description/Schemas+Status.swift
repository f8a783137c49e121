extension StatusReport: Described {
    static let schema = RecordSchema(
        "Status",
        "How the relay is doing.",
        [
            .must("relay", .record(Relay.schema)), .must("open_calls", .integer("How many calls are under way.")),
            .must("deployments", .list(of: .record(Deployment.schema), "Every deployment.")),
            .must("tunnels", .list(of: .record(Tunnel.schema), "Every tunnel that is up.")),
        ]
    )
}

extension StatusReport.Relay: Described {
    static let schema = RecordSchema(
        "RelayStatus",
        "The process itself.",
        [
            .must("id", .string("Chosen anew at every start.")), .must("version", .string("Of the program.")),
            .must("started_at", .time("When it was started.")), .must("uptime", .integer("Seconds since then.")),
            .must("listen", .string("The addresses that calls are accepted on.")),
        ]
    )
}

extension StatusReport.Deployment: Described {
    static let schema = RecordSchema(
        "DeploymentStatus",
        "A deployment as callers find it.",
        [
            .must("name", .string("Its name.")), .must("enabled", .boolean("What the administrator decided.")),
            .must("online", .boolean("Whether a call would be taken now.")),
            .may("reason", .string("Why it is not online.")),
            .must("connectors", .integer("How many connectors publish it.")),
            .must("calls_in_flight", .integer("How many calls to it are under way.")),
            .may("model", .string("The model server's own name for the model.")),
        ]
    )
}

extension StatusReport.Tunnel: Described {
    static let schema = RecordSchema(
        "TunnelStatus",
        "One connection of a connector.",
        [
            .must("session", .string("What the tunnels of one connector share.")),
            .must("generation", .integer("Rises with every dial of a session.")),
            .must("remote_address", .string("Where it comes from.")),
            .must("connector_version", .string("The connector's own words.")),
            .must("since", .time("When it came.")),
            .must("deployments", .strings("Names of the deployments that it publishes.")),
            .must("open_calls", .integer("How many calls are on it.")),
            .must("draining", .boolean("Whether it only finishes the calls that it has.")),
            .may("round_trip_ms", .decimal("Of the last ping, in milliseconds.")),
            .must("bytes_in", .integer("What came from the connector.")),
            .must("bytes_out", .integer("What went to the connector.")),
        ]
    )
}
