internal import Accounts
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

    func run() async throws {
        let announced = self.registry.announced.cancelOnGracefulShutdown()
        for await announcement in announced {
            var failures: [DeploymentName: String] = [:]
            for name in announcement.names {
                do {
                    _ = try await self.directory.ensureDeployment(name: name)
                } catch {
                    failures[name] = "\(error)"
                }
            }
            announcement.answer(failures)
        }
    }
}
