import Admission
import NIOCore
import Synchronization

/// The responses that the relay remembers, in memory; safe to use from any thread.
///
/// While there are any, it looks once a minute for those whose time is over: nobody's words stay longer because nobody calls.
final class ResponseStore: Sendable {
    typealias Shelf = ResponseShelf<RecognisedKey>
    typealias Running = RunningResponses<RecognisedKey, NIOLoopBound<BackgroundCall>>

    private struct State {
        var shelf = Shelf()
        /// Those that are being made; they go to the shelf when they have ended.
        var running = Running()
        var isSwept = false
        var connections = 0
        /// What is known of other relays that write to the same copy.
        var company = Company()

        func knows(_ id: String) -> Bool { self.shelf.entry(id) != nil || self.running.entry(id) != nil }
    }

    /// Other relays with the same copy: the one whose place this one has taken, or the one that has taken this one's.
    private struct Company {
        /// Whether there are any: they may know of responses that are not known here yet.
        var isThere = false
        /// The responses that they are making, as far as they have told.
        var making: Set<String> = []
        /// Whether one of them has this relay's place.
        var hasPlace = false
    }

    private let state = Mutex(State())

    init(limits: Shelf.Limits = .init(), runningLimits: Running.Limits = .init(), isJournaled: Bool = false) {
        self.state.withLock { state in
            state.shelf = Shelf(limits: limits, isJournaled: isJournaled)
            state.running = Running(limits: runningLimits)
        }
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
        if !isSwept { self.watch(clock, on: eventLoop) }
    }

    private func watch(_ clock: @escaping @Sendable () -> Int, on eventLoop: any EventLoop) {
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

/// Those in the background, and all together.
extension ResponseStore {
    /// A response, whether it is being made or has been, if the reader may see it.
    func get(_ id: String, of reader: Shelf.Reader, now: Int) -> Shelf.Entry? {
        self.state.withLock { $0.running.get(id, of: reader.owner) ?? $0.shelf.get(id, of: reader, now: now) }
    }

    /// Takes in one that is to be made.
    /// - Returns: why it is not taken; `nil` when it is.
    func begin(_ entry: Shelf.Entry, id: String, call: NIOLoopBound<BackgroundCall>) -> Running.Refusal? {
        self.state.withLock { state in
            let refusal = state.running.begin(entry, id: id, call: call)
            if refusal == nil, state.company.hasPlace { state.shelf.note(id) }
            return refusal
        }
    }

    func running(_ id: String) -> Shelf.Entry? {
        self.state.withLock { $0.running.entry(id) }
    }

    func running(_ id: String, of owner: RecognisedKey) -> Shelf.Entry? {
        self.state.withLock { $0.running.get(id, of: owner) }
    }

    var runningIDs: [String] { self.state.withLock { $0.running.ids } }

    func hasRoom(for entry: Shelf.Entry) -> Bool {
        self.state.withLock { $0.shelf.hasRoom(for: entry) }
    }

    /// One is not being made any more, and was never told of or is to be forgotten.
    /// - Returns: what makes it; `nil` when it is not running.
    @discardableResult
    func forgetRunning(_ id: String) -> NIOLoopBound<BackgroundCall>? {
        self.state.withLock { state in
            let call = state.running.end(id)?.call
            if call != nil, state.company.hasPlace { state.shelf.noteForgotten(id) }
            return call
        }
    }

    /// One has ended as this response object, which is kept from now on. Of those who want to end it only the first does.
    /// - Returns: what makes it; `nil` when it is not running.
    func end(
        _ id: String,
        as response: ByteBuffer,
        clock: @escaping @Sendable () -> Int
    ) -> NIOLoopBound<BackgroundCall>? {
        let now = clock()
        let ended = self.state.withLock { state -> (call: NIOLoopBound<BackgroundCall>, isSwept: Bool)? in
            guard let (running, call) = state.running.end(id) else { return nil }
            var entry = running
            entry.response = response
            state.shelf.put(entry, id: id, now: now)
            defer { state.isSwept = true }
            return (call, state.isSwept)
        }
        guard let ended else { return nil }
        if !ended.isSwept { self.watch(clock, on: ended.call.eventLoop) }
        return ended.call
    }
}

/// The copy that is written down, which another relay may write to as well.
extension ResponseStore {
    /// What is to be written down. The relay that has this one's place is told with it what is still being made here.
    func takeChanges(now: Int) -> ResponseChanges<RecognisedKey> {
        self.state.withLock { state in
            state.shelf.sweep(now: now)
            let running = state.running
            return state.shelf.takeChanges(now: now) { running.entry($0) }
        }
    }

    /// Another relay has this one's place.
    func leave() {
        self.state.withLock { state in
            guard !state.company.hasPlace else { return }
            state.company.hasPlace = true
            state.company.isThere = true
            state.shelf.leave()
            for id in state.running.ids { state.shelf.note(id) }
        }
    }

    /// Whether another relay may yet write down a response that is not known here.
    func mayCome(_ id: String) -> Bool {
        self.state.withLock { $0.company.isThere && !$0.knows(id) }
    }

    /// The same, or what becomes of one that is known to be in progress there.
    func isAwaited(_ id: String) -> Bool {
        self.state.withLock { $0.company.isThere && (!$0.knows(id) || $0.company.making.contains(id)) }
    }

    /// Notes whether there are other relays.
    func noteCompany(_ isThere: Bool) {
        self.state.withLock { $0.company.isThere = isThere }
    }

    /// Whether another relay is making a response.
    func isMadeElsewhere(_ id: String) -> Bool {
        self.state.withLock { $0.company.making.contains(id) }
    }

    /// Those that other relays are making, as far as they are still remembered.
    var madeElsewhere: [String] {
        self.state.withLock { state in state.company.making.filter { state.shelf.entry($0) != nil } }
    }

    /// Those of these responses that are not known here, and those that other relays are making, whatever they have become.
    func unread(among ids: Set<String>) -> Set<String> {
        self.state.withLock { state in
            state.company.making.union(ids.filter { !state.knows($0) })
        }
    }

    /// Takes what was written down.
    /// - Parameter making: those of them that are not over yet.
    func restore(_ puts: [ResponseChanges<RecognisedKey>.Put], making: Set<String>) {
        self.state.withLock { state in
            state.shelf.restore(puts)
            for put in puts { state.company.making.remove(put.id) }
            state.company.making.formUnion(making)
        }
    }

    /// Nobody makes these responses any more: they have become this.
    func end(_ ended: [(id: String, response: ByteBuffer)], now: Int) {
        self.state.withLock { state in
            state.company.making = []
            for (id, response) in ended {
                guard var entry = state.shelf.entry(id) else { continue }
                entry.response = response
                state.shelf.put(entry, id: id, now: now)
            }
        }
    }
}
