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

    /// The deployment that a caller names, by its name or another one that it has, enabled or not.
    package func deployment(named name: String) -> DeploymentEntry? { self.tables.deploymentsByCall[name] }

    /// Every deployment, by name.
    package var deployments: [DeploymentEntry] {
        self.tables.deployments.values.sorted { $0.deployment.name < $1.deployment.name }
    }

    /// Of all calls to the relay together.
    package var relayLimits: Limits { self.tables.relayLimits }

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
        private(set) var users: [UserID: User] = [:]
        private(set) var groups: [GroupID: GroupEntry] = [:]
        private(set) var deployments: [DeploymentName: DeploymentEntry] = [:]
        /// By everything that a caller may write for them.
        private(set) var deploymentsByCall: [String: DeploymentEntry] = [:]
        private(set) var keys: [KeyID: KeyEntry] = [:]
        /// The secrets that keys had before are here as long as nobody has changed the key again.
        private(set) var keysByDigest: [SecretDigest: KeyEntry] = [:]
        private(set) var tokens: [TunnelTokenID: TunnelToken] = [:]
        /// Only those that are good.
        private(set) var tokensByDigest: [SecretDigest: TunnelToken] = [:]
        private(set) var adminTokens: [AdminTokenID: AdminToken] = [:]
        private(set) var adminTokensByDigest: [SecretDigest: AdminToken] = [:]
        var relayLimits = Limits.none

        /// The user and the group that every relay has.
        init() {
            self.put(User(id: .first, name: "default", role: .administrator, created: 0))
            self.put(Group(id: .first, name: "default", created: 0))
        }
    }
}

extension Snapshot.Tables {
    mutating func put(_ user: User) {
        self.users[user.id] = user
        self.renewKeys { $0.user == user.id }
    }

    mutating func remove(_ id: UserID) {
        self.users[id] = nil
    }

    /// Takes a user out of what others say of it, as the schema does.
    mutating func forget(_ id: UserID) {
        for var group in self.groups.values.map(\.group) where group.userMultipliers[id] != nil {
            group.userMultipliers[id] = nil
            self.put(group)
        }
        for var deployment in self.deployments.values.map(\.deployment) where deployment.owner == id {
            deployment.owner = nil
            self.put(deployment)
        }
        for token in self.adminTokens.values where token.user == id { self.remove(token) }
    }

    mutating func put(_ group: Group) {
        self.groups[group.id] = GroupEntry(group)
        self.renewKeys { $0.group == group.id }
    }

    mutating func remove(_ id: GroupID) {
        self.groups[id] = nil
    }

    mutating func put(_ deployment: Deployment) {
        self.remove(deployment.name)
        let entry = DeploymentEntry(deployment)
        self.deployments[deployment.name] = entry
        for name in [deployment.name] + deployment.aliases { self.deploymentsByCall[name.rawValue] = entry }
    }

    mutating func remove(_ name: DeploymentName) {
        guard let entry = self.deployments.removeValue(forKey: name) else { return }
        for name in [name] + entry.deployment.aliases { self.deploymentsByCall[name.rawValue] = nil }
    }

    /// A key of the same id is replaced, its digests too, and its uses go on. A key whose user or group is not here,
    /// which no store has, is left out: every call with it is refused.
    mutating func put(_ key: Key) {
        let lastUse = self.keys[key.id]?.lastUse ?? LastUse(stored: key.lastUsed)
        self.remove(key.id)
        guard let user = self.users[key.user], let group = self.groups[key.group] else { return }
        let entry = KeyEntry(key, of: user, in: group, lastUse: lastUse)
        self.keys[key.id] = entry
        self.keysByDigest[key.digest] = entry
        if let retiring = key.retiring { self.keysByDigest[retiring.digest] = entry }
    }

    mutating func remove(_ id: KeyID) {
        guard let entry = self.keys.removeValue(forKey: id) else { return }
        self.keysByDigest[entry.key.digest] = nil
        if let retiring = entry.key.retiring { self.keysByDigest[retiring.digest] = nil }
    }

    mutating func put(_ token: TunnelToken) {
        if let old = self.tokens[token.id] {
            self.tokensByDigest[old.digest] = nil
            if let retiring = old.retiring { self.tokensByDigest[retiring.digest] = nil }
        }
        self.tokens[token.id] = token
        guard token.revoked == nil else { return }
        self.tokensByDigest[token.digest] = token
        if let retiring = token.retiring { self.tokensByDigest[retiring.digest] = token }
    }

    mutating func put(_ token: AdminToken) {
        self.adminTokens[token.id] = token
        self.adminTokensByDigest[token.digest] = token
    }

    mutating func remove(_ token: AdminToken) {
        self.adminTokens[token.id] = nil
        self.adminTokensByDigest[token.digest] = nil
    }

    /// Keys hold what they need of their user and group, so that a call has nothing to look up.
    private mutating func renewKeys(where isMeant: (Key) -> Bool) {
        for entry in self.keys.values where isMeant(entry.key) { self.put(entry.key) }
    }
}
