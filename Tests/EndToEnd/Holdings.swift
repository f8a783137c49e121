import Synchronization
import TestSupport
import Testing

/// What the programs of a stand hold open, to be compared before and after something went wrong.
struct Holdings: Equatable {
    /// The relay's sockets.
    var relay: Int
    /// The connector's, without its connections to the model server, of which it keeps some.
    var connector: Int
    /// Calls, as the relay counts them.
    var calls: Int
    /// Streams of the connector's tunnels, as it counts them itself.
    var streams: Int

    /// Whether nothing is open that was not before.
    func isWithin(_ other: Holdings) -> Bool {
        self.relay <= other.relay && self.connector <= other.connector && self.calls <= other.calls
            && self.streams <= other.streams
    }
}

extension Stand {
    private func holdings() async throws -> Holdings {
        let tunnels = try await self.connector.status()[0]["tunnels"].array ?? []
        return Holdings(
            relay: self.relay.program.sockets,
            connector: self.connector.program.sockets - self.upstream.openConnections,
            calls: try await self.number(of: "adit_open_calls"),
            streams: tunnels.reduce(0) { $0 + ($1["open_calls"].int ?? 0) }
        )
    }

    /// What is held open, once that has stayed the same for a while: connections of callers take a moment to end.
    func settledHoldings() async throws -> Holdings {
        try await self.isServing()
        return try await withDeadline(60, "what is open stays the same") {
            var last = try await self.holdings()
            var times = 0
            while times < 3 {
                try await Task.sleep(for: .milliseconds(100))
                let now = try await self.holdings()
                times = now == last && now.calls == 0 && now.streams == 0 ? times + 1 : 0
                last = now
            }
            return last
        }
    }

    /// Waits until no more sockets, calls and streams are open than before.
    func expectNothingLeaked(since before: Holdings) async throws {
        let latest = Mutex(before)
        do {
            try await eventually(within: 60, "no more is open than before") {
                let now = try await self.holdings()
                latest.withLock { $0 = now }
                return now.isWithin(before)
            }
        } catch {
            Issue.record("open were \(before), and now \(latest.withLock { $0 })")
        }
    }
}
