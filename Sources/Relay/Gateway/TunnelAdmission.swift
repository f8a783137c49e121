import Accounts
package import Admission
package import Logging
package import NIOCore
package import Routing
import TunnelProtocol
package import TunnelTransport
package import Vocabulary

/// What a connector's request for a tunnel says.
package struct TunnelRequest: Sendable {
    package var isUpgrade: Bool
    package var authorization: String?
    package var session: String?
    package var generation: String?
    package var software: String?

    package init(isUpgrade: Bool, authorization: String?, session: String?, generation: String?, software: String?) {
        self.isUpgrade = isUpgrade
        self.authorization = authorization
        self.session = session
        self.generation = generation
        self.software = software
    }
}

/// Why a connector may not come in.
package struct TunnelRefusal: Error, Sendable {
    /// The HTTP status.
    package var status: Int
    package var message: String
    package var retryAfter: Int?

    package init(status: Int, message: String, retryAfter: Int? = nil) {
        self.status = status
        self.message = message
        self.retryAfter = retryAfter
    }
}

/// Lets connectors in: checks token and generation, then makes the tunnel's end on the relay.
package struct TunnelAdmission: Sendable {
    private let gatekeeper: Gatekeeper
    private let registry: Registry
    private let death: TimeAmount
    private let logger: Logger
    private let now: @Sendable () -> Int

    /// - Parameters:
    ///   - death: after how much silence a tunnel is given up.
    ///   - now: the time in seconds since 1970.
    package init(
        gatekeeper: Gatekeeper,
        registry: Registry,
        death: TimeAmount = Liveness.usualDeath,
        logger: Logger,
        now: @escaping @Sendable () -> Int
    ) {
        self.gatekeeper = gatekeeper
        self.registry = registry
        self.death = death
        self.logger = logger
        self.now = now
    }

    /// Judges a request; notes a wrong token, and changes nothing else.
    /// - Parameter address: where it comes from, as far as the relay can see.
    package func admit(_ request: TunnelRequest, from address: NetworkAddress?) -> Result<TunnelTicket, TunnelRefusal> {
        guard request.isUpgrade else {
            return .failure(
                TunnelRefusal(
                    status: 426,
                    message:
                        "This is the way in for connectors: it takes «Upgrade: \(TunnelUpgrade.token)» over HTTP/1.1."
                )
            )
        }
        guard let token = self.gatekeeper.tunnelToken(authorization: request.authorization) else {
            return .failure(self.wrongToken(from: address))
        }
        guard let session = request.session, TunnelUpgrade.isSession(session),
            let generation = request.generation.flatMap({ UInt64($0) })
        else {
            return .failure(
                TunnelRefusal(
                    status: 400,
                    message:
                        "A tunnel needs the headers adit-session (1–64 letters and digits) and adit-generation (a number)."
                )
            )
        }
        guard !self.registry.isDraining else {
            return .failure(TunnelRefusal(status: 503, message: "The relay is stopping.", retryAfter: 2))
        }
        guard self.registry.accepts(session: session, generation: generation) else {
            return .failure(
                TunnelRefusal(status: 409, message: "A newer tunnel of this session is open already: dial anew.")
            )
        }
        return .success(
            TunnelTicket(
                token: token.id.rawValue,
                scope: token.scope,
                session: session,
                generation: generation,
                software: String((request.software ?? "unknown").prefix(80)),
                remoteAddress: address.map(\.description) ?? "unknown"
            )
        )
    }

    /// Why a connector with this token is told nothing, if so.
    package func refusal(ofToken authorization: String?, from address: NetworkAddress?) -> TunnelRefusal? {
        guard self.gatekeeper.tunnelToken(authorization: authorization) == nil else { return nil }
        return self.wrongToken(from: address)
    }

    private func wrongToken(from address: NetworkAddress?) -> TunnelRefusal {
        if let wait = self.gatekeeper.waitAfterWrongToken(from: address) {
            return TunnelRefusal(
                status: 429,
                message: "The tunnel token is wrong, and too many wrong ones have come from this address.",
                retryAfter: wait
            )
        }
        return TunnelRefusal(
            status: 401,
            message: "The tunnel token is missing, wrong or revoked. Make one with «adit-relay token create»."
        )
    }

    /// Why a request was not let in, for the answer to it.
    package func refusal(_ request: TunnelRequest) -> TunnelRefusal {
        switch self.admit(request, from: nil) {
        case .failure(let refusal): refusal
        case .success: TunnelRefusal(status: 426, message: "A tunnel must be the first request of its connection.")
        }
    }

    /// After how many milliseconds without an acknowledgement a tunnel's connection is given up by the kernel.
    package var userTimeout: Int { Int(self.death.nanoseconds / 1_000_000) }

    /// Makes the handler that carries the tunnel from now on; on its event loop.
    package func makeHandler(_ ticket: TunnelTicket, eventLoop: any EventLoop) -> TunnelHandler {
        self.registry.note(session: ticket.session, generation: ticket.generation)
        let link = ConnectorLink(registry: self.registry, ticket: ticket, logger: self.logger, now: self.now)
        let handler = TunnelHandler(
            role: .relay,
            settings: QMux.Settings(),
            eventLoop: eventLoop,
            death: self.death,
            delegate: link,
            logger: self.logger
        )
        link.awaitHello(on: handler.tunnel)
        return handler
    }
}
