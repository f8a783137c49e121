internal import Accounts
private import NIOPosix
private import Synchronization

/// Where passwords are hashed: on two threads of their own, and no more than a few wait for them.
final class PasswordBench: Sendable {
    /// Too many passwords are being hashed.
    struct Busy: Error {}

    private static let mostAtOnce = 16
    private let cost: PasswordHash.Cost
    private let running = Mutex(0)
    /// Compared with when there is no account, so that nobody can tell by the time it takes.
    private let decoy: PasswordHash

    init(cost: PasswordHash.Cost) {
        self.cost = cost
        self.decoy = .decoy(cost: cost)
    }

    /// - Throws: ``Busy``.
    func hash(_ password: String) async throws -> PasswordHash {
        try await self.work { [cost] in try PasswordHash(password, cost: cost) }
    }

    /// Whether it is the password; `false` after as long a time when there is none.
    /// - Throws: ``Busy``.
    func check(_ password: String, against hash: PasswordHash?) async throws -> Bool {
        let other = hash ?? self.decoy
        let isSame = try await self.work { try other.matches(password) }
        return isSame && hash != nil
    }

    private func work<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let isFree = self.running.withLock { running in
            guard running < Self.mostAtOnce else { return false }
            running += 1
            return true
        }
        guard isFree else { throw Busy() }
        defer { self.running.withLock { $0 -= 1 } }
        return try await Self.pool.runIfActive(body)
    }

    private static let pool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()
}
