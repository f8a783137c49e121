import NIOCore

extension ResponseShelf {
    /// What one owner has on the shelf.
    struct Share: Sendable {
        private(set) var count = 0
        /// The size of the owner's entries.
        private(set) var bytes = 0
        /// Every use in its order; those that were followed by another use of the same response are skipped.
        private var queue = CircularBuffer<(id: String, use: Int)>()

        mutating func add(_ size: Int) {
            self.count += 1
            self.bytes += size
        }

        mutating func remove(_ size: Int) {
            self.count -= 1
            self.bytes -= size
        }

        /// A response was used.
        /// - Parameter isLast: whether a use is the last one of its response.
        mutating func use(_ id: String, _ use: Int, isLast: (String, Int) -> Bool) {
            self.queue.append((id, use))
            // Uses that no longer count are dropped before they are more than the responses themselves.
            guard self.queue.count > 2 * self.count + 64 else { return }
            self.queue = CircularBuffer(self.queue.filter { isLast($0.id, $0.use) })
        }

        /// The response that was not used for longest.
        mutating func oldest(isLast: (String, Int) -> Bool) -> String? {
            while let first = self.queue.first {
                if isLast(first.id, first.use) { return first.id }
                self.queue.removeFirst()
            }
            return nil
        }
    }

    /// Which responses have changed, and how.
    struct Journal: Sendable {
        enum Kind: Sendable {
            case put
            case used
            case forgotten
        }

        private(set) var kinds: [String: Kind] = [:]

        mutating func put(_ id: String) { self.kinds[id] = .put }

        mutating func used(_ id: String) {
            if self.kinds[id] != .put { self.kinds[id] = .used }
        }

        /// What was put is written down already: what was noted before still holds, unless it had to give way.
        mutating func keep(_ kind: Kind?, of id: String) {
            if self.kinds[id] != .forgotten { self.kinds[id] = kind }
        }

        mutating func forgotten(_ id: String) { self.kinds[id] = .forgotten }

        /// What is here by now is newer, but a use adds nothing to a response that is to be written down whole.
        mutating func giveBack(_ changes: ResponseChanges<Owner>) {
            for put in changes.put where self.kinds[put.id] != .forgotten { self.kinds[put.id] = .put }
            for id in changes.used.map(\.id) where self.kinds[id] == nil { self.kinds[id] = .used }
            for id in changes.forgotten where self.kinds[id] == nil { self.kinds[id] = .forgotten }
        }
    }
}

/// What has changed on a shelf, in no order.
struct ResponseChanges<Owner: Hashable & Sendable>: Sendable {
    struct Put: Sendable {
        var id: String
        var entry: ResponseShelf<Owner>.Entry
        var usedAt: Int
    }

    var put: [Put] = []
    /// The responses that were only used, with the time of it.
    var used: [(id: String, usedAt: Int)] = []
    var forgotten: [String] = []

    var isEmpty: Bool { self.put.isEmpty && self.used.isEmpty && self.forgotten.isEmpty }
}
