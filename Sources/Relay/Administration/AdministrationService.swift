package import Accounts
internal import Hummingbird
package import Ledger
package import Logging
private import NIOCore
internal import ServiceLifecycle
private import Synchronization

/// Serves the administration API on the Unix socket of the data directory, until it is asked to stop.
///
/// The socket's file permissions are the only guard: whoever may open it may do everything.
package struct AdministrationService: Service {
    let directory: Directory
    let status: any StatusSource
    let trail: any AuditTrail
    let ledger: Ledger
    let secrets = SecretSource()
    let logger: Logger
    let sessions = Sessions()
    let doorkeeper = Doorkeeper()
    let description = KeptDescription()
    let bench: PasswordBench
    private let socket: AdministrationSocket
    private let whenReady: @Sendable () -> Void

    /// - Parameters:
    ///   - directory: what is administered.
    ///   - status: tells how the relay is doing.
    ///   - trail: where changes are written down.
    ///   - passwordCost: what a password costs to hash.
    ///   - socket: path of the socket, `<data>/admin.sock`; see ``AdministrationSocket``.
    ///   - ledger: what users have and pay.
    ///   - logger: gets one line for each change.
    ///   - whenReady: called once, when the socket accepts connections.
    package init(
        directory: Directory,
        status: any StatusSource,
        trail: any AuditTrail,
        passwordCost: PasswordHash.Cost = .usual,
        socket: String,
        ledger: Ledger,
        logger: Logger,
        whenReady: @escaping @Sendable () -> Void = {}
    ) {
        self.directory = directory
        self.status = status
        self.trail = trail
        self.bench = PasswordBench(cost: passwordCost)
        self.ledger = ledger
        self.socket = AdministrationSocket(path: socket)
        self.logger = logger
        self.whenReady = whenReady
    }

    /// Serves until graceful shutdown.
    /// - Throws: ``AdministrationSocket/Failure`` when the socket cannot be had, as when another relay runs.
    package func run() async throws {
        try await self.socket.claim()
        let published = Mutex<Result<AdministrationSocket.Identity?, AdministrationSocket.Failure>>(.success(nil))
        // Hummingbird tells of its start by itself, and names the path that the socket has for a moment only.
        var quiet = self.logger
        quiet.logLevel = max(.warning, self.logger.logLevel)
        let application = Application(
            router: self.router(),
            server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: self.socket.draftPath)),
            onServerRunning: { channel in
                do throws(AdministrationSocket.Failure) {
                    let identity = try self.socket.publish()
                    published.withLock { $0 = .success(identity) }
                    self.whenReady()
                } catch {
                    published.withLock { $0 = .failure(error) }
                    channel.close(promise: nil)
                }
            },
            logger: quiet
        )
        defer { self.socket.withdraw(try? published.withLock { $0 }.get()) }
        try await application.run()
        _ = try published.withLock { $0 }.get()
    }
}
