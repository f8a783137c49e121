package import TunnelProtocol
import Vocabulary

extension Deployment {
    /// What `state` tells the relay about this deployment.
    ///
    /// - Parameters:
    ///   - report: of the deployment's upstream, once there is one.
    ///   - busy: calls of the deployment that are under way here.
    ///   - elsewhere: calls of other deployments that are under way here at the same upstream.
    ///   - load: how busy the upstream says it is, if it does.
    ///   - configuration: of the upstream.
    package func state(
        report: UpstreamReport?,
        busy: Int,
        elsewhere: Int = 0,
        load: UpstreamLoad? = nil,
        configuration: UpstreamConfiguration? = nil
    ) -> ControlMessage.DeploymentState {
        let others = elsewhere + (load?.foreign ?? 0)
        let isCounted = load?.foreign != nil || elsewhere > 0
        return ControlMessage.DeploymentState(
            name: self.name.rawValue,
            model: self.model,
            upstream: (report?.kind ?? .generic).rawValue,
            upstreamVersion: report?.version,
            dialects: UpstreamService.common.union(report?.services ?? []).map(\.rawValue).sorted(),
            contextLength: report?.models.first { $0.id == self.model }?.contextLength,
            slots: configuration?.slots ?? report?.slots ?? load?.slots,
            busy: busy,
            queued: load?.waiting ?? 0,
            others: isCounted ? others : nil,
            loaded: load?.loaded?.contains(self.model),
            weight: configuration?.weight,
            healthy: self.healthy,
            reason: self.healthy ? nil : self.reason
        )
    }
}
