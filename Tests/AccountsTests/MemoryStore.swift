internal import Accounts
private import Synchronization
internal import Vocabulary

/// Accounts kept in memory, with a word to say before each change: a test may hold it up or let it fail there.
final class MemoryStore: AccountStore {
    enum Operation: Hashable {
        case insertKey, updateKey, deleteKey, recordUse
        case insertDeployment, updateDeployment, deleteDeployment
        case insertToken, updateToken
        case insertAdminToken, deleteAdminToken
        case insertUser, updateUser, deleteUser
        case insertGroup, updateGroup, deleteGroup
        case updateRelay
        case remember
    }

    private struct State {
        var accounts = StoredAccounts()
        var operations: [Operation] = []
        var running = 0
        var mostRunning = 0
    }

    private let state = Mutex(State())
    private let before: @Sendable (Operation) async throws -> Void

    init(before: @escaping @Sendable (Operation) async throws -> Void = { _ in }) {
        self.before = before
    }

    var accounts: StoredAccounts { self.state.withLock { $0.accounts } }
    /// Those that were done, in their order.
    var operations: [Operation] { self.state.withLock { $0.operations } }
    /// How many changes were under way at once.
    var mostRunning: Int { self.state.withLock { $0.mostRunning } }

    func load() async throws -> StoredAccounts { self.accounts }

    func insert(_ key: Key) async throws { try await self.perform(.insertKey) { $0.keys.append(key) } }

    func update(_ key: Key) async throws {
        try await self.perform(.updateKey) { accounts in
            for index in accounts.keys.indices where accounts.keys[index].id == key.id {
                let lastUsed = accounts.keys[index].lastUsed
                accounts.keys[index] = key
                accounts.keys[index].lastUsed = lastUsed
            }
        }
    }

    func delete(_ key: KeyID) async throws {
        try await self.perform(.deleteKey) { $0.keys.removeAll { $0.id == key } }
    }

    func recordUse(_ uses: [KeyID: Int]) async throws {
        try await self.perform(.recordUse) { accounts in
            for index in accounts.keys.indices {
                if let use = uses[accounts.keys[index].id] { accounts.keys[index].lastUsed = use }
            }
        }
    }

    func insert(_ deployment: Deployment) async throws {
        try await self.perform(.insertDeployment) { $0.deployments.append(deployment) }
    }

    func update(_ deployment: Deployment) async throws {
        try await self.perform(.updateDeployment) { accounts in
            for index in accounts.deployments.indices where accounts.deployments[index].name == deployment.name {
                accounts.deployments[index] = deployment
            }
        }
    }

    func delete(_ deployment: DeploymentName) async throws {
        try await self.perform(.deleteDeployment) { $0.deployments.removeAll { $0.name == deployment } }
    }

    func insert(_ token: TunnelToken) async throws { try await self.perform(.insertToken) { $0.tokens.append(token) } }

    func update(_ token: TunnelToken) async throws {
        try await self.perform(.updateToken) { accounts in
            for index in accounts.tokens.indices where accounts.tokens[index].id == token.id {
                accounts.tokens[index] = token
            }
        }
    }

    func insert(_ token: AdminToken) async throws {
        try await self.perform(.insertAdminToken) { $0.adminTokens.append(token) }
    }

    func delete(_ token: AdminTokenID) async throws {
        try await self.perform(.deleteAdminToken) { $0.adminTokens.removeAll { $0.id == token } }
    }

    func insert(_ user: User) async throws { try await self.perform(.insertUser) { $0.users.append(user) } }

    func update(_ user: User) async throws {
        try await self.perform(.updateUser) { accounts in
            accounts.users.removeAll { $0.id == user.id }
            accounts.users.append(user)
        }
    }

    func delete(_ user: UserID) async throws {
        try await self.perform(.deleteUser) { $0.users.removeAll { $0.id == user } }
    }

    func insert(_ group: Group) async throws { try await self.perform(.insertGroup) { $0.groups.append(group) } }

    func update(_ group: Group) async throws {
        try await self.perform(.updateGroup) { accounts in
            accounts.groups.removeAll { $0.id == group.id }
            accounts.groups.append(group)
        }
    }

    func delete(_ group: GroupID) async throws {
        try await self.perform(.deleteGroup) { $0.groups.removeAll { $0.id == group } }
    }

    func update(relayLimits: Limits) async throws {
        try await self.perform(.updateRelay) { $0.relayLimits = relayLimits }
    }

    func remember(serverSecret: SecretDigest) async throws {
        try await self.perform(.remember) { $0.serverSecret = serverSecret }
    }

    private func perform(_ operation: Operation, _ change: @Sendable (inout StoredAccounts) -> Void) async throws {
        self.state.withLock { state in
            state.running += 1
            state.mostRunning = max(state.mostRunning, state.running)
        }
        defer { self.state.withLock { $0.running -= 1 } }
        await Task.yield()
        try await self.before(operation)
        self.state.withLock { state in
            change(&state.accounts)
            state.operations.append(operation)
        }
    }
}

struct BrokenDisk: Error {}
