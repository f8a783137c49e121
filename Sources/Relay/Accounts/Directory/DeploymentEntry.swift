internal import Vocabulary

/// A deployment as calls ask for it: one reference, however much the deployment holds.
package final class DeploymentEntry: Sendable {
    package let deployment: Deployment
    /// Whether anything limits it.
    package let isLimited: Bool

    init(_ deployment: Deployment) {
        self.deployment = deployment
        self.isLimited = deployment.limits != .none
    }

    /// Whether it exists for a key at all.
    package func exists(for key: KeyEntry) -> Bool {
        switch self.deployment.audience {
        case .everyone: true
        case .owner: self.deployment.owner == key.key.user
        case .groups(let groups): groups.contains(key.key.group) || self.deployment.owner == key.key.user
        }
    }

    /// Whether a key can call it as it is now: what has no price is not sold.
    package func isOffered(to key: KeyEntry) -> Bool {
        self.deployment.isEnabled && self.exists(for: key)
            && (self.deployment.price != nil || !key.group.group.isBilled)
    }
}
