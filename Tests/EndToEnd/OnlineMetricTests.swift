import TestSupport
import Testing

extension EndToEnd {
    /// What an alert on the metrics of a deployment sees.
    @Suite
    struct OnlineMetricTests {
        @Test func aDeploymentIsOfflineOnThePageToo() async throws {
            try await Stand.with { stand in
                #expect(try await stand.online == 1)
                try await stand.relay.administer("deployment", "disable", Stand.deployment)
                #expect(try await stand.online == 0)
                try await stand.relay.administer("deployment", "enable", Stand.deployment)
                #expect(try await stand.online == 1)
                stand.connector.program.terminate()
                _ = try await stand.connector.program.exited.wait(within: 30, "the connector ends")
                try await eventually("the deployment is offline") { try await stand.online == 0 }
                #expect(try await stand.metric(#"adit_deployment_connectors{deployment="gemma-tunnel"}"#) == 0)
                try await stand.relay.createDeployment("never-served")
                #expect(try await stand.metric(#"adit_deployment_online{deployment="never-served"}"#) == 0)
                try await stand.relay.administer("deployment", "delete", "never-served")
                #expect(try await stand.metric(#"adit_deployment_online{deployment="never-served"}"#) == nil)
            }
        }
    }
}

extension Stand {
    fileprivate var online: Double? {
        get async throws { try await self.metric(#"adit_deployment_online{deployment="gemma-tunnel"}"#) }
    }
}
