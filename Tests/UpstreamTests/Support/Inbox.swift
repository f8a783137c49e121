import Synchronization

/// Things that arrive and are waited for, in order; one waits at a time.
final class Inbox<Element: Sendable>: Sendable {
    struct Closed: Error {}

    private struct State {
        var elements: [Element] = []
        var total = 0
        var isClosed = false
        var waiter: CheckedContinuation<Element, any Error>?
    }

    private let state = Mutex(State())

    /// How many have arrived so far.
    var total: Int { self.state.withLock { $0.total } }

    /// Whether nothing waits to be taken.
    var isEmpty: Bool { self.state.withLock { $0.elements.isEmpty } }

    func put(_ element: Element) {
        let waiter = self.state.withLock { state in
            state.total += 1
            let waiter = state.waiter
            state.waiter = nil
            if waiter == nil { state.elements.append(element) }
            return waiter
        }
        waiter?.resume(returning: element)
    }

    func close() {
        let waiter = self.state.withLock { state in
            state.isClosed = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(throwing: Closed())
    }

    func next() async throws -> Element {
        try await within(10, "something arrives") {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let result = self.state.withLock { state -> Result<Element, any Error>? in
                        if !state.elements.isEmpty { return .success(state.elements.removeFirst()) }
                        if state.isClosed || Task.isCancelled { return .failure(Closed()) }
                        state.waiter = continuation
                        return nil
                    }
                    if let result { continuation.resume(with: result) }
                }
            } onCancel: {
                let waiter = self.state.withLock { state in
                    defer { state.waiter = nil }
                    return state.waiter
                }
                waiter?.resume(throwing: Closed())
            }
        }
    }
}

struct TooSlow: Error, CustomStringConvertible {
    var description: String
}

/// Waits for the body, for so many seconds at most.
func within<Value: Sendable>(
    _ seconds: Double,
    _ what: String,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: .seconds(seconds))
            return nil
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() ?? nil else {
            throw TooSlow(description: "within \(seconds) s this did not happen: \(what)")
        }
        return value
    }
}
