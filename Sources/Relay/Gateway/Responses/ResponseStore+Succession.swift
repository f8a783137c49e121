import Dialects
import NIOCore
import Synchronization
import Vocabulary

/// Stored responses while one relay takes another one's place, where they are written down: each knows what the other one has made
/// by what stands there.
extension ResponseStore {
    /// For how long a response is waited for that another relay may have made: it is written down within a second, and seen here
    /// within another one.
    private static let arrival = Duration.seconds(3)

    /// Another relay has this one's place.
    ///
    /// From now on it alone forgets what is too old or has no room, and it is told of what is still being made here.
    package func leave() {
        self.state.withLock { state in
            guard !state.company.hasPlace else { return }
            state.company.hasPlace = true
            state.company.isThere = true
            state.shelf.leave()
            for id in state.running.ids { state.shelf.note(id) }
        }
    }

    /// Notes whether another relay writes responses down, too.
    ///
    /// Once none does, nobody makes any more what was in progress there.
    package func noteCompany(_ isThere: Bool) {
        self.state.withLock { $0.company.isThere = isThere }
        guard !isThere else { return }
        let error = GatewayError(.relayUnavailable, "The relay ended before the answer was complete. Ask again.")
        self.endMadeElsewhere(
            self.madeElsewhere.map { id, entry in
                (id: id, response: Responses.ended(entry.response, .failed(error)).fitting)
            }
        )
    }

    /// Those that other relays are making, as far as they are still remembered.
    private var madeElsewhere: [(id: String, entry: Shelf.Entry)] {
        self.state.withLock { state in
            state.company.making.compactMap { id in state.shelf.entry(id).map { (id, $0) } }
        }
    }

    /// No other relay makes any response now: those that were have become this.
    private func endMadeElsewhere(_ ended: [(id: String, response: ByteBuffer)]) {
        let now = self.now()
        self.state.withLock { state in
            state.company.making = []
            for (id, response) in ended {
                guard var entry = state.shelf.entry(id) else { continue }
                entry.response = response
                state.shelf.put(entry, id: id, now: now)
            }
        }
    }

    /// The responses that are to be read from where they are written down: those of `ids` that are not known here, and those that
    /// another relay was making, whatever they have become.
    package func unread(among ids: Set<String>) -> Set<String> {
        self.state.withLock { state in
            state.company.making.union(ids.filter { !state.knows($0) })
        }
    }

    /// Takes over when another relay has last used responses, in seconds since 1970: what is used there is not too old here.
    package func noteUses(_ uses: [String: Int]) {
        self.state.withLock { $0.shelf.noteUses(uses) }
    }

    /// Drops what another relay has deleted.
    package func drop(_ ids: Set<String>) {
        guard !ids.isEmpty else { return }
        self.state.withLock { $0.shelf.drop(ids) }
    }

    /// Whether another relay is making a response.
    func isMadeElsewhere(_ id: String) -> Bool {
        self.state.withLock { $0.company.making.contains(id) }
    }

    /// Whether a response that is not known here may have been made by another relay a moment ago.
    package func mayCome(_ id: String) -> Bool {
        self.state.withLock { $0.company.isThere && !$0.knows(id) }
    }

    /// The same, or whether it is known to be in progress there.
    func isAwaited(_ id: String) -> Bool {
        self.state.withLock { $0.company.isThere && (!$0.knows(id) || $0.company.making.contains(id)) }
    }

    /// Waits for a response that another relay may have made, until it is there or would be by now.
    /// - Parameter isOver: whether it is to be over, too, and not in progress.
    package func arrival(of id: String, isOver: Bool = false) async {
        let end = ContinuousClock.now + Self.arrival
        while isOver ? self.isAwaited(id) : self.mayCome(id), ContinuousClock.now < end {
            // Only a caller who has left cancels it.
            guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
        }
    }
}
