private import Synchronization
internal import Vocabulary

/// How often an address has shown a key that is none; who does so again and again is told to wait.
///
/// Good keys are never held up by it: others may share the address. Keys carry 256 random bits, so that this is not what
/// keeps them from being guessed; it keeps whoever tries from costing much, and lets logs say so.
package final class WrongKeys: Sendable {
    private struct State {
        var buckets: [UInt128: Bucket] = [:]
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Int64

    /// How many may come at once, and how many in a minute of an address that goes on.
    static let rate = Bucket.Rate.perMinute(100)
    /// Of how many addresses it is kept; whoever comes when all are busy is not held up.
    static let mostAddresses = 4_096

    /// - Parameter now: nanoseconds of a monotonic clock.
    package init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }

    /// Notes a wrong key.
    /// - Returns: how many seconds the address is to wait before the next one, if it must.
    func note(_ address: NetworkAddress) -> Int? {
        let now = self.now()
        let source = address.subscriber
        return self.state.withLock { state in
            if state.buckets[source] == nil, state.buckets.count >= Self.mostAddresses {
                state.buckets = state.buckets.filter { $0.value.reset(now: now) > 0 }
                guard state.buckets.count < Self.mostAddresses else { return nil }
            }
            let wait = state.buckets[source, default: Bucket()].wait(for: 1, Self.rate, now: now)
            guard wait == 0 else { return Int((wait + 999_999_999) / 1_000_000_000) }
            state.buckets[source, default: Bucket()].take(1, Self.rate, now: now)
            return nil
        }
    }
}
