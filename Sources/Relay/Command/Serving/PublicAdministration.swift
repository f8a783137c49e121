internal import Administration
internal import Ingress
internal import Vocabulary

/// The administration API behind the public port.
struct PublicAdministration: AdministrationResponder {
    let desk: AdministrationDesk
    /// Where it may be used from; none means everywhere.
    let networks: [NetworkRange]

    var bodyLimit: Int { AdministrationAPI.bodyLimit }

    /// - Returns: `nil` when the configuration does not want it.
    init?(_ service: AdministrationService, _ configuration: RelayConfiguration.Administration) {
        guard configuration.api else { return nil }
        self.desk = AdministrationDesk(service)
        self.networks = configuration.networks
    }

    func isOpen(to address: NetworkAddress?) -> Bool {
        guard !self.networks.isEmpty else { return true }
        guard let address else { return false }
        return self.networks.contains { $0.contains(address) }
    }

    func answer(_ request: AdministrationRequest) async -> AdministrationAnswer {
        let answer = await self.desk.answer(
            .init(
                method: request.method,
                target: request.target,
                authority: request.headers.first { $0.name.lowercased() == "host" }?.value,
                headers: request.headers,
                body: request.body,
                address: request.address
            )
        )
        return AdministrationAnswer(status: answer.status, headers: answer.headers, body: answer.body)
    }
}
