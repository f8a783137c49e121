package import Accounts
package import Vocabulary

/// Decides who may call what, in memory and at once.
///
/// The order of refusals is fixed: 401 before 403 before 404, so that nobody learns of a deployment without a key for it.
/// A wrong key costs what a right one costs: one keyed hash and one look-up, in which nothing depends on the secret.
package struct Gatekeeper: Sendable {
    private let directory: Directory

    package init(directory: Directory) {
        self.directory = directory
    }

    /// Accepts or refuses a key.
    package func authenticate(_ credential: Credential) throws(GatewayError) -> RecognisedKey {
        let key = RecognisedKey(digest: self.directory.digest(of: credential.secret))
        _ = try self.check(key, in: self.directory.snapshot)
        return key
    }

    /// Accepts or refuses a key that was recognised before: it may have been disabled since.
    package func check(_ key: RecognisedKey) throws(GatewayError) {
        _ = try self.check(key, in: self.directory.snapshot)
    }

    /// Accepts or refuses a call to a deployment.
    /// - Parameter model: what the caller wrote, which need not be a name.
    package func admit(_ key: RecognisedKey, to model: String) throws(GatewayError) -> Grant {
        let snapshot = self.directory.snapshot
        let entry = try self.check(key, in: snapshot)
        guard entry.allows(model) else { throw .forbidden(model) }
        guard let deployment = snapshot.deployment(named: model) else { throw .unknown(model) }
        guard deployment.isEnabled else { throw .disabled(model) }
        entry.lastUse.note(self.directory.now())
        return Grant(
            key: entry.key.id.rawValue,
            user: entry.key.user,
            group: entry.key.group,
            deployment: deployment.name
        )
    }

    /// The enabled deployments that a key may use, by name.
    package func visibleDeployments(to key: RecognisedKey) throws(GatewayError) -> [Deployment] {
        let snapshot = self.directory.snapshot
        let entry = try self.check(key, in: snapshot)
        return snapshot.deployments.filter { $0.isEnabled && entry.allows($0.name.rawValue) }
    }

    /// The tunnel token of an `authorization` header, if it is a good one.
    package func tunnelToken(authorization: String?) -> TunnelToken? {
        guard let authorization, let secret = Credential.bearer(authorization) else { return nil }
        return self.directory.snapshot.token(self.directory.digest(of: secret))
    }

    private func check(_ key: RecognisedKey, in snapshot: Snapshot) throws(GatewayError) -> KeyEntry {
        guard let entry = snapshot.key(key.digest) else { throw .wrongKey }
        guard !entry.key.isDisabled else { throw .disabledKey }
        if let expires = entry.key.expires, expires <= self.directory.now() { throw .expiredKey }
        return entry
    }
}
