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

/// What an accepted key may do with one deployment.
package struct Grant: Hashable, Sendable {
    /// The key's id.
    package var key: String
    package var user: UserID
    package var group: GroupID
    package var deployment: DeploymentName
}
