package import NIOCore
package import Vocabulary

/// What a call waits for before it goes to a model server.
package enum WaitReason: String, Hashable, Sendable, CaseIterable {
    /// Nobody serves the deployment; somebody did a moment ago.
    case connector
    /// All who serve the deployment are busy.
    case slot
    /// A limit of calls at once has no room for it.
    case limit
}

/// How a wait ended.
package enum WaitOutcome: String, Hashable, Sendable, CaseIterable {
    /// The call went on.
    case served
    /// It took too long.
    case expired
    /// The caller left.
    case left
    /// The line was full of one user's calls, and another one's came; or the relay stopped; or the key was disabled.
    case ended
}

/// A wait that is over.
package struct CallWait: Sendable {
    package var deployment: DeploymentName
    package var reason: WaitReason
    package var outcome: WaitOutcome
    package var duration: TimeAmount

    package init(deployment: DeploymentName, reason: WaitReason, outcome: WaitOutcome, duration: TimeAmount) {
        self.deployment = deployment
        self.reason = reason
        self.outcome = outcome
        self.duration = duration
    }
}
