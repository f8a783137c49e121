private import Synchronization
package import Vocabulary

/// A change that others must act on.
package enum Change: Hashable, Sendable {
    case tokenRevoked(TunnelTokenID)
    case deploymentDeleted(DeploymentName)
}

/// Hears of changes once they are durable.
package protocol DirectoryObserver: Sendable {
    func directory(changed change: Change)
}

/// Users' keys, deployments and tunnel tokens: asked in memory on every call, changed through the store.
///
/// A change is stored first and shown afterwards, so that it holds at once and nothing is ever seen that a crash takes back.
/// Changes happen one after the other.
package final class Directory: Sendable {
    private let current: Mutex<Snapshot>
    private let uses = Mutex<[KeyID: Int]>([:])
    private let hasher: SecretHasher
    let writer: DirectoryWriter
    let secrets: SecretSource
    /// The time in seconds since 1970.
    package let now: @Sendable () -> Int

    /// Loads what the store has.
    package init(
        store: any AccountStore,
        hasher: SecretHasher,
        observer: (any DirectoryObserver)? = nil,
        secrets: SecretSource = SecretSource(),
        now: @escaping @Sendable () -> Int
    ) async throws {
        let stored = try await store.load()
        let snapshot = Snapshot(
            deployments: Dictionary(stored.deployments.map { ($0.name, $0) }) { first, _ in first },
            keys: Dictionary(stored.keys.map { ($0.id, $0) }) { first, _ in first },
            tokens: Dictionary(stored.tokens.map { ($0.id, $0) }) { first, _ in first }
        )
        self.current = Mutex(snapshot)
        self.hasher = hasher
        self.secrets = secrets
        self.now = now
        self.writer = DirectoryWriter(store: store, observer: observer)
    }

    /// The accounts at this moment.
    package var snapshot: Snapshot { self.current.withLock { $0 } }

    func publish(_ snapshot: Snapshot) {
        self.current.withLock { $0 = snapshot }
    }

    /// What a secret is recognised by.
    package func digest(of secret: some StringProtocol) -> SecretDigest {
        self.hasher.digest(of: secret)
    }

    /// Remembers that a key was used now; written down by ``flushLastUsed()``.
    package func noteUse(of key: KeyID) {
        let now = self.now()
        self.uses.withLock { $0[key] = now }
    }

    /// Every deployment, by name.
    package func deployments() -> [Deployment] {
        self.snapshot.deployments.values.sorted { $0.name < $1.name }
    }

    /// Every key, oldest first, with its last use.
    package func keys() -> [Key] {
        let uses = self.uses.withLock { $0 }
        return self.snapshot.keys.values.map { key in
            var key = key
            if let used = uses[key.id] { key.lastUsed = used }
            return key
        }.sorted { ($0.created, $0.id.rawValue) < ($1.created, $1.id.rawValue) }
    }

    /// Every tunnel token, oldest first, the revoked ones too.
    package func tokens() -> [TunnelToken] {
        self.snapshot.tokens.values.sorted { ($0.created, $0.id.rawValue) < ($1.created, $1.id.rawValue) }
    }

    /// Writes down when keys were last used.
    package func flushLastUsed() async throws {
        let uses = self.uses.withLock { uses in
            let taken = uses
            uses = [:]
            return taken
        }
        guard !uses.isEmpty else { return }
        try await self.writer.recordUse(uses, in: self)
    }
}
