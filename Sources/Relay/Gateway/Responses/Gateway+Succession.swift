import Dialects
import NIOCore
import Vocabulary

/// Stored responses while one relay takes another one's place, where they are written down: each knows what the other one has made
/// by what stands there.
extension Gateway {
    /// For how long a response is waited for that another relay may have made: it is written down within a second, and seen here
    /// within another one.
    private static let arrival = Duration.seconds(3)

    /// Another relay has this one's place.
    ///
    /// From now on it alone forgets what is too old or has no room, and it is told of what is still being made here.
    package func leaveResponses() {
        self.responses.leave()
    }

    /// Notes whether another relay writes responses down, too.
    ///
    /// Once none does, nobody makes any more what was in progress there.
    package func shareResponses(_ isShared: Bool) {
        self.responses.noteCompany(isShared)
        guard !isShared else { return }
        let error = GatewayError(.relayUnavailable, "The relay ended before the answer was complete. Ask again.")
        let ended = self.responses.madeElsewhere.compactMap { id in
            self.responses.with { $0.entry(id) }.map { entry in
                (id: id, response: Responses.ended(entry.response, .failed(error)).fitting)
            }
        }
        self.responses.end(ended, now: self.now())
    }

    /// The responses that are to be read from where they are written down: those of `ids` that are not known here, and those that
    /// another relay was making.
    package func unreadResponses(among ids: Set<String>) -> Set<String> {
        self.responses.unread(among: ids)
    }

    /// Takes over when another relay has last used responses, in seconds since 1970: what is used there is not too old here.
    package func noteUses(ofResponses uses: [String: Int]) {
        self.responses.with { $0.noteUses(uses) }
    }

    /// Drops what another relay has deleted.
    package func dropResponses(_ ids: Set<String>) {
        guard !ids.isEmpty else { return }
        self.responses.with { $0.drop(ids) }
    }

    /// Whether a response that is not known here may have been made by another relay a moment ago.
    package func mayCome(_ id: String) -> Bool { self.responses.mayCome(id) }

    /// Waits for a response that another relay may have made, until it is there or would be by now.
    /// - Parameter isOver: whether it is to be over, too, and not in progress.
    package func arrival(of id: String, isOver: Bool = false) async {
        let end = ContinuousClock.now + Self.arrival
        while isOver ? self.responses.isAwaited(id) : self.responses.mayCome(id), ContinuousClock.now < end {
            // Only a caller who has left cancels it.
            guard (try? await Task.sleep(for: .milliseconds(50))) != nil else { return }
        }
    }

    /// Refuses to end a response that another relay makes, if the caller may know of it.
    func checkIsMadeHere(_ id: String, for caller: Caller) throws(GatewayError) {
        guard self.responses.isMadeElsewhere(id), self.entry(id, of: caller) != nil else { return }
        throw GatewayError(
            .relayUnavailable,
            "The response '\(id)' is being made by the relay that this one replaces, and cannot be ended here. "
                + "Try again when it is over.",
            retryAfter: 5
        )
    }
}
