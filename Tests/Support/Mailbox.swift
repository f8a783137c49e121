private import Synchronization

/// Values that arrive one by one and are taken one by one, in order; waiting for one can be cancelled.
///
/// Unlike `AsyncStream` it may be asked by one task after another, which is how a test asks.
package final class Mailbox<Element: Sendable>: Sendable {
    private struct State {
        var waiting: [Element] = []
        var takers: [(ticket: Int, continuation: CheckedContinuation<Element?, any Error>)] = []
        var tickets = 0
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Puts a value in.
    package func put(_ element: Element) {
        let taker = self.state.withLock { state -> CheckedContinuation<Element?, any Error>? in
            guard !state.isClosed else { return nil }
            if state.takers.isEmpty {
                state.waiting.append(element)
                return nil
            }
            return state.takers.removeFirst().continuation
        }
        taker?.resume(returning: element)
    }

    /// Nothing more will come; values that are waiting can still be taken.
    package func close() {
        let takers = self.state.withLock { state in
            state.isClosed = true
            defer { state.takers = [] }
            return state.takers
        }
        for taker in takers { taker.continuation.resume(returning: nil) }
    }

    /// Takes the next value, waiting for it; `nil` once the mailbox is closed and empty.
    package func next() async throws -> Element? {
        let ticket = self.state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                self.take(ticket, continuation)
            }
        } onCancel: {
            let taker = self.state.withLock { state in
                state.takers.firstIndex { $0.ticket == ticket }.map { state.takers.remove(at: $0).continuation }
            }
            taker?.resume(throwing: CancellationError())
        }
    }

    /// Takes the next value if there is one now.
    package func nextNow() -> Element? {
        self.state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
    }

    private func take(_ ticket: Int, _ continuation: CheckedContinuation<Element?, any Error>) {
        let result = self.state.withLock { state -> Result<Element?, any Error>? in
            if !state.waiting.isEmpty { return .success(state.waiting.removeFirst()) }
            if state.isClosed { return .success(nil) }
            // The cancellation may have come before there was anything to cancel.
            if Task.isCancelled { return .failure(CancellationError()) }
            state.takers.append((ticket, continuation))
            return nil
        }
        if let result { continuation.resume(with: result) }
    }
}
