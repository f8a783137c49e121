import NIOCore

/// Decides whether a connection that has answered is kept for the next call, as a pure value.
///
/// ```
/// unproven ──a connection outlived 10 ms idle──▶ proven
///    ▲  └──────────closed within 250 ms idle──────┐ │
///    └────────── 60 s ─────────────────────── off ◀─┘
/// ```
/// Some servers close after each answer without a word about it. A call that meets such a connection fails, and must not be
/// sent a second time, because its model may have begun. So an unproven server gets a new connection for each call until
/// one has stayed open by itself; ten milliseconds are long for a server on the same machine or network to close in, and
/// short enough to cost a handful of connections.
struct ReusePolicy: Equatable {
    /// How long a connection stays open by itself before its server counts as one that keeps connections.
    static let probation: TimeAmount = .milliseconds(10)
    /// A connection that is closed sooner than this after its answer was closed because of the answer.
    static let quickClose: TimeAmount = .milliseconds(250)
    /// For how long a server that closes quickly gets a new connection for each call.
    static let offTime: TimeAmount = .seconds(60)

    private enum State: Equatable {
        case unproven
        case proven
        case off(until: NIODeadline)
    }

    private var state = State.unproven
    /// How long a connection may be idle; shorter once a server was seen to close sooner.
    private(set) var idleLimit: TimeAmount

    init(idleLimit: TimeAmount) {
        self.idleLimit = idleLimit
    }

    /// Whether a connection that has just answered is kept.
    mutating func keeps(now: NIODeadline) -> Bool {
        if case .off(let until) = self.state {
            guard now >= until else { return false }
            self.state = .unproven
        }
        return true
    }

    /// Whether an idle connection may carry a call.
    ///
    /// - Parameter oldest: since when the connection that is idle longest has been so.
    mutating func reuses(oldest: NIODeadline, now: NIODeadline) -> Bool {
        switch self.state {
        case .proven:
            return true
        case .off:
            return false
        case .unproven:
            guard now - oldest >= Self.probation else { return false }
            self.state = .proven
            return true
        }
    }

    /// The server closed a connection that was idle since a moment.
    mutating func closed(idleSince: NIODeadline, now: NIODeadline) {
        let idle = now - idleSince
        if idle < Self.quickClose {
            self.state = .off(until: now + Self.offTime)
        } else {
            self.idleLimit = min(self.idleLimit, .nanoseconds(idle.nanoseconds / 2))
        }
    }
}
