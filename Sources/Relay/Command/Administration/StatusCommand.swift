internal import Administration
internal import ArgumentParser
private import FoundationEssentials
private import Terminal

/// `adit-relay status`: how the running relay is doing.
struct StatusCommand: AdministrationCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the running relay is doing."
    )

    @OptionGroup var options: AdministrationOptions

    func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
        let report: StatusReport = try await client.get(["status"])
        return CommandAnswer(lines: report.lines, document: report)
    }
}

extension StatusReport {
    /// The report for people: the relay in one line, then a table of deployments and one of tunnels.
    var lines: [String] {
        let relay = self.relay
        var lines = [
            "relay \(relay.id), version \(relay.version), up \(Elapsed.text(seconds: relay.uptime)), listening on"
                + " \(relay.listen), \(Wording.count(self.openCalls, "open call"))",
            "",
        ]
        lines += self.deployments.isEmpty ? ["no deployments"] : self.deploymentTable.lines()
        lines.append("")
        lines += self.tunnels.isEmpty ? ["no tunnels"] : self.tunnelTable.lines()
        return lines
    }

    private var deploymentTable: TextTable {
        var table = TextTable([
            .text("DEPLOYMENT"), .text("STATE"), .text("MODEL"), .number("CONNECTORS"), .number("CALLS"),
        ])
        for deployment in self.deployments {
            table.add([
                deployment.name,
                deployment.state,
                deployment.model ?? "",
                "\(deployment.connectors)",
                "\(deployment.callsInFlight)",
            ])
        }
        return table
    }

    /// Bytes are for programs: the table has no room for them.
    private var tunnelTable: TextTable {
        let now = self.relay.startedAt.addingTimeInterval(Double(self.relay.uptime))
        var table = TextTable([
            .text("TUNNEL"), .text("FROM"), .text("CONNECTOR"), .text("UP"), .number("CALLS"), .number("RTT ms"),
            .text("DEPLOYMENTS"),
        ])
        for tunnel in self.tunnels {
            table.add([
                "\(tunnel.session.prefix(8))/\(tunnel.generation)",
                tunnel.remoteAddress,
                tunnel.connectorVersion,
                Elapsed.text(seconds: Int(now.timeIntervalSince(tunnel.since))),
                "\(tunnel.openCalls)",
                tunnel.roundTripMs.map(Wording.oneDecimal) ?? "",
                (tunnel.draining ? "draining " : "") + tunnel.deployments.joined(separator: " "),
            ])
        }
        return table
    }
}

extension StatusReport.Deployment {
    /// In one or a few words.
    var state: String {
        if !self.enabled { return "disabled" }
        if self.online { return "online" }
        return self.reason.map { "offline: \($0)" } ?? "offline"
    }
}
