import NIOCore

/// The responses that may be gone on from, as a pure value: the ones that were used last, within limits.
///
/// A response is found by its owner only; one that is not to be stored, on the connection that asked for it only. It is
/// forgotten some time after its last use, or earlier when others need its room: then it is the owner with the most who gives way,
/// so nobody can push out everybody else's.
struct ResponseShelf<Owner: Hashable & Sendable>: Sendable {
    struct Limits: Hashable, Sendable {
        /// All texts together, in bytes.
        var bytes = 64 << 20
        var responses = 10_000
        /// How long a response is kept after its last use.
        var seconds = 3_600
    }

    /// Who asks.
    struct Reader: Hashable, Sendable {
        var owner: Owner
        var connection: Int?
    }

    struct Entry: Hashable, Sendable {
        var owner: Owner
        /// The connection whose own it is; `nil` when it is stored for all that its owner asks.
        var connection: Int?
        /// The id of the response that this one went on from.
        var previous: String?
        /// The items that the caller sent, as a JSON array.
        var input: ByteBuffer
        /// The response object, with the items that the model answered.
        var response: ByteBuffer
        /// The ids of items, sent or answered, that do not tell by themselves which response they are of.
        var itemIDs: [String] = []

        /// Who may see it: without a connection, all that its owner asks.
        var reader: Reader { Reader(owner: self.owner, connection: self.connection) }

        /// What an entry takes, with an allowance for what surrounds the texts.
        var size: Int {
            let ids = self.itemIDs.reduce(0) { $0 + $1.utf8.count + 192 }
            return self.input.readableBytes + self.response.readableBytes + ids + 512
        }
    }

    private struct Place {
        var entry: Entry
        /// The number of the use that put it there, by which its items are noted.
        let number: Int
        /// The number of the last use, by which the queue knows the place.
        var use: Int
        var usedAt: Int
    }

    private let limits: Limits
    private var places: [String: Place] = [:]
    private var shares: [Owner: Share] = [:]
    /// The responses of each connection that are its own.
    private var connections: [Int: Set<String>] = [:]
    /// The responses that items are of.
    private var items = ItemIndex<Owner>()
    private var uses = 0
    /// The size of all entries.
    private(set) var bytes = 0
    /// What has changed since it was last taken; `nil` when nobody writes it down.
    private var journal: Journal?
    /// Whether the copy is somebody else's by now, who alone knows what is too old for it or has no room.
    private var isLeft = false

    init(limits: Limits = Limits(), isJournaled: Bool = false) {
        self.limits = limits
        self.journal = isJournaled ? Journal() : nil
    }

    var count: Int { self.places.count }

    /// A response, without using it.
    func entry(_ id: String) -> Entry? { self.places[id]?.entry }

    /// Whether there is room for an entry, if all others give way.
    func hasRoom(for entry: Entry) -> Bool { entry.size <= self.limits.bytes }

    /// Keeps a response, in the place of others if need be. One that is larger than all the room is not kept.
    /// - Parameter now: seconds since 1970, here and elsewhere.
    mutating func put(_ entry: Entry, id: String, now: Int) {
        self.forget(id)
        guard self.hasRoom(for: entry) else { return }
        self.bytes += entry.size
        // The use below is the next one.
        let number = self.uses + 1
        self.places[id] = Place(entry: entry, number: number, use: 0, usedAt: now)
        self.items.add(entry.itemIDs, of: id, for: entry.reader, number: number)
        self.shares[entry.owner, default: Share()].add(entry.size)
        if let connection = entry.connection {
            self.connections[connection, default: []].insert(id)
        } else {
            self.journal?.put(id)
        }
        self.use(id, now)
        self.makeRoom(now)
    }

    /// A response, if the reader may see it; that is a use of it.
    mutating func get(_ id: String, of reader: Reader, now: Int) -> Entry? {
        guard let place = self.places[id] else { return nil }
        guard now - place.usedAt < self.limits.seconds else {
            self.forget(id)
            return nil
        }
        let entry = place.entry
        guard entry.owner == reader.owner, entry.connection == nil || entry.connection == reader.connection else {
            return nil
        }
        self.use(id, now)
        return entry
    }

    /// The id of the last response with such an item that the reader may see, where the item's own does not tell it.
    mutating func response(ofItem id: String, of reader: Reader, now: Int) -> String? {
        while let response = self.items.response(with: id, for: reader), let place = self.places[response] {
            guard now - place.usedAt >= self.limits.seconds else { return response }
            self.forget(response)
        }
        return nil
    }

    /// The responses that end with this one, the oldest first; `nil` when one of them is not there.
    mutating func chain(endingWith id: String, of reader: Reader, now: Int) -> [Entry]? {
        var chain: [Entry] = []
        var next: String? = id
        while let id = next {
            guard let entry = self.get(id, of: reader, now: now) else { return nil }
            chain.append(entry)
            next = entry.previous
        }
        return chain.reversed()
    }

    /// Forgets a response.
    /// - Returns: whether the reader had it.
    mutating func remove(_ id: String, of reader: Reader, now: Int) -> Bool {
        guard let entry = self.get(id, of: reader, now: now) else { return false }
        self.forget(id)
        // It was asked for, whoever keeps the copy.
        if entry.connection == nil { self.journal?.forgotten(id) }
        return true
    }

    /// Forgets what a connection had for itself.
    mutating func forget(connection: Int) {
        for id in self.connections.removeValue(forKey: connection) ?? [] { self.forget(id) }
    }

    /// Forgets what nobody has used for too long.
    mutating func sweep(now: Int) {
        for owner in Array(self.shares.keys) {
            while let id = self.oldest(of: owner), let place = self.places[id],
                now - place.usedAt >= self.limits.seconds
            {
                self.forget(id)
            }
        }
    }

    /// What has changed since this was last asked, for a copy that is to be the same: the responses that were put or used, and the ids
    /// of those that were forgotten. Those of connections are not among them.
    /// - Parameter running: gives one that was noted and is being made, which counts as used now.
    mutating func takeChanges(
        now: Int,
        running: (_ id: String) -> Entry?
    ) -> ResponseChanges<Owner> {
        guard let journal = self.journal else { return ResponseChanges() }
        self.journal = Journal()
        var changes = ResponseChanges<Owner>()
        for (id, kind) in journal.kinds {
            switch (kind, self.places[id]) {
            case (.put, let place?): changes.put.append(.init(id: id, entry: place.entry, usedAt: place.usedAt))
            case (.used, let place?): changes.used.append((id, place.usedAt))
            case (.forgotten, _): changes.forgotten.append(id)
            case (_, nil):
                if let entry = running(id) {
                    changes.put.append(.init(id: id, entry: entry, usedAt: now))
                } else if !self.isLeft {
                    changes.forgotten.append(id)
                }
            }
        }
        return changes
    }

    /// Changes that were taken could not be written down: they are told again, unless there are newer ones.
    mutating func giveBack(_ changes: ResponseChanges<Owner>) {
        self.journal?.giveBack(changes)
    }

    /// Puts back what was written down before, the one that was used last at the end, except what was forgotten meanwhile.
    mutating func restore(_ puts: [ResponseChanges<Owner>.Put]) {
        for put in puts {
            let change = self.journal?.kinds[put.id]
            guard change != .forgotten else { continue }
            let usedAt = max(put.usedAt, self.places[put.id]?.usedAt ?? 0)
            self.put(put.entry, id: put.id, now: usedAt)
            self.journal?.keep(change, of: put.id)
        }
    }

    /// Takes over when somebody else has last used what is here.
    mutating func noteUses(_ uses: [String: Int]) {
        let later = uses.filter { id, usedAt in self.places[id].map { $0.usedAt < usedAt } ?? false }
        for (id, usedAt) in later.sorted(by: { $0.value < $1.value }) {
            let change = self.journal?.kinds[id]
            self.use(id, usedAt)
            // The copy has it from there.
            self.journal?.keep(change, of: id)
        }
    }

    /// Drops what was deleted from the copy by somebody else.
    mutating func drop(_ ids: some Sequence<String>) {
        for id in ids { self.forget(id) }
    }

    /// Somebody else has the copy: from now on only what was asked for is deleted from it.
    mutating func leave() { self.isLeft = true }

    /// Has one that is not on the shelf told with the changes.
    mutating func note(_ id: String) { self.journal?.put(id) }

    /// One that was noted is not wanted any more.
    mutating func noteForgotten(_ id: String) { self.journal?.forgotten(id) }

    private mutating func use(_ id: String, _ now: Int) {
        guard var place = self.places[id] else { return }
        self.uses += 1
        place.use = self.uses
        place.usedAt = now
        self.places[id] = place
        if place.entry.connection == nil { self.journal?.used(id) }
        guard var share = self.shares.removeValue(forKey: place.entry.owner) else { return }
        share.use(id, self.uses) { self.places[$0]?.use == $1 }
        self.shares[place.entry.owner] = share
    }

    private mutating func makeRoom(_ now: Int) {
        self.expireOldest(now)
        while self.bytes > self.limits.bytes || self.places.count > self.limits.responses {
            let isTooLarge = self.bytes > self.limits.bytes
            // Who has most of what is short.
            let owner = self.shares.max { one, other in
                isTooLarge ? one.value.bytes < other.value.bytes : one.value.count < other.value.count
            }
            guard let owner, let id = self.oldest(of: owner.key) else { return }
            self.forget(id)
        }
    }

    /// Before anybody gives way, those go whose time is over.
    private mutating func expireOldest(_ now: Int) {
        guard self.bytes > self.limits.bytes || self.places.count > self.limits.responses else { return }
        self.sweep(now: now)
    }

    /// The response of an owner that was not used for longest.
    private mutating func oldest(of owner: Owner) -> String? {
        guard var share = self.shares.removeValue(forKey: owner) else { return nil }
        let id = share.oldest { self.places[$0]?.use == $1 }
        self.shares[owner] = share
        return id
    }

    private mutating func forget(_ id: String) {
        guard let place = self.places.removeValue(forKey: id) else { return }
        let entry = place.entry
        self.bytes -= entry.size
        self.items.remove(entry.itemIDs, for: entry.reader, number: place.number)
        if let connection = entry.connection {
            self.connections[connection]?.remove(id)
            if self.connections[connection]?.isEmpty == true { self.connections[connection] = nil }
        } else if !self.isLeft {
            self.journal?.forgotten(id)
        }
        self.shares[entry.owner]?.remove(entry.size)
        if self.shares[entry.owner]?.count == 0 { self.shares[entry.owner] = nil }
    }
}
