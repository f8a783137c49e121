internal import Administration
internal import Ingress
internal import NIOCore
internal import Vocabulary

/// The administration API behind the public port.
struct PublicAdministration: AdministrationDoor {
    let desk: AdministrationDesk
    /// Where it may be used from; none means everywhere.
    let networks: [NetworkRange]
    /// Whether another relay is taking this one's place: what were changed here now, it would not see.
    let isClosed: @Sendable () -> Bool

    var bodyLimit: Int { AdministrationAPI.bodyLimit }

    /// - Returns: `nil` when the configuration does not want it.
    init?(
        _ service: AdministrationService,
        _ configuration: RelayConfiguration.Administration,
        isClosed: @escaping @Sendable () -> Bool
    ) {
        guard configuration.api else { return nil }
        self.desk = AdministrationDesk(service)
        self.isClosed = isClosed
        self.networks = configuration.networks.compactMap { NetworkRange($0) }
    }

    func isOpen(to address: NetworkAddress?) -> Bool {
        guard !self.networks.isEmpty else { return true }
        guard let address else { return false }
        return self.networks.contains { $0.contains(address) }
    }

    func answer(_ request: AdministrationRequest) async -> AdministrationAnswer {
        if self.isClosed() {
            return AdministrationAnswer(
                status: 503,
                headers: [("content-type", "application/problem+json"), ("retry-after", "1")],
                body: ByteBuffer(string: Self.closed)
            )
        }
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

    private static let closed = """
        {"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Another relay is taking this one's place: \
        ask again in a second, on a new connection."}
        """
}
