package import Vocabulary

/// Everything that a store keeps.
package struct StoredAccounts: Sendable {
    package var users: [User] = []
    package var groups: [Group] = []
    package var keys: [Key] = []
    package var deployments: [Deployment] = []
    package var tokens: [TunnelToken] = []
    package var adminTokens: [AdminToken] = []
    /// Of all calls to the relay together.
    package var relayLimits = Limits.none
    /// What ``AccountStore/remember(serverSecret:)`` was told; `nil` in a new store.
    package var serverSecret: SecretDigest?

    package init() {}
}

/// Where accounts are kept. What a method was asked for is durable when it returns, and undone when it throws.
///
/// What the store's own rules refuse is thrown as a ``DirectoryError``; any other error means that it could not be kept.
package protocol AccountStore: Sendable {
    func load() async throws -> StoredAccounts
    func insert(_ user: User) async throws
    func update(_ user: User) async throws
    func delete(_ user: UserID) async throws
    func insert(_ group: Group) async throws
    func update(_ group: Group) async throws
    func delete(_ group: GroupID) async throws
    func insert(_ key: Key) async throws
    /// Keeps everything of a key but its last use, which ``recordUse(_:)`` keeps.
    func update(_ key: Key) async throws
    func delete(_ key: KeyID) async throws
    /// Writes down when keys were last used; those that are gone are passed over.
    func recordUse(_ uses: [KeyID: Int]) async throws
    func insert(_ deployment: Deployment) async throws
    func update(_ deployment: Deployment) async throws
    func delete(_ deployment: DeploymentName) async throws
    func insert(_ token: TunnelToken) async throws
    func update(_ token: TunnelToken) async throws
    func insert(_ token: AdminToken) async throws
    func delete(_ token: AdminTokenID) async throws
    /// Keeps the limits of all calls to the relay together.
    func update(relayLimits: Limits) async throws
    /// Writes down a digest that tells the server's secret from others, since the digests of this store mean nothing
    /// under another one.
    func remember(serverSecret: SecretDigest) async throws
}

extension AccountStore {
    /// A store that forgets everything has no need to know.
    package func remember(serverSecret: SecretDigest) async throws {}
}
