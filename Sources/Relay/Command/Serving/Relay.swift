private import Ingress
private import LogLines
internal import Logging
private import Routing
private import SQLiteStore
private import ServiceLifecycle
private import Signals
private import UnixSignals

/// The relay put together: every part made once, handed to those that need it, started in the order in which they
/// depend on each other and stopped in reverse.
struct Relay {
    let configuration: RelayConfiguration
    let logger: Logger
    private let takesOver: Bool

    /// - Parameter takesOver: whether it takes the place of a relay that runs on the same data directory.
    init(_ configuration: RelayConfiguration, takesOver: Bool) {
        self.configuration = configuration
        self.logger = Logger.relay(configuration.log)
        self.takesOver = takesOver
    }

    func run() async throws {
        // First of all: from here on the signal waits until there is something to reload, and no longer ends the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let data = DataDirectory(path: self.configuration.data)
        try data.make()
        let predecessor = try await self.predecessor(in: data)
        let storage = try await Storage(data, lock: predecessor?.lock)
        let files = TLSFiles(configuration: self.configuration, logger: self.logger)
        let tls = try files.read().map { RenewableTLS($0.context) }
        let signature = try Alerting.signature(self.configuration.alerts)
        let responses = try self.responses(in: data)
        // What can be wrong with a configuration has been found by now: who serves is not sent away for a relay that cannot.
        try await self.closeBooks(of: predecessor)
        let registry = Registry(self.configuration)
        predecessor.map { registry.expect($0.served) }
        let books = try await Books(
            storage,
            keyPrefix: self.configuration.keyPrefix,
            registry: registry,
            logger: self.logger
        )
        let machinery = Machinery(self.configuration)
        let ground = Groundwork(
            configuration: self.configuration,
            books: books,
            registry: registry,
            predecessor: predecessor,
            responses: responses,
            certificate: CertificateReload(files: files, tls: tls, hangups: hangups, logger: self.logger),
            signature: signature,
            machinery: machinery
        )
        // A second signal ends also what waits for a thread that a name server holds up.
        var impatience: Task<Void, Never>?
        defer { impatience?.cancel() }
        do {
            let (departures, departure) = AsyncStream.makeStream(of: Void.self)
            let services = try await self.services(on: ground, departure: departure)
            impatience = SecondSignal.watch(logger: self.logger)
            try await self.serve(services, until: departures)
        } catch {
            // Why it ends is worth more than what else goes wrong then.
            try? await machinery.shutDown()
            throw error
        }
        try await machinery.shutDown()
    }

    /// Runs the services until a signal stops them, or another relay has taken this one's place.
    private func serve(_ services: [any Service], until departures: AsyncStream<Void>) async throws {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: self.logger.ofServices
        )
        configuration.maximumGracefulShutdownDuration = self.configuration.drain + .seconds(30)
        let running = ServiceGroup(configuration: configuration)
        let leaving = Task { for await _ in departures { await running.triggerGracefulShutdown() } }
        defer { leaving.cancel() }
        try await running.run()
    }

    /// The relay whose place this one takes, if there is one.
    private func predecessor(in data: DataDirectory) async throws -> Predecessor? {
        guard self.takesOver, let other = try await Predecessor.ask(in: data) else { return nil }
        self.logger.notice("taking the place of the relay that runs", metadata: ["process": "\(other.facts.process)"])
        return other
    }

    /// Where books are kept the other relay has ended when this returns.
    private func closeBooks(of predecessor: Predecessor?) async throws {
        guard let predecessor, predecessor.facts.keepsBooks else { return }
        self.logger.notice(
            "its calls are paid for or count against quotas: it ends first, and who comes meanwhile waits"
        )
        try await predecessor.leave()
        try await predecessor.isGone()
    }

    /// Where stored responses are written down, if that is wanted; where it is not, nothing is left of an earlier time in which it
    /// was.
    private func responses(in data: DataDirectory) throws -> SQLiteResponses? {
        guard !self.configuration.responses.persist else { return try SQLiteResponses(path: data.responses) }
        if try SQLiteResponses.remove(path: data.responses) {
            self.logger.notice(
                "stored responses removed from disk: responses.persist is off",
                metadata: ["file": "\(data.responses)"]
            )
        }
        return nil
    }
}
