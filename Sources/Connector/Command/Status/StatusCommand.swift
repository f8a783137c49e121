internal import ArgumentParser
private import ConfigurationText
private import Foundation

/// `adit-connector status`: how the connectors of this machine are doing.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show tunnels, deployments, model servers and calls of the running connector."
    )

    @Option(help: "Directory that the connector writes its status to.", completion: .directory)
    var state: String?

    @Flag(help: "Print JSON for programs.")
    var json = false

    func run() throws {
        let environment = ProcessInfo.processInfo.environment
        let directory =
            self.state ?? environment["ADIT_STATE"].flatMap { $0.isEmpty ? nil : $0 }
            ?? ConnectorConfiguration.stateDirectory(environment)
        let now = Int(Date().timeIntervalSince1970)
        let all = StatusFile.readAll(in: directory, now: now)
        if self.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(all), as: UTF8.self))
        }
        guard !all.isEmpty else {
            throw Complaint("no connector is running here (looked in \(directory)). Start it with «adit-connector run»")
        }
        if !self.json { print(all.map { Self.text($0, now: now) }.joined(separator: "\n\n")) }
    }

    /// A connector's status for people: who it is, then its tunnels, its deployments and its model servers.
    static func text(_ status: ConnectorStatus, now: Int) -> String {
        let calls = status.upstreams.reduce(0) { $0 + $1.callsInFlight }
        var lines = [
            "connector \(status.version), process \(status.pid), relay \(status.relay), "
                + "\(calls) \(calls == 1 ? "call" : "calls") in flight"
        ]
        if let failure = status.lastFailure { lines.append("no tunnel: \(Columns.printable(failure))") }
        lines.append("")
        lines += Columns.lines(
            [["TUNNEL", "STATE", "RELAY", "FOR", "ROUND TRIP", "CALLS"]]
                + status.tunnels.map { tunnel in
                    [
                        "\(tunnel.index)",
                        tunnel.state,
                        tunnel.relay ?? "-",
                        Self.elapsed(now - tunnel.since),
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

    /// A time in its two largest units: `3 d 4 h`, `12 m 5 s`.
    static func elapsed(_ seconds: Int) -> String {
        let units = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)]
        let first = units.firstIndex { max(0, seconds) >= $0.1 } ?? units.count - 1
        let (name, length) = units[first]
        let whole = "\(max(0, seconds) / length) \(name)"
        guard first + 1 < units.count, seconds > 0 else { return whole }
        let rest = seconds % length / units[first + 1].1
        return rest == 0 ? whole : "\(whole) \(rest) \(units[first + 1].0)"
    }
}
