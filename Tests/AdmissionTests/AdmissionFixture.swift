internal import Accounts
internal import Admission
private import Synchronization
private import Testing
internal import Vocabulary

/// A gatekeeper with a directory of its own, in which a test makes what it needs.
struct AdmissionFixture {
    let directory: Directory
    let gatekeeper: Gatekeeper
    let clock = TestClock()

    init() async throws {
        let clock = self.clock
        self.directory = try await Directory(
            store: ForgetfulStore(),
            hasher: SecretHasher(serverSecret: Array(repeating: 7, count: 32)),
            now: { clock.now }
        )
        self.gatekeeper = Gatekeeper(directory: self.directory, wrongKeys: WrongKeys(now: { 0 }))
    }

    /// A key for the models given, or for every one.
    func newKey(_ models: String..., expires: Int? = nil) async throws -> (id: KeyID, secret: String) {
        let (key, secret) = try await self.directory.createKey(
            label: "",
            expires: expires,
            allowedModels: try models.map { try #require(DeploymentPattern($0)) }
        )
        return (key.id, secret)
    }

    func newDeployments(_ names: String...) async throws {
        for name in names {
            _ = try await self.directory.createDeployment(name: try #require(DeploymentName(name)), description: "")
        }
    }

    /// How a call with a secret to a model ends: the deployment, or the refusal.
    func outcome(_ secret: String, _ model: String) -> Result<Grant, GatewayError> {
        Result { () throws(GatewayError) in
            let credential = try Credential(authorization: "Bearer \(secret)", apiKey: nil, googleKey: nil)
            return try self.admit(try self.gatekeeper.authenticate(credential), to: model)
        }
    }

    func admit(_ key: RecognisedKey, to model: String) throws(GatewayError) -> Grant {
        try self.gatekeeper.admit(try self.gatekeeper.check(key), to: model)
    }
}

extension Result where Failure == GatewayError {
    var refusal: GatewayError? {
        if case .failure(let error) = self { error } else { nil }
    }
}

/// A time that goes on when the test says so.
final class TestClock: Sendable {
    private let seconds = Mutex(1_800_000_000)

    var now: Int {
        get { self.seconds.withLock { $0 } }
        set { self.seconds.withLock { $0 = newValue } }
    }
}

/// Keeps nothing; the directory has its own copy.
struct ForgetfulStore: AccountStore {
    func load() async throws -> StoredAccounts { StoredAccounts() }
    func insert(_ key: Key) async throws {}
    func update(_ key: Key) async throws {}
    func delete(_ key: KeyID) async throws {}
    func recordUse(_ uses: [KeyID: Int]) async throws {}
    func insert(_ deployment: Deployment) async throws {}
    func update(_ deployment: Deployment) async throws {}
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
