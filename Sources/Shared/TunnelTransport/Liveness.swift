package import NIOCore

/// Decides when a silent tunnel is asked for a sign of life, and when it is given up.
///
/// A home router forgets a silent connection without a word to either end. Five seconds of silence are shorter than
/// any idle cut-off seen in the field and cost two small frames; fifteen leave room for two lost rounds.
package struct Liveness: Sendable {
    /// After how much silence the tunnel counts as dead, unless somebody wants it otherwise.
    package static let usualDeath: TimeAmount = .seconds(15)

    /// After how much silence a ping is sent: a third of ``death``.
    package let silence: TimeAmount
    /// After how much silence the tunnel counts as dead.
    package let death: TimeAmount
    private var lastHeard: NIODeadline
    private var asked: NIODeadline?

    /// What to do now.
    package enum Verdict: Equatable, Sendable {
        /// Nothing: the peer was heard lately, or has been asked already.
        case alive
        /// Send a ping.
        case ask
        /// Nothing was heard for too long: close the tunnel.
        case dead
    }

    package init(now: NIODeadline, death: TimeAmount = Self.usualDeath) {
        self.lastHeard = now
        self.death = death
        self.silence = .nanoseconds(death.nanoseconds / 3)
    }

    /// How often the driver's clock ticks: a few times within ``silence``, and at least once a second.
    package var tick: TimeAmount { min(.seconds(1), .nanoseconds(self.silence.nanoseconds / 3)) }

    /// Bytes of the peer arrived.
    package mutating func heard(now: NIODeadline) {
        self.lastHeard = now
        self.asked = nil
    }

    /// A tick of the driver's clock.
    package mutating func tick(now: NIODeadline) -> Verdict {
        let silence = now - self.lastHeard
        if silence >= self.death { return .dead }
        guard silence >= self.silence else { return .alive }
        if let asked, now - asked < self.silence { return .alive }
        self.asked = now
        return .ask
    }
}
