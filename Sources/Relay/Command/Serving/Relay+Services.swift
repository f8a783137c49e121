private import Accounts
private import Administration
private import Admission
internal import Alerts
private import Foundation
private import Gateway
internal import Ingress
private import Ledger
private import Logging
private import NIOCore
internal import Routing
internal import SQLiteStore
internal import ServiceLifecycle
private import Telemetry
private import Terminal
private import Vocabulary

extension Relay {
    /// The services in the order in which they start. They stop in reverse: what records does so until the last call has ended.
    /// - Parameters:
    ///   - responses: where stored responses are written down, if that is wanted.
    ///   - signature: what alerts are signed with.
    ///   - departure: is told when another relay has taken this one's place and nobody is served here any more.
    func services(
        books: Books,
        registry: Registry,
        predecessor: Predecessor?,
        responses: SQLiteResponses?,
        certificate: CertificateReload,
        signature: WebhookSignature?,
        machinery: Machinery,
        departure: AsyncStream<Void>.Continuation
    ) async throws -> [any Service] {
        let (storage, directory, ledger) = (books.storage, books.directory, books.ledger)
        let gatekeeper = Gatekeeper(directory: directory, wrongKeys: WrongKeys(now: Clocks.uptimeNanoseconds))
        let metrics = Metrics(
            registry: registry,
            deployments: { Dictionary(uniqueKeysWithValues: directory.deployments().map { ($0.name, $0.isEnabled) }) },
            next: AccessLog(logger: self.logger)
        )
        let gateway = self.gateway(
            gatekeeper: gatekeeper,
            registry: registry,
            metrics: metrics,
            books: books,
            machinery: machinery
        )
        let recorder = responses.map { ResponseRecorder(gateway: gateway, file: $0, logger: self.logger) }
        let kept = ResponseKeeping(self.configuration).seconds
        try await recorder?.restore(usedAfter: Clocks.seconds() - kept)
        let listening = ListeningAddresses()
        let doors = Doors(inherited: predecessor?.sockets ?? [])
        let handover = self.handover(
            books: books,
            registry: registry,
            predecessor: predecessor,
            doors: doors,
            listening: listening,
            recorder: recorder,
            departure: departure
        )
        let readiness = Readiness(of: 2) {
            // Once more: for how long calls wait for its connectors counts from here.
            predecessor.map { registry.expect($0.served) }
            handover.ready()
        }
        let status = RelayStatus(directory: directory, registry: registry, started: Date(), listening: listening)
        let alerting = try Alerting(
            self.configuration.alerts,
            signature: signature,
            status: status,
            ledger: ledger,
            metrics: metrics,
            group: machinery.group,
            lookups: machinery.lookups,
            logger: self.logger,
            now: Clocks.seconds
        )
        let administration = AdministrationService(
            directory: directory,
            status: status,
            trail: storage.store,
            socket: storage.data.administration,
            ledger: ledger,
            logger: self.logger,
            whenReady: { readiness.arrive() }
        )
        let ingress = IngressService(
            site: Site(
                gateway: gateway,
                door: TunnelDoor(
                    gatekeeper: gatekeeper,
                    registry: registry,
                    death: TimeAmount(self.configuration.timeouts.tunnel),
                    logger: self.logger,
                    now: Clocks.seconds
                ),
                configuration: IngressConfiguration(self.configuration),
                pages: RelayPages(pages: metrics, alerts: alerting?.counts),
                administration: PublicAdministration(administration, self.configuration.administration),
                logger: self.logger
            ),
            addresses: Ingress.ListenAddress.all(self.configuration, tls: certificate.tls),
            group: machinery.group,
            doors: doors
        ) { urls in
            listening.set(urls)
            readiness.arrive()
        }
        let recorders: [(any Service)?] = [
            LedgerService(ledger: ledger, retention: self.configuration.usage.retention, logger: self.logger),
            Periodic.keyUse(directory, logger: self.logger),
            Periodic.quotaUse(books.quotas, in: storage.store, logger: self.logger),
            recorder?.service,
            alerting?.service,
        ]
        return recorders.compactMap(\.self) + [
            DeploymentAnnouncements(registry: registry, directory: directory),
            Periodic.auditSweep(
                storage.store,
                keep: Int(self.configuration.administration.keepAudit.components.seconds),
                now: Clocks.seconds,
                logger: self.logger
            ),
            certificate,
            handover,
            administration,
            ingress,
        ]
    }

    private func gateway(
        gatekeeper: Gatekeeper,
        registry: Registry,
        metrics: Metrics,
        books: Books,
        machinery: Machinery
    ) -> Gateway {
        let configuration = self.configuration
        return Gateway(
            gatekeeper: gatekeeper,
            registry: registry,
            observer: metrics,
            times: Gateway.Times(configuration),
            waiting: WaitingLimits(calls: configuration.queue.calls),
            responses: ResponseKeeping(configuration),
            workshop: ThreadPoolWorkshop(pool: machinery.pool),
            images: LinkedImages(configuration.images, group: machinery.group, lookups: machinery.lookups),
            splitsThinkTags: configuration.thinkTags,
            logger: self.logger,
            errorCodes: configuration.errors.codes,
            hidesUpstreamText: configuration.errors.upstreamText == .hidden,
            billing: Billing(ledger: books.ledger, settings: Billing.Settings(configuration)),
            quotas: books.quotas,
            largestRequest: configuration.limits.body,
            now: Clocks.seconds
        )
    }

    private func handover(
        books: Books,
        registry: Registry,
        predecessor: Predecessor?,
        doors: Doors,
        listening: ListeningAddresses,
        recorder: ResponseRecorder?,
        departure: AsyncStream<Void>.Continuation
    ) -> HandoverService {
        HandoverService(
            data: books.storage.data,
            doors: doors,
            lock: books.storage.lock,
            gate: books.directory.gate,
            predecessor: predecessor,
            logger: self.logger,
            facts: { (registry.served().map(\.rawValue), books.mustNotBeShared) },
            leave: {
                recorder?.leave()
                registry.sendAway()
                try? await Task.sleep(for: Self.grace)
                departure.yield()
            },
            onServing: {
                // Whoever reads the line may administer and call at once. Who does not read it is no reason to end.
                try? Output.write(listening.urls.map { "adit-relay ready on \($0)\n" }.joined(), endsUnread: false)
            }
        )
    }

    /// For how long calls on connections that callers have kept are still served after another relay has taken the place: who keeps a
    /// connection and uses it learns meanwhile that it ends.
    private static let grace = Duration.seconds(3)
}
