import Routing
import Vocabulary

/// What is told of deployments.
extension Metrics {
    /// Says of every deployment that exists whether it can be called: without a connector it has a sample, too, or an alert
    /// on 0 would be silent when the connector's machine is off.
    func writeOnline(_ deployments: [DeploymentName: Bool], _ tunnels: [TunnelStatus], to page: inout PrometheusPage) {
        let served = tunnels.filter { !$0.isDraining }.flatMap { tunnel in
            tunnel.deployments.filter(\.value.isHealthy).keys
        }
        let online = Set(served)
        let sorted = deployments.sorted { $0.key < $1.key }
        page.family(
            "adit_deployment_online",
            .gauge,
            "1 when the deployment is enabled and a healthy connector serves it, else 0."
        )
        for (name, isEnabled) in sorted { page.sample(name.labels, isEnabled && online.contains(name) ? 1 : 0) }
        page.family("adit_deployment_enabled", .gauge, "0 when an administrator has disabled the deployment, else 1.")
        for (name, isEnabled) in sorted { page.sample(name.labels, isEnabled ? 1 : 0) }
    }

    func writeCapacities(of deployments: [DeploymentName], to page: inout PrometheusPage) {
        let capacities = self.registry.capacities(of: deployments)
        page.family("adit_deployment_connectors", .gauge, "Connectors that take calls for the deployment.")
        for one in capacities { page.sample(one.labels, Double(one.connectors)) }
        page.family("adit_deployment_slots", .gauge, "Calls that its servers work on at once, where all say it.")
        for one in capacities {
            if let slots = one.slots { page.sample(one.labels, Double(slots)) }
        }
        page.family("adit_deployment_busy", .gauge, "Calls that its servers have, those of others included.")
        for one in capacities { page.sample(one.labels, Double(one.busy)) }
        page.family("adit_deployment_queued", .gauge, "Of these, those that wait at a server.")
        for one in capacities { page.sample(one.labels, Double(one.queued)) }
        page.family(
            "adit_ejections_total",
            .counter,
            "How often a connector that failed was left out for a while."
        )
        for one in capacities { page.sample(one.labels, Double(one.ejections)) }
    }
}

extension CapacityStatus {
    fileprivate var labels: [(String, String)] { self.deployment.labels }
}

extension DeploymentName {
    fileprivate var labels: [(String, String)] { [("deployment", self.rawValue)] }
}
