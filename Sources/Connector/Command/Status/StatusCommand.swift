internal import ArgumentParser
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
            self.state ?? environment["ADIT_STATE"] ?? ConnectorConfiguration.stateDirectory(environment)
        let all = StatusFile.readAll(in: directory)
        if self.json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            print(String(decoding: try encoder.encode(all), as: UTF8.self))
        }
        guard !all.isEmpty else {
            throw Complaint("no connector is running here (looked in \(directory)). Start it with «adit-connector run»")
        }
        if !self.json { print(all.map(Self.text).joined(separator: "\n\n")) }
    }

    private static func text(_ status: ConnectorStatus) -> String {
        var lines = ["connector \(status.version), process \(status.pid), relay \(status.relay)"]
        if let failure = status.lastFailure { lines.append("no tunnel: \(failure)") }
        lines.append("")
        lines += Self.table(
            ["TUNNEL", "STATE", "ROUND TRIP", "CALLS"],
            status.tunnels.map { tunnel in
                let roundTrip = tunnel.roundTripMs.map { "\($0) ms" } ?? "-"
                return ["\(tunnel.index)", tunnel.state, roundTrip, "\(tunnel.openCalls)"]
            }
        )
        lines.append("")
        lines += Self.table(
            ["DEPLOYMENT", "MODEL", "STATE", "CALLS"],
            status.deployments.map { deployment in
                let state = deployment.healthy ? "served" : "not served: \(deployment.reason ?? "")"
                return [deployment.name, deployment.model, state, "\(deployment.callsInFlight)"]
            }
        )
        lines.append("")
        lines += Self.table(
            ["MODEL SERVER", "KIND", "STATE", "MODELS"],
            status.upstreams.map { upstream in
                let kind = [upstream.kind, upstream.version].compactMap(\.self).joined(separator: " ")
                let state = upstream.healthy ? "well" : upstream.reason ?? "not well"
                return [upstream.address, kind, state, "\(upstream.models.count)"]
            }
        )
        return lines.joined(separator: "\n")
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> [String] {
        let all = [head] + rows
        let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ")
                .trimmingCharacters(in: .whitespaces)
        }
    }
}
