package import Vocabulary

/// A change that others must act on.
package enum Change: Hashable, Sendable {
    case tokenRevoked(TunnelTokenID)
    case deploymentDeleted(DeploymentName)
}

/// Hears of changes once they are durable and hold, in the order in which they were made.
///
/// The next change waits until the observer has returned: it must not wait itself.
package protocol DirectoryObserver: Sendable {
    func directory(changed change: Change)
}
