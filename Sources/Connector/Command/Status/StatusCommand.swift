internal import ArgumentParser
private import ConfigurationText
private import Foundation
private import Terminal

/// `adit-connector status`: how the connectors of this machine are doing.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show tunnels, deployments, model servers and calls of the running connector."
    )

    @Option(help: "Directory that the connector writes its status to.", completion: .directory)
    var state: String?

    @Option(help: "The connector's file with settings, which may name that directory.", completion: .file())
    var config: String?

    @Flag(help: "Print JSON for programs.")
    var json = false

    func run() throws {
        let directory: StateDirectory
        do {
            let environment = ProcessInfo.processInfo.environment
            directory = StateDirectory(
                path: try ConnectorSettings.state(config: self.config, state: self.state, environment: environment)
            )
        } catch {
            throw Complaint("\(error)")
        }
        guard !directory.isForOthers else {
            throw Complaint("\(directory.path) is for another user only: run this as the connector's user, or as root")
        }
        let now = Int(Date().timeIntervalSince1970)
        let all = StatusFile.readAll(in: directory, now: now)
        if self.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            try Output.write(String(decoding: try encoder.encode(all), as: UTF8.self) + "\n")
        }
        guard !all.isEmpty else {
            throw Complaint(
                "no connector is running here (looked in \(directory.path)). Start it with «adit-connector run»"
            )
        }
        if !self.json { try Output.write(all.map { Self.text($0, now: now) }.joined(separator: "\n\n") + "\n") }
    }

    /// A connector's status for people: who it is, then its tunnels, its deployments and its model servers.
    static func text(_ status: ConnectorStatus, now: Int) -> String {
        let calls = status.upstreams.reduce(0) { $0 + $1.callsInFlight }
        var lines = [
            "connector \(status.version), process \(status.pid), relay \(status.relay), "
                + "\(calls) \(calls == 1 ? "call" : "calls") in flight"
        ]
        if let failure = status.lastFailure { lines.append("no tunnel: \(failure.printable)") }
        if let missing = status.missingUpstream { lines.append("no model server: \(missing.printable)") }
        lines.append("")
        lines += Columns.lines(
            [["TUNNEL", "STATE", "RELAY", "FOR", "ROUND TRIP", "CALLS"]]
                + status.tunnels.map { tunnel in
                    [
                        "\(tunnel.index)",
                        tunnel.state,
                        tunnel.relay ?? "-",
                        Elapsed.text(seconds: now - tunnel.since),
                        tunnel.roundTripMs.map { "\($0) ms" } ?? "-",
                        "\(tunnel.openCalls)",
                    ]
                }
        )
        lines.append("")
        lines += Columns.lines(
            [["DEPLOYMENT", "MODEL", "MODEL SERVER", "CALLS", "STATE"]]
                + status.deployments.map { deployment in
                    let state = deployment.healthy ? "served" : "not served: \(deployment.reason ?? "")"
                    let model = deployment.model.isEmpty ? "-" : deployment.model
                    return [deployment.name, model, deployment.upstream, "\(deployment.callsInFlight)", state]
                }
        )
        lines.append("")
        lines += Columns.lines(
            [["MODEL SERVER", "KIND", "MODELS", "CALLS", "STATE"]]
                + status.upstreams.map { upstream in
                    let kind = [upstream.kind, upstream.version].compactMap(\.self).joined(separator: " ")
                    let state = upstream.healthy ? "well" : upstream.reason ?? "not well"
                    let calls = "\(upstream.callsInFlight)"
                    return [upstream.address, kind.isEmpty ? "-" : kind, "\(upstream.models.count)", calls, state]
                }
        )
        return lines.joined(separator: "\n")
    }
}
