private import Synchronization

/// Where a test holds something up until it has looked.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var held: [CheckedContinuation<Void, Never>] = []
        var watching: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Waits until the gate is open.
    func pass() async {
        await withCheckedContinuation { continuation in
            let (passes, watching) = self.state.withLock { state in
                if state.isOpen { return (true, [CheckedContinuation<Void, Never>]()) }
                state.held.append(continuation)
                defer { state.watching = [] }
                return (false, state.watching)
            }
            if passes { continuation.resume() }
            for watcher in watching { watcher.resume() }
        }
    }

    /// Waits until somebody waits at the gate.
    func someoneWaits() async {
        await withCheckedContinuation { continuation in
            let isThere = self.state.withLock { state in
                if state.held.isEmpty { state.watching.append(continuation) }
                return !state.held.isEmpty
            }
            if isThere { continuation.resume() }
        }
    }

    func open() {
        let held = self.state.withLock { state in
            state.isOpen = true
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { continuation.resume() }
    }
}

/// Counts from zero.
final class Counter: Sendable {
    private let value = Mutex(0)

    func next() -> Int {
        self.value.withLock { value in
            defer { value += 1 }
            return value
        }
    }
}
