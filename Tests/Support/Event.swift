private import Synchronization

/// Something that happens at most once, with a value that everybody who waits is given.
package final class Event<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var waiters: [Int: CheckedContinuation<Value, any Error>] = [:]
        var tickets = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// The value, once it has happened.
    package var happened: Value? { self.state.withLock { $0.value } }

    /// It happens; later times are ignored.
    package func fire(_ value: Value) {
        let waiters = self.state.withLock { state -> [CheckedContinuation<Value, any Error>] in
            guard state.value == nil else { return [] }
            state.value = value
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume(returning: value) }
    }

    /// Waits until it has happened; ends at once when the task is cancelled.
    package func wait() async throws -> Value {
        let ticket = self.state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result = self.state.withLock { state -> Result<Value, any Error>? in
                    if let value = state.value { return .success(value) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[ticket] = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiter = self.state.withLock { $0.waiters.removeValue(forKey: ticket) }
            waiter?.resume(throwing: CancellationError())
        }
    }

    /// Waits for it for so many seconds at most.
    package func wait(within seconds: Double, _ what: String) async throws -> Value {
        try await withDeadline(seconds, what) { try await self.wait() }
    }
}

extension Event where Value == Void {
    package func fire() { self.fire(()) }
}
