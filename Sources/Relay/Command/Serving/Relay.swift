private import Accounts
private import Administration
private import Admission
private import Foundation
private import Gateway
private import Ingress
private import Ledger
private import LogLines
private import Logging
private import NIOCore
private import NIOPosix
private import Routing
private import SQLiteStore
private import ServiceLifecycle
private import Signals
private import Telemetry
private import Terminal
private import UnixSignals
private import Vocabulary

/// The relay put together: every part made once, handed to those that need it, started in the order in which they
/// depend on each other and stopped in reverse.
struct Relay {
    private let configuration: RelayConfiguration
    private let takesOver: Bool

    /// - Parameter takesOver: whether it takes the place of a relay that runs on the same data directory.
    init(_ configuration: RelayConfiguration, takesOver: Bool) {
        self.configuration = configuration
        self.takesOver = takesOver
    }

    func run() async throws {
        // First of all: from here on the signal waits until there is something to reload, and no longer ends the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let configuration = self.configuration
        let logger = Logger.relay(configuration.log)
        let data = DataDirectory(path: configuration.data)
        try data.make()
        let predecessor = try await self.predecessor(in: data, logger)
        // Before anything is read or changed: two relays must not keep one book.
        let lock = try predecessor?.lock ?? DataLock(data)
        try await AdministrationSocket(path: data.administration).claim()
        let hasher = try SecretHasher(file: data.serverSecret)
        let store = try SQLiteStore(path: data.database)
        let files = TLSFiles(configuration: configuration, logger: logger)
        let tls = try files.read().map { RenewableTLS($0.context) }
        let signature = try Alerting.signature(configuration.alerts)
        let responses = try self.responses(in: data, logger)
        // What can be wrong with a configuration has been found by now: who serves is not sent away for a relay that cannot.
        try await self.closeBooks(of: predecessor, logger)
        let now: @Sendable () -> Int = { Int(Date().timeIntervalSince1970) }
        let registry = Registry(
            relay: ProcessInfo.processInfo.hostName,
            hold: HoldLimits(configuration),
            capacity: CapacityLimits(configuration),
            policy: PlacementPolicy(affinity: configuration.placement.affinity),
            resumes: configuration.timeouts.resume > .zero
        )
        predecessor.map { registry.expect($0.served) }
        let directory = try await Directory(
            store: store,
            hasher: hasher,
            observer: TunnelCutter(registry: registry),
            keyPrefix: configuration.keyPrefix,
            now: now
        )
        let ledger = try await Ledger(
            store: store,
            observer: LedgerLog(logger: logger),
            now: { Int64(Date().timeIntervalSince1970 * 1_000) },
            uptime: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
        )
        let quotas = QuotaKeeper(try await store.loadQuotaUse(), now: now)
        let wrongKeys = WrongKeys(now: { Int64(NIODeadline.now().uptimeNanoseconds) })
        let gatekeeper = Gatekeeper(directory: directory, wrongKeys: wrongKeys)
        let metrics = Metrics(
            registry: registry,
            deployments: { Dictionary(uniqueKeysWithValues: directory.deployments().map { ($0.name, $0.isEnabled) }) },
            next: AccessLog(logger: logger)
        )
        let threads = configuration.threads > 0 ? configuration.threads : System.coreCount
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
        // Apart from the other one: a name server that does not answer holds up nobody but who asked.
        let lookups = NIOThreadPool(numberOfThreads: 4)
        if configuration.images.fetch || configuration.alerts.url != nil { lookups.start() }
        let gateway = Gateway(
            gatekeeper: gatekeeper,
            registry: registry,
            observer: metrics,
            times: Gateway.Times(configuration),
            waiting: WaitingLimits(calls: configuration.queue.calls),
            responses: ResponseKeeping(configuration),
            workshop: ThreadPoolWorkshop(pool: pool),
            images: LinkedImages(configuration.images, group: group, lookups: lookups),
            splitsThinkTags: configuration.thinkTags,
            logger: logger,
            errorCodes: configuration.errors.codes,
            hidesUpstreamText: configuration.errors.upstreamText == .hidden,
            billing: Billing(ledger: ledger, settings: Billing.Settings(configuration)),
            quotas: quotas,
            largestRequest: configuration.limits.body,
            now: now
        )
        let recorder = responses.map { ResponseRecorder(gateway: gateway, file: $0, logger: logger) }
        try await recorder?.restore(usedAfter: now() - ResponseKeeping(configuration).seconds)
        let door = TunnelDoor(
            gatekeeper: gatekeeper,
            registry: registry,
            death: TimeAmount(configuration.timeouts.tunnel),
            logger: logger,
            now: now
        )
        let listening = ListeningAddresses()
        let doors = Doors(inherited: predecessor?.sockets ?? [])
        let (departures, departure) = AsyncStream.makeStream(of: Void.self)
        let handover = HandoverService(
            data: data,
            doors: doors,
            lock: lock,
            gate: directory.gate,
            predecessor: predecessor,
            logger: logger
        ) {
            (registry.served().map(\.rawValue), Self.keepsBooks(directory, ledger))
        } leave: {
            registry.sendAway()
            try? await Task.sleep(for: Self.grace)
            departure.yield()
        } onServing: {
            // Whoever reads the line may administer and call at once. Who does not read it is no reason to end.
            try? Output.write(listening.urls.map { "adit-relay ready on \($0)\n" }.joined(), endsUnread: false)
        }
        let readiness = Readiness(of: 2) {
            predecessor.map { registry.expect($0.served) }
            handover.ready()
        }
        let status = RelayStatus(directory: directory, registry: registry, started: Date(), listening: listening)
        let alerting = try Alerting(
            configuration.alerts,
            signature: signature,
            status: status,
            ledger: ledger,
            metrics: metrics,
            group: group,
            lookups: lookups,
            logger: logger,
            now: now
        )
        let administration = AdministrationService(
            directory: directory,
            status: status,
            trail: store,
            socket: data.administration,
            ledger: ledger,
            logger: logger,
            whenReady: { readiness.arrive() }
        )
        let site = Site(
            gateway: gateway,
            door: door,
            configuration: IngressConfiguration(configuration),
            pages: RelayPages(pages: metrics, alerts: alerting?.counts),
            administration: PublicAdministration(administration, configuration.administration),
            logger: logger
        )
        let ingress = IngressService(site: site, addresses: self.addresses(tls), group: group, doors: doors) { urls in
            listening.set(urls)
            readiness.arrive()
        }
        // They stop in reverse: what records does so until the last call has ended.
        var parts: [any Service] = [
            LedgerService(ledger: ledger, retention: configuration.usage.retention, logger: logger),
            Periodic.keyUse(directory, logger: logger),
            Periodic.quotaUse(quotas, in: store, logger: logger),
        ]
        if let recorder { parts.append(recorder.service) }
        if let alerting { parts.append(alerting.service) }
        parts += [
            DeploymentAnnouncements(registry: registry, directory: directory),
            Periodic.auditSweep(
                store,
                keep: Int(configuration.administration.keepAudit.components.seconds),
                now: now,
                logger: logger
            ),
            CertificateReload(files: files, tls: tls, hangups: hangups, logger: logger),
            handover,
            administration,
            ingress,
        ]
        var services = ServiceGroupConfiguration(
            services: parts.map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger.ofServices
        )
        services.maximumGracefulShutdownDuration = configuration.drain + .seconds(30)
        let impatience = SecondSignal.watch(logger: logger)
        defer { impatience.cancel() }
        let running = ServiceGroup(configuration: services)
        let leaving = Task { for await _ in departures { await running.triggerGracefulShutdown() } }
        defer { leaving.cancel() }
        try await running.run()
        try await group.shutdownGracefully()
        try await pool.shutdownGracefully()
        try await lookups.shutdownGracefully()
    }

    /// The relay whose place this one takes, if there is one.
    private func predecessor(in data: DataDirectory, _ logger: Logger) async throws -> Predecessor? {
        guard self.takesOver, let other = try await Predecessor.ask(in: data) else { return nil }
        logger.notice("taking the place of the relay that runs", metadata: ["process": "\(other.facts.process)"])
        return other
    }

    /// Where books are kept the other relay has ended when this returns.
    private func closeBooks(of predecessor: Predecessor?, _ logger: Logger) async throws {
        guard let predecessor, predecessor.facts.keepsBooks else { return }
        logger.notice("its calls are paid for or count against quotas: it ends first, and who comes meanwhile waits")
        try await predecessor.leave()
        try await predecessor.isGone()
    }

    /// Whether there is money, or something like it, that only one relay at a time may keep account of.
    private static func keepsBooks(_ directory: Directory, _ ledger: Ledger) -> Bool {
        ledger.openReservations > 0 || directory.groups().contains { $0.isBilled }
            || directory.keys().contains { $0.quota != .none }
    }

    /// For how long calls on connections that callers have kept are still served after another relay has taken the place: who keeps a
    /// connection and uses it learns meanwhile that it ends.
    private static let grace = Duration.seconds(3)

    /// Where stored responses are written down, if that is wanted; where it is not, nothing is left of an earlier time in which it
    /// was.
    private func responses(in data: DataDirectory, _ logger: Logger) throws -> SQLiteResponses? {
        let path = data.responses
        guard self.configuration.responses.persist else {
            if try SQLiteResponses.remove(path: path) {
                logger.notice(
                    "stored responses removed from disk: responses.persist is off",
                    metadata: ["file": "\(path)"]
                )
            }
            return nil
        }
        return try SQLiteResponses(path: path)
    }

    private func addresses(_ tls: RenewableTLS?) -> [Ingress.ListenAddress] {
        let listen = self.configuration.listen
        let expects = self.configuration.proxyProtocol
        var addresses = [
            Ingress.ListenAddress(
                setting: "listen",
                host: listen.host,
                port: listen.port,
                tls: tls,
                expectsProxyHeader: expects.listen
            )
        ]
        if let plain = self.configuration.listenPlain {
            addresses.append(
                Ingress.ListenAddress(
                    setting: "listen-plain",
                    host: plain.host,
                    port: plain.port,
                    tls: nil,
                    expectsProxyHeader: expects.listenPlain
                )
            )
        }
        return addresses
    }
}

extension Gateway.Times {
    /// The times that the configuration states.
    fileprivate init(_ configuration: RelayConfiguration) {
        self.init()
        self.firstByte = TimeAmount(configuration.timeouts.firstByte)
        self.idle = TimeAmount(configuration.timeouts.idle)
        self.resume = TimeAmount(configuration.timeouts.resume)
        self.hold = TimeAmount(configuration.stream.hold)
        self.keepAlive = TimeAmount(configuration.stream.keepalive)
        self.turn = TimeAmount(configuration.queue.time)
        self.event = TimeAmount(configuration.stream.inProgress)
    }
}

extension HoldLimits {
    /// What the configuration states.
    fileprivate init(_ configuration: RelayConfiguration) {
        self.init(time: TimeAmount(configuration.hold.time), calls: configuration.hold.calls)
    }
}

extension CapacityLimits {
    /// What the configuration states.
    fileprivate init(_ configuration: RelayConfiguration) {
        self.init(
            time: TimeAmount(configuration.capacity.time),
            calls: configuration.capacity.calls,
            ignored: configuration.capacity.ignore
        )
    }
}

extension ResponseKeeping {
    /// What the configuration states.
    fileprivate init(_ configuration: RelayConfiguration) {
        self.init()
        self.bytes = configuration.responses.memory
        self.seconds = Int(configuration.responses.keep.components.seconds)
        self.isPersisted = configuration.responses.persist
    }
}

extension Billing.Settings {
    /// What the configuration states.
    fileprivate init(_ configuration: RelayConfiguration) {
        self.init()
        self.assumedOutput = configuration.billing.assumedOutput
        self.unit = configuration.billing.unit
        self.recorded = configuration.usage.record
        self.keepsAddresses = configuration.usage.addresses
    }
}

extension IngressConfiguration {
    /// The limits that the configuration states.
    fileprivate init(_ configuration: RelayConfiguration) {
        self.init()
        self.largestBody = configuration.limits.body
        self.largestHeader = configuration.limits.header
        self.headerPatience = TimeAmount(configuration.timeouts.header)
        self.bodyPatience = TimeAmount(configuration.timeouts.body)
        self.trustedProxies = TrustedProxies(configuration.trustedProxies)
        self.largestBodies = configuration.limits.bodies
        let most = Descriptors.mostConnections(of: Descriptors.raise())
        self.mostConnections = configuration.limits.connections > 0 ? configuration.limits.connections : most
        self.mostConnectionsOfOne = configuration.limits.connectionsPerAddress
        self.newConnectionsOfOne = configuration.limits.connectsPerAddress
        self.idleConnection = TimeAmount(configuration.timeouts.keepAlive)
        self.corsOrigins = configuration.cors.origins
        self.drain = TimeAmount(configuration.drain)
        self.webSocket.ping = TimeAmount(configuration.webSocket.ping)
        self.webSocket.age = TimeAmount(configuration.webSocket.age)
    }
}
