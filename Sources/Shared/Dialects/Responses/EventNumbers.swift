import NIOCore

/// The numbers of a stream's events where some are ours and the others those of a server that counts its own.
///
/// Numbers are the server's until an event is told that it does not know of; what it says afterwards is numbered anew, and only
/// then is each event read for it. A pure value.
struct EventNumbers {
    private enum Source {
        /// The server's own: nothing of ours has come between.
        case server
        /// Nothing of the server's was told yet; this is the next one's number.
        case ours(next: Int)
        /// The server's, and this many more.
        case shifted(Int)
    }

    private var source: Source
    /// The data of the server's event that was told last, for its number.
    private var last: ByteBuffer?

    /// - Parameter told: how many events of ours were told.
    init(told: Int = 0) {
        self.source = told > 0 ? .ours(next: told) : .server
    }

    /// The number of an event of ours.
    mutating func next() -> Int {
        let last = self.last.flatMap { (try? JSONValue(reading: $0))?["sequence_number"]?.int }
        let next: Int
        switch (self.source, last) {
        case (.ours(let number), _): next = number
        case (.server, let last?): next = last &+ 1
        case (.shifted(let shift), let last?): next = last &+ shift &+ 1
        case (.server, nil), (.shifted, nil): next = 0
        }
        self.source = last.map { .shifted(next &- $0) } ?? .ours(next: next &+ 1)
        return next
    }

    /// Lets an event of the server pass.
    /// - Returns: whether it may pass as it came; otherwise it is to be numbered.
    mutating func pass(_ data: ByteBuffer) -> Bool {
        guard case .server = self.source else { return false }
        self.last = data
        return true
    }

    /// Numbers an event of the server.
    /// - Parameters:
    ///   - event: the event; one without a number stays as it is.
    ///   - data: what the server said.
    mutating func number(_ event: inout JSONObject, from data: ByteBuffer) {
        self.last = data
        guard let number = event["sequence_number"]?.int else { return }
        if case .ours(let next) = self.source { self.source = next == number ? .server : .shifted(next &- number) }
        guard case .shifted(let shift) = self.source else { return }
        event["sequence_number"] = JSONValue(number &+ shift)
    }
}
