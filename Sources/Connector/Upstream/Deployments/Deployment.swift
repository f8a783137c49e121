package import Vocabulary

/// One deployment as this connector serves it.
package struct Deployment: Hashable, Sendable {
    package var name: DeploymentName
    /// The upstream's own name for the model; empty while it is not known.
    package var model: String
    /// The upstream's place in the configuration.
    package var upstream: Int
    package var healthy: Bool
    /// Why it is not healthy, as a part of a sentence.
    package var reason: String?

    package init(name: DeploymentName, model: String, upstream: Int, healthy: Bool = true, reason: String? = nil) {
        self.name = name
        self.model = model
        self.upstream = upstream
        self.healthy = healthy
        self.reason = reason
    }
}
