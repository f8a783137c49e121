import NIOCore

/// Decides which failures are told aloud: each once, then once a minute for as long as it lasts.
struct FailureReport {
    static let interval: TimeAmount = .seconds(60)

    private var last: (text: String, at: NIODeadline)?

    /// Whether the failure is to be told aloud now.
    mutating func isNews(_ failure: DialFailure, now: NIODeadline) -> Bool {
        if let last, last.text == failure.description, now - last.at < Self.interval { return false }
        self.last = (failure.description, now)
        return true
    }

    /// A tunnel is up: the next failure is news.
    mutating func succeeded() {
        self.last = nil
    }
}
