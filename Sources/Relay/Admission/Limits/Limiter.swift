internal import Accounts
internal import Synchronization
package import Vocabulary

/// A call that was counted; to be given back when it is over.
package struct Permit: Sendable {
    let demands: [Demand]
    let estimate: Int
    /// What is left after the call was counted.
    package let report: LimitReport
}

/// Why a call was not let in, and what is left of its limits.
package struct LimitRefusal: Error, Sendable {
    package let error: GatewayError
    package let report: LimitReport
    /// Whether it is for calls at once alone: when one of them ends, there is room again.
    package let isForCallsAtOnce: Bool

    init(_ refusal: LimitState.Refusal, _ report: LimitReport) {
        self.error = GatewayError(refusal)
        self.report = report
        self.isForCallsAtOnce = refusal.kind == .concurrentCalls
    }

    private init(error: GatewayError) {
        self.error = error
        self.report = LimitReport()
        self.isForCallsAtOnce = false
    }

    static var undecidable: Self {
        let message = "The relay cannot tell now whether the call is within its limits. Try again in a moment."
        return Self(error: GatewayError(.limiterUnavailable, message, retryAfter: 1))
    }
}

/// Counts calls against their limits; one short lock a call that something limits, and none for others.
package final class Limiter: Sendable {
    typealias Lines = LimitLines<PermitWaiter>

    let state: Mutex<Lines>

    /// - Parameters:
    ///   - mostSubjects: of how many keys, users, groups and deployments with limits the use is kept at once.
    ///   - waiting: how much may wait for each limit of calls at once.
    package init(mostSubjects: Int = 1_000_000, waiting: WaitingLimits = WaitingLimits()) {
        self.state = Mutex(Lines(LimitState(mostSubjects: mostSubjects), limits: waiting))
    }

    /// Lets a call in and counts it, or refuses it.
    /// - Parameters:
    ///   - grant: whose call to what it is.
    ///   - estimate: the tokens that it seems to need at least.
    ///   - now: nanoseconds of a monotonic clock, always the same one.
    /// - Returns: what is owed to ``end(_:tokens:wasServed:now:)``; `nil` when nothing limits the call.
    package func admit(_ grant: Grant, estimate: Int, now: Int64) throws(LimitRefusal) -> Permit? {
        guard grant.isLimited else { return nil }
        let demands = grant.demands
        switch self.state.withLock({ $0.admit(demands, estimate: estimate, now: now) }) {
        case .admitted(let report):
            return Permit(demands: demands, estimate: estimate, report: report)
        case .refused(let refusal, let report):
            throw LimitRefusal(refusal, report)
        case .undecidable:
            throw .undecidable
        }
    }

    /// The call is over.
    /// - Parameters:
    ///   - tokens: what it took; `nil` when nobody knows.
    ///   - wasServed: whether a connector got it.
    package func end(_ permit: Permit, tokens: Int?, wasServed: Bool = true, now: Int64) {
        let told = self.state.withLock {
            $0.end(permit.demands, estimate: permit.estimate, tokens: tokens, wasServed: wasServed, now: now)
        }
        Self.tell(told)
    }
}

extension GatewayError {
    /// What a caller is told who asks for too much.
    init(_ refusal: LimitState.Refusal) {
        let (limit, unit) =
            switch refusal.kind {
            case .requestsPerMinute: (refusal.limit, "requests per minute")
            case .requestsPerDay: (refusal.limit, "requests per day")
            case .tokensPerMinute: (refusal.limit, "tokens per minute")
            case .concurrentCalls: (refusal.limit, "calls at once")
            }
        let seconds = max(1, Int((refusal.wait + 999_999_999) / 1_000_000_000))
        let advice =
            refusal.kind == .concurrentCalls
            ? "Try again when one of them is over." : "Try again in \(seconds) second\(seconds == 1 ? "" : "s")."
        self.init(
            .rateLimited,
            "This is more than \(refusal.subject.possessive) limit of \(limit) \(unit). \(advice)",
            retryAfter: seconds
        )
    }
}
