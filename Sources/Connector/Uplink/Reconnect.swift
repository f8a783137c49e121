package import NIOCore

/// Decides when to dial again, as a pure value; one for each tunnel that is kept.
///
/// A break is most often over at once, so three tries come quickly. After that the pause is drawn between nothing and a limit
/// that doubles up to half a minute («full jitter»): a thousand connectors do not come back in the same second.
///
/// A line that breaks again and again, but on which the relay is reached in between, is dialled within two seconds: calls wait
/// there for their tunnel, and are lost half a minute after it. So is a relay that asked for another tunnel: whatever takes its place may
/// come only behind its last call, and callers wait from that moment on.
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
        /// The tunnel was up, and the relay wants another one in its place.
        case drained
    }

    static let quickTries = 3
    static let quickPause: TimeAmount = .milliseconds(200)
    static let firstLimit: TimeAmount = .seconds(1)
    static let lastLimit: TimeAmount = .seconds(30)
    /// The limit after the end of a tunnel that was up, however often that happens, and while a relay is expected.
    static let brokenLimit: TimeAmount = .seconds(2)
    /// No pause is shorter, but that of a tunnel that needs a newer generation and nothing else.
    static let shortestPause: TimeAmount = .milliseconds(100)
    static let refusedPause: TimeAmount = .seconds(30)
    /// In seconds; a relay that asks for more is asked again after this.
    static let longestRetryAfter = 300
    /// A tunnel that was up for so long is replaced at once when the relay asks for that; one that was not, with a pause, or a relay that
    /// asks each of them would be dialled without end.
    static let worthwhile: TimeAmount = .seconds(1)
    /// For so long a relay that asked for another tunnel is expected, or the one that takes its place.
    static let expectation: TimeAmount = .hours(1)
    /// A tunnel that was up for so long was healthy: the next break starts anew.
    static let healthy: TimeAmount = .seconds(30)

    /// Dials in a row that brought no tunnel.
    private var failures = 0
    /// Tunnels in a row that did not stay.
    private var breaks = 0
    /// Answers «outdated» in a row: a newer generation mends that, unless something else is wrong.
    private var outdated = 0
    private var upSince: NIODeadline?
    /// When the relay last asked for another tunnel, as long as none has come.
    private var drainedAt: NIODeadline?

    package init() {}

    /// A tunnel is up.
    package mutating func connected(now: NIODeadline) {
        self.upSince = now
        self.drainedAt = nil
        self.failures = 0
        self.outdated = 0
    }

    /// There is no tunnel: how long to wait before the next dial.
    /// - Parameter random: a number from 0 up to 1.
    package mutating func pause(after reason: Reason, now: NIODeadline, random: Double) -> TimeAmount {
        let up = self.upSince.map { now - $0 } ?? .zero
        self.upSince = nil
        if up >= Self.healthy { self.breaks = 0 }
        if reason == .drained { self.drainedAt = now }
        if reason == .drained, up >= Self.worthwhile { return .zero }
        if reason == .outdated, self.outdated < Self.quickTries {
            self.outdated += 1
            return .zero
        }
        if reason != .outdated { self.outdated = 0 }
        let isBreak = reason == .ended || reason == .drained
        if isBreak { self.breaks += 1 } else { self.failures += 1 }
        switch reason {
        case .refused:
            return Self.refusedPause
        case .busy(let seconds?) where seconds > 0:
            // A little later than asked, and not all at once.
            return .seconds(Int64(min(seconds, Self.longestRetryAfter))) + .milliseconds(Int64(random * 500))
        case .ended, .drained:
            return Self.pause(self.breaks, upTo: Self.brokenLimit, random)
        case .busy, .unreachable, .outdated:
            let isExpected = self.drainedAt.map { now - $0 < Self.expectation } ?? false
            return Self.pause(self.failures, upTo: isExpected ? Self.brokenLimit : Self.lastLimit, random)
        }
    }

    private static func pause(_ count: Int, upTo lastLimit: TimeAmount, _ random: Double) -> TimeAmount {
        guard count > Self.quickTries else { return Self.quickPause.scaled(by: 0.5 + random) }
        let doublings = min(count - Self.quickTries - 1, 5)
        let limit = min(.nanoseconds(Self.firstLimit.nanoseconds << Int64(doublings)), lastLimit)
        return max(limit.scaled(by: random), Self.shortestPause)
    }
}

extension TimeAmount {
    fileprivate func scaled(by factor: Double) -> TimeAmount {
        .nanoseconds(Int64(Double(self.nanoseconds) * factor))
    }
}
