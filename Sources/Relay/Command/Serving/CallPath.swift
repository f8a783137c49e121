private import Accounts
internal import Admission
internal import Gateway
internal import Logging
private import Routing
internal import Telemetry

/// What every call passes through, and what is kept of calls.
struct CallPath {
    let gatekeeper: Gatekeeper
    let metrics: Metrics
    let gateway: Gateway
    /// Writes stored responses down, if that is wanted.
    let recorder: ResponseRecorder?

    /// Stored responses are in memory when this returns.
    init(_ ground: Groundwork, logger: Logger) async throws {
        let (configuration, directory, machinery) = (ground.configuration, ground.directory, ground.machinery)
        self.gatekeeper = Gatekeeper(directory: directory, wrongKeys: WrongKeys(now: Clocks.uptimeNanoseconds))
        self.metrics = Metrics(
            registry: ground.registry,
            deployments: { Dictionary(uniqueKeysWithValues: directory.deployments().map { ($0.name, $0.isEnabled) }) },
            next: AccessLog(logger: logger)
        )
        let gateway = Gateway(
            gatekeeper: self.gatekeeper,
            registry: ground.registry,
            observer: self.metrics,
            times: Gateway.Times(configuration),
            waiting: WaitingLimits(calls: configuration.queue.calls),
            responses: ResponseKeeping(configuration),
            workshop: ThreadPoolWorkshop(pool: machinery.pool),
            images: LinkedImages(configuration.images, group: machinery.group, lookups: machinery.lookups),
            splitsThinkTags: configuration.thinkTags,
            logger: logger,
            errorCodes: configuration.errors.codes,
            hidesUpstreamText: configuration.errors.upstreamText == .hidden,
            billing: Billing(ledger: ground.ledger, settings: Billing.Settings(configuration)),
            quotas: ground.books.quotas,
            largestRequest: configuration.limits.body,
            now: Clocks.seconds
        )
        self.gateway = gateway
        self.recorder = ground.responses.map { ResponseRecorder(gateway: gateway, file: $0, logger: logger) }
        try await self.recorder?.restore(usedAfter: Clocks.seconds() - ResponseKeeping(configuration).seconds)
    }
}
