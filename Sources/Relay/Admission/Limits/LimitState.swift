internal import Accounts
internal import Vocabulary

/// What limits belong to.
enum LimitSubject: Hashable, Sendable {
    case key(KeyID)
    case user(UserID)
    case group(GroupID)
    case deployment(DeploymentName)
    case relay

    /// Whether it limits callers who know nothing of each other.
    var isShared: Bool {
        switch self {
        case .key, .user: false
        case .group, .deployment, .relay: true
        }
    }

    /// Whose limit it is, in the words of a refusal.
    var possessive: String {
        switch self {
        case .key: "your API key's"
        case .user: "your user's"
        case .group: "your group's"
        case .deployment(let name): "the deployment \(name)'s"
        case .relay: "the relay's"
        }
    }
}

/// One of the limits that a call counts against.
struct Demand: Hashable, Sendable {
    var subject: LimitSubject
    var limits: Limits
}

/// How much of every limit is used up: a value, to which time and calls happen one after the other.
struct LimitState: Sendable {
    /// What one subject has used.
    struct Counter: Hashable, Sendable {
        var minute = Bucket()
        var day = Bucket()
        var tokens = Bucket()
        /// Calls under way.
        var running = 0
    }

    /// What becomes of a call.
    enum Decision: Hashable, Sendable {
        /// It is counted everywhere; ``LimitState/end(_:estimate:tokens:wasServed:now:)`` is owed.
        case admitted(LimitReport)
        /// It is counted nowhere.
        case refused(Refusal, LimitReport)
        /// There are more subjects than are kept; nothing is counted.
        case undecidable
    }

    /// The limit that a call does not fit in, of several the one that takes longest.
    struct Refusal: Hashable, Sendable {
        /// What there is too much of.
        enum Kind: Hashable, Sendable {
            case requestsPerMinute
            case requestsPerDay
            case tokensPerMinute
            case concurrentCalls
        }

        var subject: LimitSubject
        var kind: Kind
        var limit: Int
        /// Until it fits, in nanoseconds; 0 when nobody knows.
        var wait: Int64
    }

    private(set) var counters: [LimitSubject: Counter] = [:]
    private let mostSubjects: Int
    private var untilSweep = Self.sweepInterval

    private static let sweepInterval = 4_096

    /// - Parameter mostSubjects: how many are kept at once; those at rest make room.
    init(mostSubjects: Int = 1_000_000) {
        self.mostSubjects = mostSubjects
    }

    /// Decides about a call, all or nothing.
    /// - Parameter estimate: the tokens that it seems to need at least.
    mutating func admit(_ demands: [Demand], estimate: Int, now: Int64) -> Decision {
        self.sweepNowAndThen(now)
        guard self.counters.count + demands.count <= self.mostSubjects else {
            self.sweep(now)
            guard self.counters.count + demands.count <= self.mostSubjects else { return .undecidable }
            return self.admit(demands, estimate: estimate, now: now)
        }
        var refusal: Refusal?
        for demand in demands {
            let counter = self.counters[demand.subject] ?? Counter()
            if let found = counter.refusal(demand, estimate: estimate, now: now), found.wait >= refusal?.wait ?? -1 {
                refusal = found
            }
        }
        if let refusal { return .refused(refusal, self.report(demands, now: now)) }
        for demand in demands {
            self.counters[demand.subject, default: Counter()].begin(demand.limits, estimate: estimate, now: now)
        }
        return .admitted(self.report(demands, now: now))
    }

    /// A call that was admitted is over.
    /// - Parameters:
    ///   - estimate: what it was admitted with.
    ///   - tokens: what it really took; `nil` when nobody knows, and the estimate stays.
    ///   - wasServed: whether a connector got it. One that none got is no request where others share the limit: who calls
    ///     again and again what is offline takes nothing from them. Of the limits of its own key and user it stays one.
    mutating func end(_ demands: [Demand], estimate: Int, tokens: Int?, wasServed: Bool = true, now: Int64) {
        for demand in demands {
            self.counters[demand.subject]?.end(demand.limits, estimate: estimate, tokens: tokens ?? estimate, now: now)
            guard !wasServed, demand.subject.isShared else { continue }
            self.counters[demand.subject]?.giveBackRequest(demand.limits, now: now)
        }
    }

    /// Of several limits of one kind the one of which the least is left.
    func report(_ demands: [Demand], now: Int64) -> LimitReport {
        var report = LimitReport()
        for demand in demands {
            let counter = self.counters[demand.subject] ?? Counter()
            let limits = demand.limits
            let rates = [
                limits.requestsPerMinute.map(Bucket.Rate.perMinute), limits.requestsPerDay.map(Bucket.Rate.perDay),
            ]
            for (bucket, rate) in zip([counter.minute, counter.day], rates) {
                guard let rate else { continue }
                report.requests = bucket.allowance(rate, now: now).orLess(report.requests)
            }
            if let limit = limits.tokensPerMinute {
                report.tokens = counter.tokens.allowance(.perMinute(limit), now: now).orLess(report.tokens)
            }
        }
        return report
    }

    private mutating func sweepNowAndThen(_ now: Int64) {
        self.untilSweep -= 1
        if self.untilSweep <= 0 { self.sweep(now) }
    }

    /// Forgets those that are as if nothing had happened.
    private mutating func sweep(_ now: Int64) {
        self.untilSweep = Self.sweepInterval
        self.counters = self.counters.filter { !$0.value.isAtRest(now) }
    }
}

extension LimitState.Counter {
    fileprivate func refusal(_ demand: Demand, estimate: Int, now: Int64) -> LimitState.Refusal? {
        let limits = demand.limits
        var worst: LimitState.Refusal?
        let judge = { (kind: LimitState.Refusal.Kind, limit: Int, wait: Int64) in
            guard wait > worst?.wait ?? 0 else { return }
            worst = LimitState.Refusal(subject: demand.subject, kind: kind, limit: limit, wait: wait)
        }
        if let limit = limits.requestsPerMinute {
            judge(.requestsPerMinute, limit, self.minute.wait(for: 1, .perMinute(limit), now: now))
        }
        if let limit = limits.requestsPerDay {
            judge(.requestsPerDay, limit, self.day.wait(for: 1, .perDay(limit), now: now))
        }
        if let limit = limits.tokensPerMinute {
            judge(.tokensPerMinute, limit, self.tokens.wait(for: max(estimate, 1), .perMinute(limit), now: now))
        }
        if worst == nil, let limit = limits.concurrentCalls, self.running >= limit {
            return LimitState.Refusal(subject: demand.subject, kind: .concurrentCalls, limit: limit, wait: 0)
        }
        return worst
    }

    fileprivate mutating func begin(_ limits: Limits, estimate: Int, now: Int64) {
        if let limit = limits.requestsPerMinute { self.minute.take(1, .perMinute(limit), now: now) }
        if let limit = limits.requestsPerDay { self.day.take(1, .perDay(limit), now: now) }
        if let limit = limits.tokensPerMinute { self.tokens.take(estimate, .perMinute(limit), now: now) }
        self.running += 1
    }

    fileprivate mutating func end(_ limits: Limits, estimate: Int, tokens: Int, now: Int64) {
        self.running -= 1
        guard let limit = limits.tokensPerMinute else { return }
        if tokens > estimate {
            self.tokens.take(tokens - estimate, .perMinute(limit), now: now)
        } else if tokens < estimate {
            self.tokens.giveBack(estimate - tokens, .perMinute(limit), now: now)
        }
    }

    fileprivate mutating func giveBackRequest(_ limits: Limits, now: Int64) {
        if let limit = limits.requestsPerMinute { self.minute.giveBack(1, .perMinute(limit), now: now) }
        if let limit = limits.requestsPerDay { self.day.giveBack(1, .perDay(limit), now: now) }
    }

    fileprivate func isAtRest(_ now: Int64) -> Bool {
        self.running == 0 && [self.minute, self.day, self.tokens].allSatisfy { $0.reset(now: now) == 0 }
    }
}

extension Bucket {
    fileprivate func allowance(_ rate: Rate, now: Int64) -> LimitReport.Allowance {
        .init(limit: rate.limit, remaining: self.remaining(rate, now: now), reset: self.reset(now: now))
    }
}

extension LimitReport.Allowance {
    fileprivate func orLess(_ other: Self?) -> Self {
        guard let other, other.remaining < self.remaining else { return self }
        return other
    }
}
