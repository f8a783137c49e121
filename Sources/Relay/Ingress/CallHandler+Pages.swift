import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import TunnelTransport
import Vocabulary

/// The answers that need no upstream.
extension CallHandler {
    func show(_ page: Target.Page, _ head: HTTPRequestHead) {
        switch page {
        case .root:
            self.text(.ok, "Adit relay. The API is at /v1.\n")
        case .health:
            self.text(.ok, "ok\n")
        case .readiness:
            let isReady = !self.site.gateway.isStopping
            self.text(isReady ? .ok : .serviceUnavailable, isReady ? "ready\n" : "stopping\n")
        case .metrics:
            guard self.mayReadMetrics else { return self.respondNothing(head, at: page.rawValue) }
            let metrics = self.site.pages.metrics()
            self.whole(.ok, type: "text/plain; version=0.0.4; charset=utf-8", pieces: [metrics])
        case .hello:
            self.respond(ByteBuffer(string: #"{"message":"hello"}"#))
        }
    }

    func respondNothing(_ head: HTTPRequestHead, at path: some StringProtocol) {
        self.respond(GatewayError(.unknownRoute, "There is nothing at \(head.method.rawValue) \(path.prefix(200))."))
    }

    /// They name every deployment, also those that exist for their owner only.
    private var mayReadMetrics: Bool {
        guard let address = self.address else { return false }
        return self.site.configuration.metricsNetworks.contains { $0.contains(address) }
    }

    /// Tells a browser what a page may send.
    func preflight(_ head: HTTPRequestHead) {
        let asked = head.headers[canonicalForm: "access-control-request-headers"]
        let allowed = self.headers.preflight(origin: self.asked.origin, asked: asked)
        self.whole(.noContent, type: nil, pieces: [], extra: allowed)
    }

    /// Somebody came to the connectors' way in with something that is no upgrade, or was refused.
    func refuseTunnel(_ head: HTTPRequestHead) {
        self.asked.keepsAlive = false
        let extra = [("upgrade", TunnelUpgrade.token)]
        self.respond(self.tunnelRefusal ?? self.site.tunnels.refusal(TunnelRequest(head)), extra: extra)
    }

    /// Tells a connector why not.
    func respond(_ refusal: TunnelRefusal, extra: [(String, String)] = []) {
        var extra = extra
        if let retryAfter = refusal.retryAfter { extra.append(("retry-after", String(retryAfter))) }
        self.whole(
            HTTPResponseStatus(statusCode: refusal.status),
            type: Self.json,
            pieces: [OpenAI.errorBody(GatewayError(.invalidRequest, refusal.message))],
            extra: extra
        )
    }

    private func text(_ status: HTTPResponseStatus, _ text: String) {
        self.whole(status, type: "text/plain; charset=utf-8", pieces: [ByteBuffer(string: text)])
    }
}
