import Admission
import Dialects
import NIOCore
import Synchronization

/// The responses that the relay remembers, in memory; safe to use from any thread.
///
/// While there are any, it looks once a minute for those whose time is over: nobody's words stay longer because nobody calls.
package final class ResponseStore: Sendable {
    typealias Shelf = ResponseShelf<RecognisedKey>
    typealias Running = RunningResponses<RecognisedKey, NIOLoopBound<BackgroundCall>>

    struct State {
        var shelf: Shelf
        /// Those that are being made; they go to the shelf when they have ended.
        var running: Running
        var isSwept = false
        var connections = 0
        /// What is known of other relays that write to the same copy.
        var company = Company()

        func knows(_ id: String) -> Bool { self.shelf.entry(id) != nil || self.running.entry(id) != nil }
    }

    /// Other relays with the same copy: the one whose place this one has taken, or the one that has taken this one's.
    struct Company {
        /// Whether there are any: they may know of responses that are not known here yet.
        var isThere = false
        /// The responses that they are making, as far as they have told.
        var making: Set<String> = []
        /// Whether one of them has this relay's place.
        var hasPlace = false
    }

    /// Tells the seconds since 1970.
    let now: @Sendable () -> Int
    let state: Mutex<State>

    /// - Parameter now: tells the seconds since 1970.
    init(_ keeping: ResponseKeeping, now: @escaping @Sendable () -> Int) {
        self.now = now
        self.state = Mutex(
            State(
                shelf: Shelf(
                    limits: .init(bytes: keeping.bytes, seconds: keeping.seconds),
                    isJournaled: keeping.isPersisted
                ),
                running: Running(
                    limits: .init(perOwner: keeping.runningPerKey, inAll: keeping.running, bytes: keeping.bytes)
                )
            )
        )
    }

    /// A response, whether it is being made or has been, if the reader may see it.
    func get(_ id: String, of reader: Shelf.Reader) -> Shelf.Entry? {
        let now = self.now()
        return self.state.withLock { $0.running.get(id, of: reader.owner) ?? $0.shelf.get(id, of: reader, now: now) }
    }

    /// A response that is over, or that another relay makes, if the reader may see it.
    func kept(_ id: String, of reader: Shelf.Reader) -> Shelf.Entry? {
        let now = self.now()
        return self.state.withLock { $0.shelf.get(id, of: reader, now: now) }
    }

    /// The responses that end with this one, the oldest first; `nil` when one of them is not there.
    func chain(endingWith id: String, of reader: Shelf.Reader) -> [Shelf.Entry]? {
        let now = self.now()
        return self.state.withLock { $0.shelf.chain(endingWith: id, of: reader, now: now) }
    }

    /// The response that an item is of, where the item's own id does not tell it.
    func response(ofItem id: String, of reader: Shelf.Reader) -> String? {
        let now = self.now()
        return self.state.withLock { $0.shelf.response(ofItem: id, of: reader, now: now) }
    }

    /// Keeps a response.
    /// - Parameter eventLoop: where the time is watched.
    func put(_ entry: Shelf.Entry, id: String, eventLoop: any EventLoop) {
        let now = self.now()
        let isSwept = self.state.withLock { state in
            state.shelf.put(entry, id: id, now: now)
            defer { state.isSwept = true }
            return state.isSwept
        }
        if !isSwept { self.watch(on: eventLoop) }
    }

    /// Forgets a response.
    /// - Returns: whether it was there, and the reader's.
    func remove(_ id: String, of reader: Shelf.Reader) -> Bool {
        let now = self.now()
        return self.state.withLock { $0.shelf.remove(id, of: reader, now: now) }
    }

    /// A number for a connection that has responses of its own.
    func makeConnection() -> Int {
        self.state.withLock { state in
            state.connections += 1
            return state.connections
        }
    }

    /// Forgets what was kept for a connection alone.
    func forget(connection: Int) {
        self.state.withLock { $0.shelf.forget(connection: connection) }
    }

    /// Looks for those whose time is over, until none is left.
    func watch(on eventLoop: any EventLoop) {
        eventLoop.scheduleRepeatedTask(initialDelay: .minutes(1), delay: .minutes(1)) { task in
            if self.sweep() { task.cancel() }
        }
    }

    /// - Returns: whether nothing is left.
    private func sweep() -> Bool {
        let now = self.now()
        return self.state.withLock { state in
            state.shelf.sweep(now: now)
            state.isSwept = state.shelf.count > 0
            return !state.isSwept
        }
    }
}

/// What entries are made of.
extension ResponseStore {
    /// Every item of a chain, asked and answered.
    static func items(_ chain: [Shelf.Entry]) -> [JSONValue] {
        chain.flatMap { self.items($0.input) + self.output($0.response) }
    }

    /// The ids of items that do not tell that they are of this response.
    static func itemIDs(in response: ByteBuffer, _ input: ByteBuffer, of id: String) -> [String] {
        Responses.foreignIDs(of: Self.items(input) + Self.output(response), in: id)
    }

    static func items(_ array: ByteBuffer) -> [JSONValue] {
        (try? JSONValue(reading: array))?.array ?? []
    }

    static func output(_ response: ByteBuffer) -> [JSONValue] {
        (try? JSONValue(reading: response))?["output"]?.array ?? []
    }
}
