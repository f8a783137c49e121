private import Synchronization
internal import Vocabulary

/// Users' keys, deployments and tunnel tokens: asked in memory on every call, changed through the store.
///
/// A change is stored first and shown afterwards, so that it holds at once and nothing is ever seen that a crash takes back.
/// Changes happen one after the other.
package final class Directory: Sendable {
    private let current: Mutex<Snapshot>
    private let hasher: SecretHasher
    let writer: DirectoryWriter
    /// What every change passes but notes of when keys were used.
    package let gate = ChangeGate()
    package let secrets: SecretSource
    /// What every key's secret begins with.
    package let keyPrefix: String
    /// The time in seconds since 1970.
    package let now: @Sendable () -> Int

    /// Loads what the store has.
    /// - Parameters:
    ///   - observer: hears of every change from now on.
    ///   - keyPrefix: what the secrets of keys that are made from now on begin with.
    ///   - now: the time in seconds since 1970.
    /// - Throws: what the store throws, and a ``DirectoryError`` when its digests were made with another server secret.
    package init(
        store: any AccountStore,
        hasher: SecretHasher,
        observer: (any DirectoryObserver)? = nil,
        secrets: SecretSource = SecretSource(),
        keyPrefix: String = "sk-adit-",
        now: @escaping @Sendable () -> Int
    ) async throws {
        let stored = try await store.load()
        try await Self.check(hasher, against: stored.serverSecret, of: store)
        var tables = Snapshot.Tables()
        for user in stored.users { tables.put(user) }
        for group in stored.groups { tables.put(group) }
        tables.relayLimits = stored.relayLimits
        for deployment in stored.deployments { tables.put(deployment) }
        for key in stored.keys { tables.put(key) }
        for token in stored.tokens { tables.put(token) }
        for token in stored.adminTokens { tables.put(token) }
        self.current = Mutex(Snapshot(tables))
        self.hasher = hasher
        self.secrets = secrets
        self.keyPrefix = keyPrefix
        self.now = now
        self.writer = DirectoryWriter(store: store, observer: observer)
    }

    /// The accounts at this moment. Whoever asks more than one question about a call asks them of one snapshot.
    package var snapshot: Snapshot { self.current.withLock { $0 } }

    func publish(_ snapshot: Snapshot) {
        // The old one is let go of outside the lock: it may be the last reference to much.
        let old = self.current.withLock { current in
            let old = current
            current = snapshot
            return old
        }
        withExtendedLifetime(old) {}
    }

    /// What a secret is recognised by.
    package func digest(of secret: Substring) -> SecretDigest {
        self.hasher.digest(of: secret)
    }

    /// What bytes are recognised by.
    package func digest(of bytes: UnsafeRawBufferPointer) -> SecretDigest {
        self.hasher.digest(of: bytes)
    }

    /// Every deployment, by name.
    package func deployments() -> [Deployment] { self.snapshot.deployments.map(\.deployment) }

    /// Every key, oldest first, with its last use.
    package func keys() -> [Key] {
        self.snapshot.tables.keys.values.map(\.current)
            .sorted { ($0.created, $0.id.rawValue) < ($1.created, $1.id.rawValue) }
    }

    /// The user with an id.
    package func user(with id: UserID) -> User? { self.snapshot.tables.users[id] }

    /// The group with an id.
    package func group(with id: GroupID) -> Group? { self.snapshot.tables.groups[id]?.group }

    /// Every user, by name.
    package func users() -> [User] { self.snapshot.tables.users.values.sorted { $0.name < $1.name } }

    /// Every group, by name.
    package func groups() -> [Group] {
        self.snapshot.tables.groups.values.map(\.group).sorted { $0.name < $1.name }
    }

    /// Every tunnel token, oldest first, the revoked ones too.
    package func tokens() -> [TunnelToken] {
        self.snapshot.tables.tokens.values
            .sorted { ($0.created, $0.id.rawValue) < ($1.created, $1.id.rawValue) }
    }

    /// Refuses a server secret under which no digest of the store would ever be found.
    private static func check(
        _ hasher: SecretHasher,
        against known: SecretDigest?,
        of store: any AccountStore
    ) async throws {
        // No key and no token has this for its secret: they begin with their prefixes.
        let digest = hasher.digest(of: "the server's secret")
        if known == digest { return }
        guard known == nil else {
            throw DirectoryError(
                code: .conflict,
                message: "The server's secret is not the one that the keys and tokens of the database were made with: "
                    + "put the right file back. If it is lost, they are too: begin with an empty data directory."
            )
        }
        try await store.remember(serverSecret: digest)
    }
}
