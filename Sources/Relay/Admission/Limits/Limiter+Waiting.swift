private import Accounts
private import Synchronization
package import Vocabulary

/// A call that waits until its limits have room.
package struct PermitWaiter: Sendable {
    /// Hears once what became of it, unless it left; called on any thread, and must not wait.
    package var wake: @Sendable (PermitTurn) -> Void

    package init(wake: @escaping @Sendable (PermitTurn) -> Void) {
        self.wake = wake
    }
}

/// What became of one that waited.
package enum PermitTurn: Sendable {
    /// It is counted.
    case permit(Permit)
    /// It is refused after all: a limit per minute is used up, or too many wait.
    case refused(LimitRefusal)
    /// Nobody waits any more.
    case stopping
}

/// What becomes of a call that may wait.
package enum PermitProspect: Sendable {
    case permit(Permit?)
    /// The call stands in a line.
    case waits(PermitPlace)
}

/// A place in the line of a limit.
package struct PermitPlace: Hashable, Sendable {
    let number: Int
}

extension Limiter {
    /// Lets a call in and counts it, or puts it into the line of a limit that has no room for it.
    /// - Parameters:
    ///   - size: of what waits with the call, in bytes.
    ///   - now: nanoseconds of a monotonic clock, always the same one.
    package func admitOrWait(
        _ grant: Grant,
        estimate: Int,
        size: Int,
        now: Int64,
        _ waiter: PermitWaiter
    ) throws(LimitRefusal) -> PermitProspect {
        guard grant.isLimited else { return .permit(nil) }
        let asking = Lines.Asking(
            demands: grant.demands,
            estimate: estimate,
            owner: grant.userID,
            size: size,
            waiter: waiter
        )
        switch self.state.withLock({ $0.wait(asking, now: now) }) {
        case .admitted(let report):
            return .permit(Permit(demands: asking.demands, estimate: estimate, report: report))
        case .waits(let number, let displaced):
            Self.tell(displaced)
            return .waits(PermitPlace(number: number))
        case .refused(let refusal, let report):
            throw LimitRefusal(refusal, report)
        case .undecidable:
            throw .undecidable
        }
    }

    /// Takes a call out of its line.
    /// - Returns: what is left of its limits now; `nil` when it is not there any more: then its waiter has been told, or is just
    ///   being told, why.
    package func leave(_ place: PermitPlace, now: Int64) -> LimitReport? {
        self.state.withLock { $0.leave(place.number, now: now) }
    }

    /// Nobody waits any more.
    package func endWaiting() {
        for asking in self.state.withLock({ $0.leaveAll() }) { asking.waiter.wake(.stopping) }
    }

    /// Tells those who wait no longer; without the lock.
    static func tell(_ told: [Lines.Told]) {
        for one in told {
            let asking = one.asking
            switch one.outcome {
            case .admitted(let report):
                asking.waiter.wake(
                    .permit(Permit(demands: asking.demands, estimate: asking.estimate, report: report))
                )
            case .refused(let refusal, let report): asking.waiter.wake(.refused(LimitRefusal(refusal, report)))
            case .undecidable: asking.waiter.wake(.refused(.undecidable))
            }
        }
    }
}
