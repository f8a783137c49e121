internal import Accounts
internal import Administration
internal import Foundation
internal import Routing
private import Vocabulary

/// Puts together how the relay is doing, from the directory's deployments and the registry's tunnels.
struct RelayStatus: StatusSource {
    private let directory: Directory
    private let registry: Registry
    private let started = Date()
    private let listening: ListeningAddresses

    init(_ ground: Groundwork, listening: ListeningAddresses) {
        self.directory = ground.directory
        self.registry = ground.registry
        self.listening = listening
    }

    func status() async -> StatusReport {
        let tunnels = self.registry.tunnels()
        return StatusReport(
            relay: .init(
                id: self.registry.relay,
                version: Version.text,
                startedAt: self.started,
                uptime: Int(Date().timeIntervalSince(self.started)),
                listen: self.listening.urls.joined(separator: ", ")
            ),
            openCalls: self.registry.openCalls,
            deployments: self.directory.deployments().map { self.deployment($0, tunnels: tunnels) },
            tunnels: tunnels.map(Self.tunnel)
        )
    }

    private func deployment(_ deployment: Deployment, tunnels: [TunnelStatus]) -> StatusReport.Deployment {
        let serving = tunnels.filter { $0.deployments[deployment.name] != nil }
        let offers = serving.filter { !$0.isDraining }.compactMap { $0.deployments[deployment.name] }
        let isOnline = deployment.isEnabled && offers.contains(where: \.isHealthy)
        let reason: String? =
            if isOnline {
                nil
            } else if !deployment.isEnabled {
                "disabled by the administrator"
            } else {
                self.registry.outage(of: deployment.name).reason
            }
        return StatusReport.Deployment(
            name: deployment.name.rawValue,
            enabled: deployment.isEnabled,
            online: isOnline,
            reason: reason,
            connectors: Set(serving.map(\.ticket.session)).count,
            callsInFlight: serving.reduce(0) { $0 + ($1.openCallsByDeployment[deployment.name] ?? 0) },
            model: offers.first?.model
        )
    }

    private static func tunnel(_ tunnel: TunnelStatus) -> StatusReport.Tunnel {
        StatusReport.Tunnel(
            session: tunnel.ticket.session,
            generation: Int(clamping: tunnel.ticket.generation),
            remoteAddress: tunnel.ticket.remoteAddress,
            connectorVersion: tunnel.ticket.software,
            since: Date(timeIntervalSince1970: TimeInterval(tunnel.since)),
            deployments: tunnel.deployments.keys.map(\.rawValue).sorted(),
            openCalls: tunnel.openCalls,
            draining: tunnel.isDraining,
            roundTripMs: tunnel.traffic.roundTripMicroseconds.map { Double($0) / 1_000 },
            bytesIn: tunnel.traffic.bytesReceived,
            bytesOut: tunnel.traffic.bytesSent
        )
    }
}
