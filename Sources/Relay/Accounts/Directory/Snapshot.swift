internal import Vocabulary

/// The accounts at one moment, ready to be asked on every call; never changed, only replaced.
package final class Snapshot: Sendable {
    let tables: Tables

    init(_ tables: Tables) {
        self.tables = tables
    }

    /// The key with a digest, whatever its state.
    package func key(_ digest: SecretDigest) -> KeyEntry? { self.tables.keysByDigest[digest] }

    /// The token with a digest, unless it is revoked.
    package func token(_ digest: SecretDigest) -> TunnelToken? { self.tables.tokensByDigest[digest] }

    /// The deployment that a caller names, enabled or not.
    package func deployment(named name: String) -> Deployment? { self.tables.deployments[name] }

    /// Every deployment, by name.
    package var deployments: [Deployment] { self.tables.deployments.values.sorted { $0.name < $1.name } }

    /// The same accounts after a change.
    func changed(_ change: (inout Tables) -> Void) -> Snapshot {
        var tables = self.tables
        change(&tables)
        return Snapshot(tables)
    }
}

extension Snapshot {
    /// The accounts by everything that they are asked by.
    struct Tables: Sendable {
        /// By name, as a caller writes it.
        private(set) var deployments: [String: Deployment] = [:]
        private(set) var keys: [KeyID: KeyEntry] = [:]
        private(set) var keysByDigest: [SecretDigest: KeyEntry] = [:]
        private(set) var tokens: [TunnelTokenID: TunnelToken] = [:]
        /// Only those that are good.
        private(set) var tokensByDigest: [SecretDigest: TunnelToken] = [:]

        init() {}

        mutating func put(_ deployment: Deployment) {
            self.deployments[deployment.name.rawValue] = deployment
        }

        mutating func remove(_ name: DeploymentName) {
            self.deployments[name.rawValue] = nil
        }

        /// A key of the same id is replaced, its digest too, and its uses go on.
        mutating func put(_ key: Key) {
            let lastUse = self.keys[key.id]?.lastUse ?? LastUse(stored: key.lastUsed)
            self.remove(key.id)
            let entry = KeyEntry(key, lastUse: lastUse)
            self.keys[key.id] = entry
            self.keysByDigest[key.digest] = entry
        }

        mutating func remove(_ id: KeyID) {
            guard let entry = self.keys.removeValue(forKey: id) else { return }
            self.keysByDigest[entry.key.digest] = nil
        }

        mutating func put(_ token: TunnelToken) {
            self.tokens[token.id] = token
            self.tokensByDigest[token.digest] = token.revoked == nil ? token : nil
        }
    }
}
