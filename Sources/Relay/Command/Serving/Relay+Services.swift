private import Administration
private import Alerts
private import Gateway
private import Ingress
private import NIOCore
internal import ServiceLifecycle

extension Relay {
    /// The services in the order in which they start. They stop in reverse: what records does so until the last call has ended.
    /// - Parameter departure: is told when another relay has taken this one's place and nobody is served here any more.
    func services(
        on ground: Groundwork,
        departure: AsyncStream<Void>.Continuation
    ) async throws -> [any Service] {
        let calls = try await CallPath(ground, logger: self.logger)
        let takeover = Takeover(ground, recorder: calls.recorder, departure: departure, logger: self.logger)
        let status = RelayStatus(ground, listening: takeover.listening)
        let alerting = try Alerting(ground, status: status, metrics: calls.metrics, logger: self.logger)
        let administration = self.administration(ground, status: status, readiness: takeover.readiness)
        let ingress = self.ingress(ground, calls, takeover, administration, alerts: alerting?.counts)
        return self.recorders(ground, calls, alerting) + [
            DeploymentAnnouncements(registry: ground.registry, directory: ground.directory),
            self.auditSweep(ground),
            ground.certificate,
            takeover.handover,
            administration,
            ingress,
        ]
    }

    /// What writes down, or tells, what calls have done.
    private func recorders(_ ground: Groundwork, _ calls: CallPath, _ alerting: Alerting?) -> [any Service] {
        let recorders: [(any Service)?] = [
            LedgerService(ledger: ground.ledger, retention: self.configuration.usage.retention, logger: self.logger),
            Periodic.keyUse(ground.directory, logger: self.logger),
            Periodic.quotaUse(ground.books.quotas, in: ground.store, logger: self.logger),
            calls.recorder?.service,
            alerting?.service,
        ]
        return recorders.compactMap(\.self)
    }

    private func auditSweep(_ ground: Groundwork) -> any Service {
        Periodic.auditSweep(
            ground.store,
            keep: Int(self.configuration.administration.keepAudit.components.seconds),
            now: Clocks.seconds,
            logger: self.logger
        )
    }

    private func administration(
        _ ground: Groundwork,
        status: RelayStatus,
        readiness: Readiness
    ) -> AdministrationService {
        AdministrationService(
            directory: ground.directory,
            status: status,
            trail: ground.store,
            socket: ground.data.administration,
            ledger: ground.ledger,
            logger: self.logger,
            whenReady: { readiness.arrive() }
        )
    }

    private func ingress(
        _ ground: Groundwork,
        _ calls: CallPath,
        _ takeover: Takeover,
        _ administration: AdministrationService,
        alerts: AlertCounts?
    ) -> IngressService {
        let tunnels = TunnelAdmission(
            gatekeeper: calls.gatekeeper,
            registry: ground.registry,
            death: TimeAmount(self.configuration.timeouts.tunnel),
            logger: self.logger,
            now: Clocks.seconds
        )
        let site = Site(
            gateway: calls.gateway,
            tunnels: tunnels,
            configuration: IngressConfiguration(self.configuration, descriptors: ground.machinery.descriptors),
            pages: RelayPages(pages: calls.metrics, alerts: alerts),
            administration: PublicAdministration(administration, self.configuration.administration),
            logger: self.logger
        )
        return IngressService(
            site: site,
            addresses: Ingress.ListenAddress.all(self.configuration, tls: ground.certificate.tls),
            group: ground.machinery.group,
            sockets: takeover.sockets
        ) { urls in
            takeover.listening.set(urls)
            takeover.readiness.arrive()
        }
    }
}
