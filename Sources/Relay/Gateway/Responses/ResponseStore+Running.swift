import Admission
import NIOCore
import Synchronization

/// Responses that are being made in the background.
extension ResponseStore {
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
    func end(_ id: String, as response: ByteBuffer) -> NIOLoopBound<BackgroundCall>? {
        let now = self.now()
        let ended = self.state.withLock { state -> (call: NIOLoopBound<BackgroundCall>, isSwept: Bool)? in
            guard let (running, call) = state.running.end(id) else { return nil }
            var entry = running
            entry.response = response
            state.shelf.put(entry, id: id, now: now)
            defer { state.isSwept = true }
            return (call, state.isSwept)
        }
        guard let ended else { return nil }
        if !ended.isSwept { self.watch(on: ended.call.eventLoop) }
        return ended.call
    }
}
