package import Vocabulary

/// The accounts at one moment, ready to be asked on every call; never changed, only replaced.
package final class Snapshot: Sendable {
    package let deployments: [DeploymentName: Deployment]
    package let keys: [KeyID: Key]
    package let tokens: [TunnelTokenID: TunnelToken]
    private let keysByDigest: [SecretDigest: KeyID]
    private let tokensByDigest: [SecretDigest: TunnelTokenID]

    init(
        deployments: [DeploymentName: Deployment],
        keys: [KeyID: Key],
        tokens: [TunnelTokenID: TunnelToken]
    ) {
        self.deployments = deployments
        self.keys = keys
        self.tokens = tokens
        self.keysByDigest = Dictionary(keys.values.map { ($0.digest, $0.id) }) { first, _ in first }
        self.tokensByDigest = Dictionary(tokens.values.map { ($0.digest, $0.id) }) { first, _ in first }
    }

    /// The key with a digest, whatever its state.
    package func key(_ digest: SecretDigest) -> Key? {
        self.keysByDigest[digest].flatMap { self.keys[$0] }
    }

    /// The token with a digest, whatever its state.
    package func token(_ digest: SecretDigest) -> TunnelToken? {
        self.tokensByDigest[digest].flatMap { self.tokens[$0] }
    }

    func with(
        deployments: [DeploymentName: Deployment]? = nil,
        keys: [KeyID: Key]? = nil,
        tokens: [TunnelTokenID: TunnelToken]? = nil
    ) -> Snapshot {
        Snapshot(
            deployments: deployments ?? self.deployments,
            keys: keys ?? self.keys,
            tokens: tokens ?? self.tokens
        )
    }
}
