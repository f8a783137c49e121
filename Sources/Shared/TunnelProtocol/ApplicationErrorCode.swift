/// Why a stream of a call, or the tunnel, was ended by the program that uses it.
package enum ApplicationErrorCode: UInt64, Hashable, Sendable, CaseIterable {
    /// Nothing went wrong.
    case none = 0
    /// The caller left.
    case cancelled = 1
    /// The call was not started and may be tried elsewhere.
    case refused = 2
    /// The upstream could not be reached; not started.
    case upstreamUnreachable = 3
    /// The upstream broke after it may have started.
    case upstreamFailed = 4
    /// Something took too long.
    case timedOut = 5
    /// The peer is stopping; not started.
    case draining = 6
    /// The peer broke the protocol.
    case protocolViolation = 7
    /// The call was started, and what its answer would go on from is not kept any more: it cannot go on in another tunnel.
    case lost = 8
}
