import NIOCore

/// The answers of calls that were paid for under a key of the caller's own, as a pure value, within limits.
///
/// ```
/// begin ─▶ (fresh) ─▶ finish | forget
///    ├───▶ (running)
///    └───▶ (known)
/// ```
struct OutcomeShelf: Sendable {
    struct Limits: Sendable {
        /// All answers together, in bytes.
        var bytes = 64 << 20
        var outcomes = 10_000
        /// How long an outcome is kept.
        var seconds = 86_400
    }

    /// Whose call, and what the caller called it.
    struct Name: Hashable, Sendable {
        var key: String
        /// A keyed hash of the name.
        var digest: [UInt8]
    }

    /// What is known of a name.
    enum Found: Sendable {
        /// Nothing: the call is to be made, and ends with ``finish(_:pieces:now:)`` or ``forget(_:)``.
        case fresh
        /// The first call is under way.
        case running
        /// The name stands for another request.
        case other
        /// The first call was answered with this.
        case known([ByteBuffer])
    }

    private struct Outcome: Sendable {
        /// Tells requests apart.
        var request: [UInt8]
        /// A copy in no more room than it needs: a piece of an answer may be a slice of a whole read of the tunnel.
        var answer: [UInt8]?
        var time: Int

        var size: Int { 512 + (self.answer?.count ?? 0) }
    }

    private let limits: Limits
    private var outcomes: [Name: Outcome] = [:]
    /// Every finished outcome, the oldest first.
    private var queue = CircularBuffer<(name: Name, time: Int)>()
    private var bytes = 0

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    var count: Int { self.outcomes.count }

    /// A call with a name begins.
    /// - Parameters:
    ///   - request: a hash of what is asked for.
    ///   - now: seconds since 1970, here and elsewhere.
    mutating func begin(_ name: Name, request: [UInt8], now: Int) -> Found {
        let found = self.find(name, request: request, now: now)
        if case .fresh = found { self.outcomes[name] = Outcome(request: request, answer: nil, time: now) }
        return found
    }

    /// What a name stands for, without a call that begins.
    mutating func find(_ name: Name, request: [UInt8], now: Int) -> Found {
        self.makeRoom(now)
        guard let outcome = self.outcomes[name] else { return .fresh }
        guard outcome.request == request else { return .other }
        return outcome.answer.map { .known([ByteBuffer(bytes: $0)]) } ?? .running
    }

    /// The call was answered and paid for.
    mutating func finish(_ name: Name, pieces: [ByteBuffer], now: Int) {
        guard var outcome = self.outcomes[name], outcome.answer == nil else { return }
        outcome.answer = pieces.bytes
        outcome.time = now
        guard outcome.size <= self.limits.bytes else { return self.outcomes[name] = nil }
        self.outcomes[name] = outcome
        self.bytes += outcome.size
        self.queue.append((name, now))
        self.makeRoom(now)
    }

    /// The call failed: whoever tries again begins anew.
    mutating func forget(_ name: Name) {
        guard let outcome = self.outcomes[name], outcome.answer == nil else { return }
        self.outcomes[name] = nil
    }

    /// Lets go of answers whose time is over.
    /// - Returns: whether none is left.
    mutating func sweep(now: Int) -> Bool {
        self.makeRoom(now)
        return self.queue.isEmpty
    }

    private mutating func makeRoom(_ now: Int) {
        while let oldest = self.queue.first {
            let isFull = self.bytes > self.limits.bytes || self.queue.count > self.limits.outcomes
            guard isFull || now - oldest.time >= self.limits.seconds else { return }
            self.queue.removeFirst()
            if let outcome = self.outcomes.removeValue(forKey: oldest.name) { self.bytes -= outcome.size }
        }
    }
}

extension [ByteBuffer] {
    /// All their bytes, one behind the other.
    fileprivate var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.reduce(0) { $0 + $1.readableBytes })
        for piece in self { bytes.append(contentsOf: piece.readableBytesView) }
        return bytes
    }
}
