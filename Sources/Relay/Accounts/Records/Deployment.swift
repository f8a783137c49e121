package import Vocabulary

/// A public model name.
package struct Deployment: Hashable, Sendable {
    /// Who brought it into being.
    package enum Origin: String, Hashable, Sendable {
        /// Whoever hosts the relay.
        case administrator
        /// A connector, whose token covers the name.
        case connector
    }

    package var name: DeploymentName
    package var description: String
    /// Whether calls to it are taken; a disabled one is to callers as if it did not exist.
    package var isEnabled: Bool
    package var created: Int
    package var origin: Origin

    package init(name: DeploymentName, description: String, isEnabled: Bool, created: Int, origin: Origin) {
        self.name = name
        self.description = description
        self.isEnabled = isEnabled
        self.created = created
        self.origin = origin
    }
}
