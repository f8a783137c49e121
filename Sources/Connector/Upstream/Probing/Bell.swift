import Synchronization

/// Wakes one waiting task; rung while nobody waits, it is heard by the next.
final class Bell: Sendable {
    private enum State {
        case silent
        case rung
        case awaited(CheckedContinuation<Void, Never>)
    }

    private let state = Mutex(State.silent)

    /// Rings, from anywhere.
    func ring() {
        self.settle(.rung)
    }

    /// Waits until it rings, or the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state in
                    if case .rung = state {
                        state = .silent
                        return true
                    }
                    if Task.isCancelled { return true }
                    state = .awaited(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            self.settle(.silent)
        }
    }

    /// Lets go whoever waits; otherwise the bell is left as it is to be, unless it has been rung.
    private func settle(_ next: State) {
        let waiter = self.state.withLock { state -> CheckedContinuation<Void, Never>? in
            switch state {
            case .awaited(let waiter):
                state = .silent
                return waiter
            case .silent:
                state = next
                return nil
            case .rung:
                return nil
            }
        }
        waiter?.resume()
    }
}
