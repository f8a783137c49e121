import Admission
import NIOCore
import Synchronization

/// The responses that the relay remembers, in memory; safe to use from any thread.
///
/// While there are any, it looks once a minute for those whose time is over: nobody's words stay longer because nobody calls.
final class ResponseStore: Sendable {
    typealias Shelf = ResponseShelf<RecognisedKey>

    private struct State {
        var shelf = Shelf()
        var isSwept = false
        var connections = 0
    }

    private let state = Mutex(State())

    init(limits: Shelf.Limits = .init(), isJournaled: Bool = false) {
        self.state.withLock { $0.shelf = Shelf(limits: limits, isJournaled: isJournaled) }
    }

    func with<Result: Sendable>(_ body: (inout Shelf) -> Result) -> Result {
        self.state.withLock { body(&$0.shelf) }
    }

    /// A number for a connection that has responses of its own.
    func makeConnection() -> Int {
        self.state.withLock { state in
            state.connections += 1
            return state.connections
        }
    }

    /// Keeps a response.
    /// - Parameters:
    ///   - clock: tells the seconds since 1970.
    ///   - eventLoop: where the time is watched.
    func put(
        _ entry: Shelf.Entry,
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
