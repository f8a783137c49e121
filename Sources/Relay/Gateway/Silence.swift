import NIOCore

/// How long nothing has happened, to the precision of the looks at it; what happens costs no look at the clock.
struct Silence {
    private var since: NIODeadline
    private var isBroken = false

    init(since: NIODeadline) {
        self.since = since
    }

    /// Something has happened.
    mutating func end() {
        self.isBroken = true
    }

    /// How long nothing has happened; what happened since the last look counts as of now.
    mutating func length(at now: NIODeadline) -> TimeAmount {
        if self.isBroken {
            self.isBroken = false
            self.since = now
        }
        return now - self.since
    }
}
