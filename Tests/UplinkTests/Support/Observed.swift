import Synchronization

/// A value that changes on other threads, and that a test waits for.
final class Observed<Value: Sendable>: Sendable {
    /// What was waited for did not come.
    struct TooLate: Error, CustomStringConvertible {
        var description: String
    }

    private struct Waiter {
        var id: Int
        var isMet: @Sendable (Value) -> Bool
        var continuation: CheckedContinuation<Value?, Never>
    }

    private struct State {
        var value: Value
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let state: Mutex<State>

    init(_ value: Value) {
        self.state = Mutex(State(value: value))
    }

    var value: Value { self.state.withLock { $0.value } }

    func update(_ change: (inout Value) -> Void) {
        let met = self.state.withLock { state in
            change(&state.value)
            let value = state.value
            let met = state.waiters.filter { $0.isMet(value) }
            state.waiters.removeAll { waiter in met.contains { $0.id == waiter.id } }
            return met.map { ($0.continuation, value) }
        }
        for (continuation, value) in met { continuation.resume(returning: value) }
    }

    /// Waits until the value is as it should be; half a minute is longer than anything here takes.
    @discardableResult
    func waits(for what: String, until isMet: @escaping @Sendable (Value) -> Bool) async throws -> Value {
        let id = self.state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let deadline = Task {
            try await Task.sleep(for: .seconds(30))
            self.giveUp(id)
        }
        defer { deadline.cancel() }
        let value: Value? = await withCheckedContinuation { continuation in
            let now: Value? = self.state.withLock { state in
                if isMet(state.value) { return state.value }
                state.waiters.append(Waiter(id: id, isMet: isMet, continuation: continuation))
                return nil
            }
            if let now { continuation.resume(returning: now) }
        }
        guard let value else { throw TooLate(description: "\(what) did not happen; at the end: \(self.value)") }
        return value
    }

    private func giveUp(_ id: Int) {
        let waiter = self.state.withLock { state in
            let waiter = state.waiters.first { $0.id == id }
            state.waiters.removeAll { $0.id == id }
            return waiter
        }
        waiter?.continuation.resume(returning: nil)
    }
}
