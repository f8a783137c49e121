package import NIOCore
package import Vocabulary

/// What is known of a call when it is over; every call ends in exactly one. Never holds anything of prompt or answer.
package struct CallRecord: Sendable {
    /// How a call ended.
    package enum Outcome: Hashable, Sendable {
        /// The upstream's answer was passed on whole.
        case completed
        /// The upstream refused the request; its own 4xx was passed on.
        case refusedByUpstream
        /// The caller left before the end.
        case clientGone
        /// The call failed for this cause.
        case failed(GatewayError.Code)

        /// The outcome as a word, the same in logs, in metrics and in records that are kept.
        package var label: String {
            switch self {
            case .completed: "completed"
            case .refusedByUpstream: "refused_by_upstream"
            case .clientGone: "client_gone"
            case .failed(let code): code.rawValue
            }
        }
    }

    package var id: CallID
    package var endpoint: String
    package var deployment: String?
    package var key: String?
    package var isStreamed: Bool
    package var outcome: Outcome
    package var status: Int
    package var usage: Usage?
    /// From the request's last byte to the answer's first one.
    package var timeToFirstByte: TimeAmount?
    /// From the request's head to the end.
    package var duration: TimeAmount
    package var bytesIn: Int
    package var bytesOut: Int
    /// Whether no model server was asked: it was refused, its caller left too early, or the relay knew the answer.
    package var isUnserved = false
}

/// Hears of calls; implemented by telemetry. Called on event loops: must not wait.
package protocol CallObserver: Sendable {
    /// A call's tunnel has died, and the call goes on in another one.
    func callResumed()
    /// A call's tunnel has died, and the call with it.
    func callLost()
    /// A call is over.
    func callEnded(_ record: CallRecord)
    /// A call begins to wait.
    func callWaits(_ deployment: DeploymentName, for reason: WaitReason)
    /// A call has waited, before it went to an upstream or ended.
    func callWaited(_ wait: CallWait)
}
