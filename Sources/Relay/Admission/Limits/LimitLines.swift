internal import Accounts
internal import Vocabulary
internal import Waiting

/// Limits with the calls that wait for one of them to have room: a value, to which time and calls happen one after the other.
///
/// ```
/// wait ──▶ admitted | refused | waiting ──another call ends──▶ admitted | refused
///                                  └── leave, displaced ──▶ gone
/// ```
/// Only for calls at once is it waited: whatever a minute or a day allows comes back by time, and is refused at once. A call
/// stands in the line of one limit that has no room for it, and moves to another's when that is the one that has none. After
/// every event no call waits that all its limits have room for. One that waits keeps to the limits that held when it came.
struct LimitLines<Waiter: Sendable>: Sendable {
    /// A call that wants to be let in.
    struct Asking: Sendable {
        var demands: [Demand]
        /// The tokens that it seems to need at least.
        var estimate: Int
        var owner: UserID
        /// The size of what waits with it, in bytes.
        var size: Int
        var waiter: Waiter
    }

    /// What becomes of a call that comes.
    enum Answer: Sendable {
        case admitted(LimitReport)
        /// It waits; the number is what it leaves by. Others may have had to go for it.
        case waits(Int, displaced: [Told])
        case refused(LimitState.Refusal, LimitReport)
        case undecidable
    }

    /// What became of a call that waited.
    struct Told: Sendable {
        enum Outcome: Hashable, Sendable {
            case admitted(LimitReport)
            case refused(LimitState.Refusal, LimitReport)
            case undecidable
        }

        var asking: Asking
        var outcome: Outcome
    }

    private typealias Line = FairLine<UserID, Asking>

    private(set) var state: LimitState
    private var lines: [LimitSubject: Line] = [:]
    private var places: [Int: LimitSubject] = [:]
    private var nextNumber = 0
    private let limits: WaitingLimits

    /// - Parameter limits: how much may wait for each limit.
    init(_ state: LimitState, limits: WaitingLimits) {
        self.state = state
        self.limits = limits
    }

    /// How many wait.
    var waiting: Int { self.places.count }

    /// Decides about a call that does not wait.
    mutating func admit(_ demands: [Demand], estimate: Int, now: Int64) -> LimitState.Decision {
        self.state.admit(demands, estimate: estimate, now: now)
    }

    /// Lets a call in, or lets it wait.
    mutating func wait(_ asking: Asking, now: Int64) -> Answer {
        switch self.state.admit(asking.demands, estimate: asking.estimate, now: now) {
        case .admitted(let report):
            return .admitted(report)
        case .undecidable:
            return .undecidable
        case .refused(let refusal, let report):
            guard refusal.kind == .concurrentCalls else { return .refused(refusal, report) }
            self.nextNumber += 1
            let entry = Line.Entry(
                number: self.nextNumber,
                owner: asking.owner,
                size: asking.size,
                since: now,
                waiter: asking
            )
            guard let displaced = self.join(entry, refusal, now) else { return .refused(refusal, report) }
            return .waits(entry.number, displaced: displaced)
        }
    }

    /// A call that was let in is over.
    /// - Parameter wasServed: whether a connector got it.
    /// - Returns: those who wait no longer, in their order.
    mutating func end(
        _ demands: [Demand],
        estimate: Int,
        tokens: Int?,
        wasServed: Bool = true,
        now: Int64
    ) -> [Told] {
        self.state.end(demands, estimate: estimate, tokens: tokens, wasServed: wasServed, now: now)
        if self.places.isEmpty { return [] }
        return demands.flatMap { self.serve($0.subject, now) }
    }

    /// Takes a call out of its line.
    /// - Returns: what is left of its limits now; `nil` when it does not wait any more.
    mutating func leave(_ number: Int, now: Int64) -> LimitReport? {
        guard let subject = self.places.removeValue(forKey: number), var line = self.lines.removeValue(forKey: subject)
        else { return nil }
        let entry = line.leave(number)
        if !line.isEmpty { self.lines[subject] = line }
        return entry.map { self.state.report($0.waiter.demands, now: now) }
    }

    /// Takes everybody out.
    mutating func leaveAll() -> [Asking] {
        defer {
            self.lines = [:]
            self.places = [:]
        }
        return self.lines.keys.flatMap { self.lines[$0]?.leaveAll().map(\.waiter) ?? [] }
    }

    // MARK: Inside

    /// - Returns: who had to go for it; `nil` when there is no room for it.
    private mutating func join(_ entry: Line.Entry, _ refusal: LimitState.Refusal, _ now: Int64) -> [Told]? {
        var line =
            self.lines.removeValue(forKey: refusal.subject)
            ?? Line(limits: .init(calls: self.limits.calls, bytes: self.limits.bytes))
        defer { if !line.isEmpty { self.lines[refusal.subject] = line } }
        let joining = line.join(entry)
        if case .full = joining { return nil }
        self.places[entry.number] = refusal.subject
        guard case .joinedInPlaceOf(let others) = joining else { return [] }
        return others.map { other in
            self.places[other.number] = nil
            return self.refused(other, refusal, now)
        }
    }

    private func refused(_ entry: Line.Entry, _ refusal: LimitState.Refusal, _ now: Int64) -> Told {
        Told(
            asking: entry.waiter,
            outcome: .refused(refusal, self.state.report(entry.waiter.demands, now: now))
        )
    }

    /// Gives those who wait for a limit their turn, as far as there is room.
    private mutating func serve(_ subject: LimitSubject, _ now: Int64) -> [Told] {
        guard var line = self.lines.removeValue(forKey: subject) else { return [] }
        var told: [Told] = []
        var moving: [(Line.Entry, LimitState.Refusal)] = []
        var isFull = false
        line.serve { entry in
            if isFull { return .passed }
            let asking = entry.waiter
            switch self.state.admit(asking.demands, estimate: asking.estimate, now: now) {
            case .admitted(let report):
                told.append(Told(asking: asking, outcome: .admitted(report)))
            case .undecidable:
                told.append(Told(asking: asking, outcome: .undecidable))
            case .refused(let refusal, _) where refusal.kind == .concurrentCalls && self.state.isFull(subject, asking):
                _ = refusal
                isFull = true
                return .passed
            case .refused(let refusal, _) where refusal.kind == .concurrentCalls:
                // There is room here, but not there.
                moving.append((entry, refusal))
            case .refused(let refusal, let report):
                told.append(Told(asking: asking, outcome: .refused(refusal, report)))
            }
            self.places[entry.number] = nil
            return .over
        }
        if !line.isEmpty { self.lines[subject] = line }
        for (entry, refusal) in moving {
            told += self.join(entry, refusal, now) ?? [self.refused(entry, refusal, now)]
        }
        return told
    }
}

/// How much may wait for each limit.
package struct WaitingLimits: Hashable, Sendable {
    /// Calls; 0 lets none wait.
    package var calls: Int
    /// The size of their requests, in bytes.
    package var bytes: Int

    package init(calls: Int = 64, bytes: Int = 256 << 20) {
        self.calls = calls
        self.bytes = bytes
    }
}

extension LimitState {
    /// Whether a subject has no room for another call at once.
    fileprivate func isFull<Waiter>(_ subject: LimitSubject, _ asking: LimitLines<Waiter>.Asking) -> Bool {
        guard let limit = asking.demands.first(where: { $0.subject == subject })?.limits.concurrentCalls else {
            return false
        }
        return self.counters[subject]?.running ?? 0 >= limit
    }
}
