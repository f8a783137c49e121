internal import Accounts
private import Synchronization
internal import Vocabulary

/// Accounts that nothing keeps; the directory has its own copy of what it stores.
struct MemoryStore: AccountStore {
    func load() async throws -> StoredAccounts { StoredAccounts() }
    func insert(_ key: Key) async throws {}
    func update(_ key: Key) async throws {}
    func delete(_ key: KeyID) async throws {}
    func recordUse(_ uses: [KeyID: Int]) async throws {}
    func insert(_ deployment: Deployment) async throws {}
    func update(_ deployment: Deployment) async throws {
        // The name by which a test asks for a broken disk.
        if deployment.name.rawValue == "broken-disk" { throw BrokenDisk() }
    }
    func delete(_ deployment: DeploymentName) async throws {}
    func insert(_ token: TunnelToken) async throws {}
    func update(_ token: TunnelToken) async throws {}
    func insert(_ token: AdminToken) async throws {}
    func delete(_ token: AdminTokenID) async throws {}
    func insert(_ user: User) async throws {}
    func update(_ user: User) async throws {}
    func delete(_ user: UserID) async throws {}
    func insert(_ group: Group) async throws {}
    func update(_ group: Group) async throws {}
    func delete(_ group: GroupID) async throws {}
    func update(relayLimits: Limits) async throws {}
}

struct BrokenDisk: Error {}

/// A directory with nothing in it, in the year 2027.
func newDirectory() async throws -> Directory {
    try await Directory(
        store: MemoryStore(),
        hasher: SecretHasher(serverSecret: Array(repeating: 7, count: 32)),
        now: { 1_800_000_000 }
    )
}
