/// The responses that are being made in the background, as a pure value: a bounded set, each member found by its owner only.
struct RunningResponses<Owner: Hashable & Sendable, Call: Sendable>: Sendable {
    typealias Entry = ResponseShelf<Owner>.Entry

    struct Limits: Hashable, Sendable {
        var perOwner = 16
        var inAll = 256
        /// All texts together, in bytes.
        var bytes = 64 << 20
    }

    /// Why one more is not begun.
    enum Refusal: Hashable, Sendable {
        /// The owner has as many as one may have.
        case owner(Int)
        /// There are as many as there may be.
        case all(Int)
        /// The texts of those that run leave no room for this one's.
        case room
        /// This one's text alone is more than there is room for.
        case size(Int)
    }

    private struct Running {
        var entry: Entry
        var call: Call
    }

    private let limits: Limits
    private var running: [String: Running] = [:]
    private var counts: [Owner: Int] = [:]
    /// The size of all entries.
    private(set) var bytes = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    var count: Int { self.running.count }
    var ids: [String] { Array(self.running.keys) }

    /// Takes one in.
    /// - Parameters:
    ///   - entry: with the response as it is told while it is being made.
    ///   - call: what makes it.
    /// - Returns: why it is not taken; `nil` when it is.
    mutating func begin(_ entry: Entry, id: String, call: Call) -> Refusal? {
        guard entry.size <= self.limits.bytes else { return .size(self.limits.bytes) }
        guard self.counts[entry.owner, default: 0] < self.limits.perOwner else { return .owner(self.limits.perOwner) }
        guard self.running.count < self.limits.inAll else { return .all(self.limits.inAll) }
        guard self.bytes + entry.size <= self.limits.bytes else { return .room }
        self.running[id] = Running(entry: entry, call: call)
        self.counts[entry.owner, default: 0] += 1
        self.bytes += entry.size
        return nil
    }

    func entry(_ id: String) -> Entry? { self.running[id]?.entry }

    /// One of the owner's.
    func get(_ id: String, of owner: Owner) -> Entry? {
        guard let entry = self.running[id]?.entry, entry.owner == owner else { return nil }
        return entry
    }

    /// It is not being made any more; whoever takes it out says what it becomes.
    mutating func end(_ id: String) -> (entry: Entry, call: Call)? {
        guard let ended = self.running.removeValue(forKey: id) else { return nil }
        self.bytes -= ended.entry.size
        let left = self.counts[ended.entry.owner, default: 1] - 1
        self.counts[ended.entry.owner] = left > 0 ? left : nil
        return (ended.entry, ended.call)
    }
}
