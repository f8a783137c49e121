package import NIOCore

/// The relay's side of an answer that may have to go on in another tunnel: how much of it came, and on which stream. A pure value.
///
/// ```
///             ┌───────── open ─────────┐
///             ▼                        │
/// flowing ── lose ──▶ waiting ── patience ends ──▶ (given up)
/// ```
package struct AnswerProgress: Sendable {
    /// The call's id.
    package let call: String
    /// The number of the stream that was opened last.
    package private(set) var opened: Int
    /// The number of the stream on which the request was sent.
    package private(set) var started = 0
    /// How many bytes of the answer came, on all streams since ``started``.
    package private(set) var received: UInt64 = 0
    /// Since when no tunnel carries the answer.
    package private(set) var waitingSince: NIODeadline?

    /// - Parameter numbered: what its streams' numbers come behind; the same for no two that ask for one call's answer.
    package init(call: String, numbered: Int = 0) {
        self.call = call
        self.opened = numbered
    }

    /// Whether no tunnel carries the answer now.
    package var isWaiting: Bool { self.waitingSince != nil }

    /// Whether the newest stream is one on which an answer was to go on.
    package var isResumed: Bool { self.opened > self.started }

    /// What the answer is known by at its connector.
    package var name: CallStreamName { CallStreamName(call: self.call, stream: self.started) }

    /// A stream is opened for the request itself: what came of an earlier answer counts no more.
    package mutating func start() {
        self.opened += 1
        self.started = self.opened
        self.received = 0
        self.waitingSince = nil
    }

    /// Bytes came.
    package mutating func receive(_ count: Int) {
        self.received += UInt64(count)
    }

    /// The tunnel is gone. How long is waited counts from the first loss on, unless a tunnel was found in between.
    package mutating func lose(now: NIODeadline) {
        self.waitingSince = self.waitingSince ?? now
    }

    /// A stream is opened on which the answer is to go on: what is to be asked there.
    package mutating func resume() -> ResumeRequest {
        self.opened += 1
        self.waitingSince = nil
        return ResumeRequest(name: self.name, stream: self.opened, offset: self.received)
    }

    /// Whether a tunnel has been waited for as long as is allowed.
    package func isTooLate(now: NIODeadline, patience: TimeAmount) -> Bool {
        guard let waitingSince else { return false }
        return now - waitingSince >= patience
    }
}
