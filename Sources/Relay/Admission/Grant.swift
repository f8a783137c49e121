package import Accounts
package import Vocabulary

/// A key that was recognised: what is left to ask in the course of a call costs no hash any more.
///
/// It says who called, not that they still may; every question is answered by the accounts as they are then.
package struct RecognisedKey: Hashable, Sendable {
    let digest: SecretDigest
}

/// What an accepted key may do with one deployment.
package struct Grant: Hashable, Sendable {
    /// The key's id.
    package var key: String
    package var user: UserID
    package var group: GroupID
    package var deployment: DeploymentName
}
