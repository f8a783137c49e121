private import Foundation
private import Logging
internal import ServiceLifecycle
internal import Uplink
internal import Upstream
private import Vocabulary

/// Writes the status down every second, for its owner only, and takes it away at the end.
struct StatusWriter: Service {
    let directory: StateDirectory
    let succession: Succession

    func run() async throws {
        var hasComplained = false
        // Goes on while calls end during a graceful stop; the group cancels it last.
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do {
                try StatusFile.write(self.status(), in: self.directory)
            } catch {
                if !hasComplained { self.succession.logger.warning("the status cannot be written: \(error)") }
                hasComplained = true
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        }
        self.directory.remove(StatusFile.name(pid: ProcessInfo.processInfo.processIdentifier))
    }

    /// Why there is no tunnel, while there is none: that one fails beside another which serves is said by the log.
    static func lastFailure(of failures: [String?], beside tunnels: [UplinkStatus]) -> String? {
        tunnels.contains(where: \.takesCalls) ? nil : failures.lazy.compactMap(\.self).first
    }

    private func status() -> ConnectorStatus {
        let (serving, others) = self.succession.sessions
        let (deployments, reports) = serving.connector.snapshot()
        let upstreams = serving.configuration.upstreams.map { "\($0.address)" }
        let tunnels = ([serving] + others).flatMap { $0.uplink.status() }
        return ConnectorStatus(
            pid: ProcessInfo.processInfo.processIdentifier,
            version: Version.text,
            relay: "\(serving.configuration.relay)",
            writtenAt: Int(Date().timeIntervalSince1970),
            lastFailure: Self.lastFailure(
                of: [serving.uplink.lastFailure, others.first?.uplink.lastFailure],
                beside: tunnels
            ),
            missingUpstream: ([serving] + others).allSatisfy { $0.search != nil }
                ? "\(UsualPorts.noneFound); it is looked for every \(UpstreamSearch.pause.components.seconds) s" : nil,
            tunnels: tunnels.map { tunnel in
                ConnectorStatus.TunnelState(
                    index: tunnel.index,
                    state: tunnel.isLeaving ? "leaving" : tunnel.isUp ? "up" : "connecting",
                    relay: tunnel.relay,
                    since: tunnel.since,
                    openCalls: tunnel.openCalls,
                    roundTripMs: tunnel.roundTripMicroseconds.map { Double($0) / 1_000 }
                )
            },
            deployments: deployments.map { deployment in
                ConnectorStatus.DeploymentState(
                    name: deployment.name.rawValue,
                    model: deployment.model,
                    upstream: upstreams.indices.contains(deployment.upstream) ? upstreams[deployment.upstream] : "-",
                    healthy: deployment.healthy,
                    reason: deployment.healthy ? nil : deployment.reason,
                    callsInFlight: serving.forwarding.callsInFlight(for: deployment.name)
                )
            },
            upstreams: upstreams.enumerated().map { index, address in
                let report = reports[index]
                return ConnectorStatus.UpstreamState(
                    address: address,
                    kind: report?.kind.name,
                    version: report?.version,
                    healthy: report?.healthy ?? false,
                    reason: report == nil ? "not asked yet" : report?.reason,
                    models: report?.models.map(\.id) ?? [],
                    callsInFlight: serving.forwarding.callsInFlight(at: index)
                )
            }
        )
    }
}
