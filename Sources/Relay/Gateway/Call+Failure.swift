import TunnelProtocol
import Vocabulary

extension Call {
    /// Why a call has no answer, from what its stream in the tunnel ended with.
    func error(for code: ApplicationErrorCode) -> GatewayError {
        let name = self.deployment
        switch code {
        case .upstreamUnreachable:
            return GatewayError(
                .connectorOffline,
                "The model server behind \(name) cannot be reached by its connector. Start it, then try again.",
                retryAfter: 5
            )
        case .refused:
            return GatewayError(.upstreamFailed, "The connector of \(name) does not serve this call.")
        case .draining:
            return GatewayError(
                .connectorOffline,
                "The connector of \(name) is stopping. Try again when it is back.",
                retryAfter: 5
            )
        case .timedOut:
            return GatewayError(.upstreamTimeout, "The model server behind \(name) did not answer in time.")
        case .lost:
            return GatewayError(
                .upstreamFailed,
                "The tunnel to the connector of \(name) was interrupted for too long, and the rest of the answer is lost."
            )
        case .none, .cancelled, .upstreamFailed, .protocolViolation:
            return GatewayError(
                .upstreamFailed,
                "The model server behind \(name), or the tunnel to it, broke off before the answer was complete."
            )
        }
    }
}

extension ApplicationErrorCode {
    /// Whether the code proves that the upstream has not begun: only then may the call be tried elsewhere.
    var meansNotStarted: Bool {
        switch self {
        case .refused, .upstreamUnreachable, .draining: true
        case .none, .cancelled, .upstreamFailed, .timedOut, .protocolViolation, .lost: false
        }
    }
}
