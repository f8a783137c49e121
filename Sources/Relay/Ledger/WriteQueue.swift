import Vocabulary

/// What waits to be written, in order, as a pure value.
///
/// One batch is with the store at a time. When it fails, what it took from holders is given back by whoever asked for it,
/// and what the store still holds for calls that are over is owed: it is written before anything else. Its times are those of
/// a clock that never steps, in milliseconds.
struct WriteQueue: Sendable {
    /// Hears whether an entry is durable; called outside every lock, on any thread, must not wait.
    typealias Listener = @Sendable (Result<Void, LedgerError>) -> Void

    struct Item: Sendable {
        var entry: LedgerEntry
        /// The call that ends with this entry.
        var ending: Book.Ending?
        var call: CallID?
        var listener: Listener?
    }

    /// How many usage records of calls that nobody waits for are kept at most; the oldest are written, later ones dropped.
    static let mostRecords = 100_000
    /// The largest batch: what a relay writes in some tens of milliseconds.
    static let largestBatch = 4_096

    /// How many must have waited for a batch for those of the next one to be thought not alone.
    static let company = 8
    /// For how long that is thought, in milliseconds.
    static let memory: Int64 = 50

    private(set) var items: [Item] = []
    /// Who waits to hear that an item is durable.
    private var listeners = 0
    /// The last batch that somebody waited for.
    private var last: (listeners: Int, time: Int64) = (0, 0)
    /// Releases of what the store holds for calls whose settlement failed.
    private(set) var owed: [LedgerEntry] = []
    /// Calls whose reservations the store does not know, oldest first; some are over by now.
    private var unwritten: [(call: CallID, time: Int64)] = []
    private var unwrittenStart = 0
    private var records = 0
    /// How many usage records were dropped, and nobody has been told of yet.
    private var dropped = 0

    var hasUnwritten: Bool { self.unwrittenStart < self.unwritten.count }

    /// Whether many waited for a batch just before.
    func hadCompany(at now: Int64) -> Bool {
        self.last.listeners >= Self.company && now - self.last.time <= Self.memory
    }

    mutating func append(_ item: Item) {
        if item.listener != nil { self.listeners += 1 }
        self.items.append(item)
    }

    /// Adds a record that nobody waits for.
    mutating func append(_ record: UsageRecord) {
        guard self.records < Self.mostRecords else { return self.dropped += 1 }
        self.records += 1
        self.items.append(Item(entry: LedgerEntry(record: record)))
    }

    /// How many records were dropped since this was asked last, because too many waited.
    mutating func takeDropped() -> Int {
        defer { self.dropped = 0 }
        return self.dropped
    }

    mutating func noteReservation(_ call: CallID, at time: Int64) {
        self.unwritten.append((call, time))
    }

    /// The calls whose reservations are old enough to be written down.
    mutating func takeOld(before time: Int64) -> [CallID] {
        var old: [CallID] = []
        while self.hasUnwritten, self.unwritten[self.unwrittenStart].time <= time {
            old.append(self.unwritten[self.unwrittenStart].call)
            self.unwrittenStart += 1
        }
        if self.unwrittenStart > 1_024, self.unwrittenStart * 2 > self.unwritten.count {
            self.unwritten.removeFirst(self.unwrittenStart)
            self.unwrittenStart = 0
        }
        return old
    }

    /// The next batch; empty when there is nothing to write.
    mutating func takeBatch(at now: Int64) -> [Item] {
        if self.listeners > 0 { self.last = (min(self.listeners, Self.largestBatch), now) }
        guard self.items.count > Self.largestBatch else {
            defer { self.items.removeAll(keepingCapacity: self.items.count <= Self.largestBatch) }
            self.records = 0
            self.listeners = 0
            return self.items
        }
        let batch = Array(self.items.prefix(Self.largestBatch))
        self.items.removeFirst(Self.largestBatch)
        self.records -= batch.count { $0.entry.first == nil && $0.listener == nil }
        self.listeners -= batch.count { $0.listener != nil }
        return batch
    }

    /// The store does not know the reservations of these calls: what waits for the end of one goes without it.
    /// - Parameter date: milliseconds since 1970.
    mutating func forget(_ calls: Set<CallID>, at time: Int64, date: Int64) {
        guard !calls.isEmpty else { return }
        self.items = self.items.map { $0.withoutReservation(ifAmong: calls, at: date) }
        for call in calls { self.noteReservation(call, at: time) }
    }

    mutating func owe(_ entry: LedgerEntry) {
        self.owed.append(entry)
    }

    mutating func paid(_ count: Int) {
        self.owed.removeFirst(count)
    }
}

extension WriteQueue.Item {
    /// The same end of a call, if it is one of these, for a store that does not know its reservation.
    func withoutReservation(ifAmong calls: Set<CallID>, at time: Int64) -> Self {
        guard let call, calls.contains(call), var ending else { return self }
        ending.reservation.isWritten = false
        var item = self
        item.ending = ending
        item.entry = Ledger.entry(for: ending, of: call, at: time, keeping: self.entry.kept)
        item.entry.name = self.entry.name
        return item
    }
}
