private import Synchronization

/// A wait of the writer's that is over early when nobody is left to wait for.
package protocol WriterPause: Sendable {
    /// Waits for a time, or until ``end()`` is called.
    func wait(_ duration: Duration) async
    /// Ends the wait that is under way, or else the next one: called under the ledger's lock, must not wait.
    func end()
}

/// A wait by the clock, for one who waits.
package final class TimedPause: WriterPause {
    private enum State {
        case idle
        case waiting(Task<Void, Never>)
        case ended
    }

    private let state = Mutex(State.idle)

    package init() {}

    package func wait(_ duration: Duration) async {
        let sleep = self.state.withLock { state -> Task<Void, Never>? in
            if case .ended = state {
                state = .idle
                return nil
            }
            let sleep = Task { _ = try? await Task.sleep(for: duration) }
            state = .waiting(sleep)
            return sleep
        }
        guard let sleep else { return }
        await sleep.value
        self.state.withLock { $0 = .idle }
    }

    package func end() {
        self.state.withLock { state in
            if case .waiting(let sleep) = state { sleep.cancel() } else { state = .ended }
        }
    }
}
