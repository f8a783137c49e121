internal import Accounts
internal import Admission
internal import Logging
internal import Routing
internal import ServiceLifecycle
private import Vocabulary

/// Ends what may not go on: the tunnels of a revoked token.
struct TunnelCutter: DirectoryObserver {
    let registry: Registry

    func directory(changed change: Change) {
        if case .tokenRevoked(let id) = change {
            self.registry.end(token: id.rawValue, because: "the tunnel token was revoked")
        }
    }
}

/// Takes deployments that a connector publishes for the first time into the directory.
struct DeploymentAnnouncements: Service {
    let registry: Registry
    let directory: Directory
    let logger: Logger

    func run() async throws {
        let announced = self.registry.announced.cancelOnGracefulShutdown()
        for await announcement in announced {
            var failures: [DeploymentName: String] = [:]
            for name in announcement.names {
                do {
                    _ = try await self.directory.ensureDeployment(name: name)
                } catch {
                    failures[name] = "\(error)"
                    self.logger.error("deployment not taken", metadata: ["deployment": "\(name)", "error": "\(error)"])
                }
            }
            announcement.answer(failures)
        }
    }
}

/// Writes down every second what keys have used of their quotas.
struct QuotaRecorder: Service {
    let quotas: QuotaKeeper
    let store: any QuotaStore
    let logger: Logger

    func run() async throws {
        // Ends by its own cancellation, which is no failure.
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: .seconds(1))
                await self.flush()
            }
        }
        await self.flush()
    }

    private func flush() async {
        do {
            try await self.quotas.flush(to: self.store)
        } catch {
            self.logger.warning("the use of quotas was not stored; it is tried again", metadata: ["error": "\(error)"])
        }
    }
}

/// Takes out of the audit log what is older than it is to be kept.
struct AuditSweeper: Service {
    let trail: any AuditTrail
    /// In seconds.
    let keep: Int
    let now: @Sendable () -> Int
    let logger: Logger

    func run() async throws {
        // Ends by its own cancellation, which is no failure.
        try? await cancelWhenGracefulShutdown {
            while true {
                await self.sweep()
                try await Task.sleep(for: .seconds(3600))
            }
        }
    }

    private func sweep() async {
        do {
            _ = try await self.trail.forget(before: self.now() - self.keep)
        } catch {
            self.logger.warning("the audit log was not cut", metadata: ["error": "\(error)"])
        }
    }
}

/// Writes down from time to time when each key was last used.
struct KeyUseRecorder: Service {
    let directory: Directory
    let logger: Logger

    func run() async throws {
        // Ends by its own cancellation, which is no failure.
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: .seconds(30))
                await self.flush()
            }
        }
        await self.flush()
    }

    private func flush() async {
        do {
            try await self.directory.flushLastUsed()
        } catch {
            self.logger.warning("the last use of keys was not stored", metadata: ["error": "\(error)"])
        }
    }
}
