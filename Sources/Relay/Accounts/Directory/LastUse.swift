private import Synchronization

/// When one key was last used: noted on every call, on any event loop, without a lock.
package final class LastUse: Sendable {
    private static let never = Int.min

    private let noted: Atomic<Int>
    private let stored: Atomic<Int>

    /// - Parameter stored: what the store has.
    init(stored: Int?) {
        self.noted = Atomic(stored ?? Self.never)
        self.stored = Atomic(stored ?? Self.never)
    }

    /// Notes that the key is used now. Most calls find the second noted already and write nothing.
    /// - Parameter now: in seconds since 1970.
    package func note(_ now: Int) {
        guard self.noted.load(ordering: .relaxed) != now else { return }
        self.noted.store(now, ordering: .relaxed)
    }

    /// The last use; `nil` if there was none.
    var latest: Int? {
        let latest = self.noted.load(ordering: .relaxed)
        return latest == Self.never ? nil : latest
    }

    /// The last use if the store does not have it yet.
    var unstored: Int? {
        self.latest.flatMap { $0 == self.stored.load(ordering: .relaxed) ? nil : $0 }
    }

    /// The store has this use now.
    func noteStored(_ use: Int) {
        self.stored.store(use, ordering: .relaxed)
    }
}
