import Synchronization

/// Open while at least one tunnel is up: what the other tunnels wait for. Closed for good when the connector stops.
final class Gate: Sendable {
    private struct State {
        var tunnels = 0
        var isClosed = false
        var waiting: [CheckedContinuation<Bool, Never>] = []
    }

    private let state = Mutex(State())

    /// Whether a tunnel is up.
    var isOpen: Bool { self.state.withLock { $0.tunnels > 0 } }

    /// Waits until a tunnel is up (`true`), or the gate is closed for good (`false`).
    func opens() async -> Bool {
        await withCheckedContinuation { continuation in
            let verdict: Bool? = self.state.withLock { state in
                if state.isClosed { return false }
                if state.tunnels > 0 { return true }
                state.waiting.append(continuation)
                return nil
            }
            if let verdict { continuation.resume(returning: verdict) }
        }
    }

    /// A tunnel is up.
    func enter() {
        self.release(true) { $0.tunnels += 1 }
    }

    /// A tunnel that was up is so no more.
    func leave() {
        self.state.withLock { $0.tunnels -= 1 }
    }

    /// Nobody needs to wait any more.
    func close() {
        self.release(false) { $0.isClosed = true }
    }

    private func release(_ verdict: Bool, _ change: (inout State) -> Void) {
        let waiting = self.state.withLock { state in
            change(&state)
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: verdict) }
    }
}
