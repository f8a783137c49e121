import NIOCore

/// How well a connector has done with the calls of one deployment lately: a value, to which outcomes happen.
///
/// ```
/// in ──three failures in a row──▶ out ──its time is over──▶ on probation ──one call succeeds──▶ in
///                                  ▲                             │
///                                  └──────── it fails ───────────┘  (twice as long as before)
/// ```
/// A failure is a call that no server began, or that a server broke, left without an answer in time or answered with 5xx.
/// Whether anybody is left without those who are out is not decided here.
struct Health: Hashable, Sendable {
    /// What a call says of who had it.
    enum Outcome: Hashable, Sendable {
        case success
        case failure
        /// Nothing: its caller left, or its tunnel was drained.
        case neither
    }

    static let mostFailures = 3
    static let firstPause = TimeAmount.seconds(2)
    static let longestPause = TimeAmount.seconds(60)

    /// In a row.
    private var failures = 0
    /// How long the last pause was; `nil` while it is in.
    private var pause: TimeAmount?
    private var out: NIODeadline?
    /// Whether a call is under way, or was, that decides.
    private var isTried = false

    /// Whether it gets no call now.
    func isOut(at now: NIODeadline) -> Bool {
        guard let out else { return false }
        return now < out
    }

    /// Whether nothing is to be remembered.
    var isAtRest: Bool { self.failures == 0 && self.out == nil }

    /// A call goes there. The first one after a pause decides; one that goes on for long is joined by the next after as long a pause.
    mutating func begin(at now: NIODeadline) {
        guard let out, let pause, now >= out else { return }
        self.isTried = true
        self.out = now + pause
    }

    /// A call has ended.
    /// - Returns: whether it is out from now on.
    mutating func end(_ outcome: Outcome, at now: NIODeadline) -> Bool {
        switch outcome {
        case .success:
            self = Health()
            return false
        case .neither:
            if self.isTried { self.out = now }
            self.isTried = false
            return false
        case .failure:
            self.failures += 1
            // Calls that began before it was out say nothing new.
            guard self.isTried || (self.out == nil && self.failures >= Self.mostFailures) else { return false }
            let pause = self.pause.map { min($0 * 2, Self.longestPause) } ?? Self.firstPause
            self.pause = pause
            self.out = now + pause
            self.isTried = false
            return true
        }
    }
}
