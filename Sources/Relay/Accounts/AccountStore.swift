package import Vocabulary

/// Everything that a store keeps.
package struct StoredAccounts: Sendable {
    package var users: [User] = []
    package var groups: [Group] = []
    package var keys: [Key] = []
    package var deployments: [Deployment] = []
    package var tokens: [TunnelToken] = []

    package init() {}
}

/// Where accounts are kept. What a method was asked for is durable when it returns.
package protocol AccountStore: Sendable {
    func load() async throws -> StoredAccounts
    func insert(_ key: Key) async throws
    func update(_ key: Key) async throws
    func delete(_ key: KeyID) async throws
    /// Writes down when keys were last used; those that are gone are passed over.
    func recordUse(_ uses: [KeyID: Int]) async throws
    func insert(_ deployment: Deployment) async throws
    func update(_ deployment: Deployment) async throws
    func delete(_ deployment: DeploymentName) async throws
    func insert(_ token: TunnelToken) async throws
    func update(_ token: TunnelToken) async throws
}

/// Why the directory did not do what it was asked for.
package struct DirectoryError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// The thing does not exist.
        case notFound
        /// There is such a thing already, or the change does not fit its state.
        case conflict
        /// What was asked for cannot be.
        case invalid
        /// The store could not keep it.
        case storage
    }

    package var code: Code
    /// Which thing, and what to do.
    package var message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
