import NIOCore

/// The responses that may be gone on from, as a pure value: the ones that were used last, within limits.
///
/// A response is found by its owner only. It is forgotten an hour after its last use, or earlier when others need its room.
struct ResponseShelf<Owner: Hashable & Sendable>: Sendable {
    struct Limits: Sendable {
        /// All texts together, in bytes.
        var bytes = 64 << 20
        var responses = 10_000
        /// How long a response is kept after its last use.
        var seconds = 3_600
    }

    struct Entry: Sendable {
        var owner: Owner
        /// The id of the response that this one went on from.
        var previous: String?
        /// The items that the caller sent, as a JSON array.
        var input: ByteBuffer
        /// The response object, with the items that the model answered.
        var response: ByteBuffer

        /// What an entry takes, with an allowance for what surrounds the texts.
        var size: Int { self.input.readableBytes + self.response.readableBytes + 512 }
    }

    private struct Place {
        var entry: Entry
        /// The number of the last use, by which the queue knows the place.
        var use: Int
        var usedAt: Int
    }

    private let limits: Limits
    private var places: [String: Place] = [:]
    /// Every use in its order; those that were followed by another use of the same response are skipped.
    private var queue = CircularBuffer<(id: String, use: Int)>()
    private var uses = 0
    /// The size of all entries.
    private(set) var bytes = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    var count: Int { self.places.count }

    /// Keeps a response, in the place of others if need be. One that is larger than all the room is not kept.
    /// - Parameter now: seconds since 1970, here and elsewhere.
    mutating func put(_ entry: Entry, id: String, now: Int) {
        self.forget(id)
        guard entry.size <= self.limits.bytes else { return }
        self.bytes += entry.size
        self.places[id] = Place(entry: entry, use: 0, usedAt: now)
        self.use(id, now)
        self.makeRoom(now)
    }

    /// A response, if it is the owner's; that is a use of it.
    mutating func get(_ id: String, of owner: Owner, now: Int) -> Entry? {
        self.makeRoom(now)
        guard let place = self.places[id], place.entry.owner == owner else { return nil }
        self.use(id, now)
        return place.entry
    }

    /// The responses that end with this one, the oldest first; `nil` when one of them is not there.
    mutating func chain(endingWith id: String, of owner: Owner, now: Int) -> [Entry]? {
        var chain: [Entry] = []
        var next: String? = id
        while let id = next {
            guard let entry = self.get(id, of: owner, now: now) else { return nil }
            chain.append(entry)
            next = entry.previous
        }
        return chain.reversed()
    }

    /// Forgets a response.
    /// - Returns: whether the owner had it.
    mutating func remove(_ id: String, of owner: Owner, now: Int) -> Bool {
        guard self.get(id, of: owner, now: now) != nil else { return false }
        self.forget(id)
        return true
    }

    /// Forgets what nobody has used for too long.
    mutating func sweep(now: Int) {
        self.makeRoom(now)
    }

    private mutating func use(_ id: String, _ now: Int) {
        self.uses += 1
        self.places[id]?.use = self.uses
        self.places[id]?.usedAt = now
        self.queue.append((id, self.uses))
        // Uses that no longer count are dropped before they are more than the responses themselves.
        guard self.queue.count > 2 * self.places.count + 64 else { return }
        self.queue = CircularBuffer(self.queue.filter { self.places[$0.id]?.use == $0.use })
    }

    private mutating func makeRoom(_ now: Int) {
        while let oldest = self.queue.first {
            if let place = self.places[oldest.id], place.use == oldest.use {
                let isFull = self.bytes > self.limits.bytes || self.places.count > self.limits.responses
                guard isFull || now - place.usedAt >= self.limits.seconds else { return }
                self.forget(oldest.id)
            }
            self.queue.removeFirst()
        }
    }

    private mutating func forget(_ id: String) {
        guard let place = self.places.removeValue(forKey: id) else { return }
        self.bytes -= place.entry.size
    }
}
