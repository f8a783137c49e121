package import TunnelProtocol
import Vocabulary

extension Deployment {
    /// What `state` tells the relay about this deployment.
    ///
    /// - Parameters:
    ///   - report: of the deployment's upstream, once there is one.
    ///   - busy: calls of the deployment that are under way here.
    package func state(report: UpstreamReport?, busy: Int) -> ControlMessage.DeploymentState {
        ControlMessage.DeploymentState(
            name: self.name.rawValue,
            model: self.model,
            upstream: (report?.kind ?? .generic).rawValue,
            upstreamVersion: report?.version,
            dialects: UpstreamService.common.union(report?.services ?? []).map(\.rawValue).sorted(),
            contextLength: report?.models.first { $0.id == self.model }?.contextLength,
            slots: report?.slots,
            busy: busy,
            healthy: self.healthy,
            reason: self.healthy ? nil : self.reason
        )
    }
}
