internal import Accounts
private import Synchronization
internal import Vocabulary

extension DeploymentName: ExpressibleByStringLiteral {
    package init(stringLiteral text: StringLiteralType) {
        guard let name = DeploymentName(text) else { preconditionFailure("\(text) is no name") }
        self = name
    }
}

extension DeploymentPattern: ExpressibleByStringLiteral {
    package init(stringLiteral text: StringLiteralType) {
        guard let pattern = DeploymentPattern(text) else { preconditionFailure("\(text) is no pattern") }
        self = pattern
    }
}

/// A time that goes on when the test says so.
final class TestClock: Sendable {
    private let seconds = Mutex(1_800_000_000)

    var now: Int { self.seconds.withLock { $0 } }

    func advance(by seconds: Int) {
        self.seconds.withLock { $0 += seconds }
    }
}

/// Notes what it hears.
final class Listener: DirectoryObserver {
    private let heard = Mutex<[Change]>([])

    var changes: [Change] { self.heard.withLock { $0 } }

    func directory(changed change: Change) {
        self.heard.withLock { $0.append(change) }
    }
}

/// A directory with all that is around it.
struct DirectoryFixture {
    let store: MemoryStore
    let clock = TestClock()
    let listener = Listener()
    let directory: Directory

    static let hasher = SecretHasher(serverSecret: Array(repeating: 7, count: 32))

    init(_ store: MemoryStore = MemoryStore(), secrets: SecretSource = SecretSource()) async throws {
        self.store = store
        let clock = self.clock
        self.directory = try await Directory(
            store: store,
            hasher: Self.hasher,
            observer: self.listener,
            secrets: secrets,
            now: { clock.now }
        )
    }

    /// The key that a secret belongs to at this moment.
    func key(of secret: String) -> Key? {
        self.directory.snapshot.key(self.directory.digest(of: secret[...]))?.key
    }

    func token(of secret: String) -> TunnelToken? {
        self.directory.snapshot.token(self.directory.digest(of: secret[...]))
    }
}

/// The error that a change ends with.
func refusal(_ change: () async throws -> Void) async -> DirectoryError? {
    do {
        try await change()
        return nil
    } catch {
        return error as? DirectoryError
    }
}
