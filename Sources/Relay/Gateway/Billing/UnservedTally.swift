import Ledger
import Synchronization
import Vocabulary

/// How many records of calls that never came to a connector a user gets in a minute; safe to use from any thread.
///
/// Such a call costs its caller nothing: without a bound whoever has a key could fill the host's disk with them.
final class UnservedTally: Sendable {
    static let mostPerMinute = 60

    private struct State {
        var minute: Int64 = 0
        var counts: [HolderID: Int] = [:]
    }

    private let state = Mutex(State())

    /// - Parameter time: in milliseconds since 1970.
    func hasRoom(for holder: HolderID, at time: Int64) -> Bool {
        self.state.withLock { state in
            if state.minute != time / 60_000 { state = State(minute: time / 60_000) }
            state.counts[holder, default: 0] += 1
            return state.counts[holder, default: 0] <= Self.mostPerMinute
        }
    }
}
