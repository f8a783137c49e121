package import NIOCore

/// Decides when to dial again, as a pure value.
///
/// A break is most often over at once, so three tries come quickly. After that the pause is drawn between nothing and a limit
/// that doubles up to half a minute («full jitter»): a thousand connectors do not come back in the same second.
package struct Reconnect: Sendable {
    /// Why there is no tunnel.
    package enum Reason: Hashable, Sendable {
        /// The network, the relay or something in between.
        case unreachable
        /// The relay said when to come again, in seconds.
        case busy(retryAfter: Int?)
        /// The token is not accepted. It may be made valid again, so this is no reason to give up.
        case refused
        /// The relay knows a newer generation of this session.
        case outdated
        /// The tunnel was up and has ended.
        case ended
    }

    static let quickTries = 3
    static let quickPause: TimeAmount = .milliseconds(200)
    static let firstLimit: TimeAmount = .seconds(1)
    static let lastLimit: TimeAmount = .seconds(30)
    static let refusedPause: TimeAmount = .seconds(30)
    static let longestRetryAfter = 300
    /// A tunnel that was up for so long was healthy: the next break starts anew.
    static let healthy: TimeAmount = .seconds(30)

    private var failures = 0
    private var upSince: NIODeadline?

    package init() {}

    /// A tunnel is up.
    package mutating func connected(now: NIODeadline) {
        self.upSince = now
    }

    /// There is no tunnel: how long to wait before the next dial.
    /// - Parameter random: a number from 0 up to 1.
    package mutating func pause(after reason: Reason, now: NIODeadline, random: Double) -> TimeAmount {
        if let upSince, now - upSince >= Self.healthy { self.failures = 0 }
        self.upSince = nil
        switch reason {
        case .outdated:
            return .nanoseconds(0)
        case .refused:
            return Self.refusedPause
        case .busy(let retryAfter?):
            self.failures += 1
            // A little later than asked, and not all at once.
            let seconds = min(max(retryAfter, 0), Self.longestRetryAfter)
            return .milliseconds(Int64(Double(seconds) * 1_000 + random * 500))
        case .busy(nil), .unreachable, .ended:
            self.failures += 1
            guard self.failures > Self.quickTries else {
                return .nanoseconds(Int64(Double(Self.quickPause.nanoseconds) * (0.5 + random)))
            }
            let doublings = min(self.failures - Self.quickTries - 1, 5)
            let limit = min(Self.firstLimit.nanoseconds << Int64(doublings), Self.lastLimit.nanoseconds)
            return .nanoseconds(Int64(Double(limit) * random))
        }
    }
}
