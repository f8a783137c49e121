import Admission
import NIOCore
import Synchronization

/// The responses that the relay remembers, in memory only; safe to use from any thread.
///
/// While there are any, it looks once a minute for those whose time is over: nobody's words stay longer because nobody calls.
final class ResponseStore: Sendable {
    private struct State {
        var shelf = ResponseShelf<RecognisedKey>()
        var isSwept = false
    }

    private let state = Mutex(State())

    func with<Result: Sendable>(_ body: (inout ResponseShelf<RecognisedKey>) -> Result) -> Result {
        self.state.withLock { body(&$0.shelf) }
    }

    /// Keeps a response.
    /// - Parameters:
    ///   - clock: tells the seconds since 1970.
    ///   - eventLoop: where the time is watched.
    func put(
        _ entry: ResponseShelf<RecognisedKey>.Entry,
        id: String,
        clock: @escaping @Sendable () -> Int,
        eventLoop: any EventLoop
    ) {
        let now = clock()
        let isSwept = self.state.withLock { state in
            state.shelf.put(entry, id: id, now: now)
            defer { state.isSwept = true }
            return state.isSwept
        }
        guard !isSwept else { return }
        eventLoop.scheduleRepeatedTask(initialDelay: .minutes(1), delay: .minutes(1)) { task in
            if self.sweep(now: clock()) { task.cancel() }
        }
    }

    /// - Returns: whether nothing is left.
    private func sweep(now: Int) -> Bool {
        self.state.withLock { state in
            state.shelf.sweep(now: now)
            state.isSwept = state.shelf.count > 0
            return !state.isSwept
        }
    }
}
