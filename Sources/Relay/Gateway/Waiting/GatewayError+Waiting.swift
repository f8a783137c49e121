import Routing
package import Vocabulary

/// Why a call that waits, or would have to, is not served.
extension GatewayError {
    /// Nobody serves the deployment.
    static func offline(_ name: DeploymentName, _ outage: Outage) -> Self {
        GatewayError(
            .connectorOffline,
            "The deployment \(name) is offline: \(outage.reason). \(outage.advice)",
            retryAfter: 5
        )
    }

    /// Nobody serves the deployment, and as many calls wait for somebody as may.
    static func offlineAndFull(_ name: DeploymentName, _ outage: Outage) -> Self {
        GatewayError(
            .connectorOffline,
            "The deployment \(name) is offline: \(outage.reason). As many calls as may wait for it already. Try again shortly.",
            retryAfter: 5
        )
    }

    /// All who serve the deployment are busy, and have been for too long, or with too many who wait.
    static func allBusy(_ name: DeploymentName) -> Self {
        GatewayError(
            .upstreamBusy,
            "All model servers of \(name) are busy, and so many calls wait for them that yours would wait too long. "
                + "Try again in a moment.",
            retryAfter: 5
        )
    }

    /// The relay stops, and another one is about to be there.
    package static var restarting: Self {
        GatewayError(.relayUnavailable, "The relay is restarting. Try again in a moment.", retryAfter: 2)
    }
}
