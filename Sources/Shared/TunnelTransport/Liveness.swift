package import NIOCore

/// Decides when a silent tunnel is asked for a sign of life, and when it is given up.
///
/// A home router forgets a silent connection without a word to either end. Five seconds of silence are shorter than
/// any idle cut-off seen in the field and cost two small frames; fifteen leave room for two lost rounds.
package struct Liveness: Sendable {
    /// After how much silence a ping is sent.
    package static let silence: TimeAmount = .seconds(5)
    /// After how much silence the tunnel counts as dead.
    package static let death: TimeAmount = .seconds(15)

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

    package init(now: NIODeadline) {
        self.lastHeard = now
    }

    /// Bytes of the peer arrived.
    package mutating func heard(now: NIODeadline) {
        self.lastHeard = now
        self.asked = nil
    }

    /// A tick of the driver's clock, about once a second.
    package mutating func tick(now: NIODeadline) -> Verdict {
        let silence = now - self.lastHeard
        if silence >= Self.death { return .dead }
        guard silence >= Self.silence else { return .alive }
        if let asked, now - asked < Self.silence { return .alive }
        self.asked = now
        return .ask
    }
}
