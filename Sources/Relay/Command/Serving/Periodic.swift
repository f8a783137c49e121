internal import Accounts
internal import Admission
internal import Logging
internal import ServiceLifecycle

/// Does a piece of work again and again while the relay runs, and once more when it has stopped.
struct Periodic: Service {
    /// Between two times.
    let pause: Duration
    /// What the log says when the work fails.
    let failure: Logger.Message
    let logger: Logger
    let work: @Sendable () async throws -> Void

    func run() async throws {
        // Ends by its own cancellation, which is no failure.
        try? await cancelWhenGracefulShutdown {
            while true {
                await self.attempt()
                try await Task.sleep(for: self.pause)
            }
        }
        await self.attempt()
    }

    /// In a task of its own: this one may be cancelled at any time, and stores give up what they write for those.
    private func attempt() async {
        let work = self.work
        if case .failure(let error) = await Task(operation: { try await work() }).result {
            self.logger.warning(self.failure, metadata: ["error": "\(error)"])
        }
    }
}

extension Periodic {
    /// Writes down what keys have used of their quotas.
    static func quotaUse(_ quotas: QuotaKeeper, in store: any QuotaStore, logger: Logger) -> Self {
        Self(pause: .seconds(1), failure: "the use of quotas was not stored; it is tried again", logger: logger) {
            try await quotas.flush(to: store)
        }
    }

    /// Writes down when each key was last used.
    static func keyUse(_ directory: Directory, logger: Logger) -> Self {
        Self(pause: .seconds(30), failure: "the last use of keys was not stored; it is tried again", logger: logger) {
            try await directory.flushLastUsed()
        }
    }

    /// Takes out of the audit log what is older than it is to be kept.
    /// - Parameter keep: for how long, in seconds.
    static func auditSweep(
        _ trail: any AuditTrail,
        keep: Int,
        now: @escaping @Sendable () -> Int,
        logger: Logger
    ) -> Self {
        Self(pause: .seconds(3_600), failure: "the audit log was not cut; it is tried again", logger: logger) {
            _ = try await trail.forget(before: now() - keep)
        }
    }
}
