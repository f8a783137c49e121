import Synchronization

/// Something that some wait for: opened once, or closed for good.
final class Gate: Sendable {
    private struct State {
        var verdict: Bool?
        var waiting: [CheckedContinuation<Bool, Never>] = []
    }

    private let state = Mutex(State())

    /// Waits until it is opened (`true`) or closed (`false`).
    func isOpen() async -> Bool {
        await withCheckedContinuation { continuation in
            let verdict = self.state.withLock { state in
                if state.verdict == nil { state.waiting.append(continuation) }
                return state.verdict
            }
            if let verdict { continuation.resume(returning: verdict) }
        }
    }

    func open() { self.decide(true) }

    func close() { self.decide(false) }

    private func decide(_ verdict: Bool) {
        let waiting = self.state.withLock { state in
            guard state.verdict == nil else { return [CheckedContinuation<Bool, Never>]() }
            state.verdict = verdict
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: verdict) }
    }
}
