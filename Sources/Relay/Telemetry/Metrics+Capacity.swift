import Routing
import Vocabulary

/// What is told of how busy deployments are.
extension Metrics {
    func writeCapacities(to page: inout PrometheusPage) {
        let capacities = self.registry.capacities()
        page.family("adit_deployment_connectors", .gauge, "Connectors that take calls for the deployment.")
        for one in capacities { page.sample(one.labels, Double(one.connectors)) }
        page.family("adit_deployment_slots", .gauge, "Calls that its servers work on at once, where all say it.")
        for one in capacities where one.connectors > 0 {
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
    fileprivate var labels: [(String, String)] { [("deployment", self.deployment.rawValue)] }
}
