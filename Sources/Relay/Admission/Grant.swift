package import Accounts
package import Vocabulary

/// A key that was recognised: what is left to ask in the course of a call costs no hash any more.
///
/// It says who called, not that they still may; every question is answered by the accounts as they are then.
package struct RecognisedKey: Hashable, Sendable {
    let digest: SecretDigest

    init(digest: SecretDigest) {
        self.digest = digest
    }

    /// A key by what ``bytes`` said of it; `nil` for what no key ever said.
    package init?(bytes: some Collection<UInt8>) {
        guard let digest = SecretDigest(bytes: bytes) else { return nil }
        self.digest = digest
    }

    /// What the key is known by, to be kept with what is its own: the digest of its secret.
    package var bytes: [UInt8] { self.digest.bytes }
}

/// An accepted key in the accounts of one moment, from which every further question about its call is answered.
package struct Standing: Sendable {
    let entry: KeyEntry
    let snapshot: Snapshot
}

/// What an accepted key may do with one deployment: the accounts as they were when the call was let in.
package struct Grant: Sendable {
    private let entry: KeyEntry
    private let target: DeploymentEntry

    /// Of all calls to the relay together.
    private let relayLimits: Limits

    init(_ entry: KeyEntry, to deployment: DeploymentEntry, relayLimits: Limits) {
        self.entry = entry
        self.target = deployment
        self.relayLimits = relayLimits
    }

    package var key: Key { self.entry.key }
    package var user: User { self.entry.user }
    package var group: Group { self.entry.group.group }
    package var deployment: Deployment { self.target.deployment }
    // What every call asks: a copy of all that the record holds would cost more than the question.
    package var keyID: KeyID { self.entry.key.id }
    package var userID: UserID { self.entry.user.id }
    package var deploymentName: DeploymentName { self.target.deployment.name }
    /// Whether the group's calls are paid for.
    package var isBilled: Bool { self.entry.group.group.isBilled }
    package var hasQuota: Bool { self.entry.hasQuota }
    /// What prices are multiplied with: the user's own multiplier in the group, or else the group's.
    package var multiplier: Factor { self.group.multiplier(of: self.entry.key.user) }
}

extension Grant {
    /// Whether anything limits calls of this kind.
    var isLimited: Bool { self.entry.isLimited || self.target.isLimited || self.relayLimits != .none }

    /// The limits that a call counts against, the narrowest first.
    var demands: [Demand] {
        let all = [
            Demand(subject: .key(self.key.id), limits: self.entry.keyLimits),
            Demand(subject: .user(self.user.id), limits: self.entry.userLimits),
            Demand(subject: .group(self.group.id), limits: self.group.limits),
            Demand(subject: .deployment(self.deployment.name), limits: self.deployment.limits),
            Demand(subject: .relay, limits: self.relayLimits),
        ]
        return all.filter { $0.limits != .none }
    }
}
