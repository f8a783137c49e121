private import Accounts
private import Synchronization

/// How one limit of a key, or of its user, stands at a moment.
package struct LimitStanding: Hashable, Sendable {
    /// Whose limit it is.
    package enum Owner: String, Hashable, Sendable {
        case key
        case user
    }

    /// What it limits.
    package enum Kind: String, Hashable, Sendable {
        case requestsPerMinute = "requests_per_minute"
        case requestsPerDay = "requests_per_day"
        case tokensPerMinute = "tokens_per_minute"
        case concurrentCalls = "concurrent_calls"
    }

    package var owner: Owner
    package var kind: Kind
    package var limit: Int
    /// How much of it is left.
    package var remaining: Int
    /// Until all of it is there again, in nanoseconds; `nil` when it is, or when that is up to calls under way.
    package var reset: Int64?
}

extension Limiter {
    /// How the limits of a key and of its user stand; those of others are not a caller's to see.
    /// - Parameter now: nanoseconds of the clock that calls are counted by.
    package func standings(of holder: Holder, now: Int64) -> [LimitStanding] {
        self.state.withLock { lines in
            lines.state.standings(Demand(subject: .key(holder.key.id), limits: holder.limits), of: .key, now: now)
                + lines.state.standings(
                    Demand(subject: .user(holder.key.user), limits: holder.userLimits),
                    of: .user,
                    now: now
                )
        }
    }
}

extension LimitState {
    /// How the limits of one subject stand.
    func standings(_ demand: Demand, of owner: LimitStanding.Owner, now: Int64) -> [LimitStanding] {
        let counter = self.counters[demand.subject] ?? Counter()
        let limits = demand.limits
        func standing(_ kind: LimitStanding.Kind, _ bucket: Bucket, _ rate: Bucket.Rate?) -> LimitStanding? {
            guard let rate else { return nil }
            let reset = bucket.reset(now: now)
            return LimitStanding(
                owner: owner,
                kind: kind,
                limit: rate.limit,
                remaining: bucket.remaining(rate, now: now),
                reset: reset > 0 ? reset : nil
            )
        }
        let running = limits.concurrentCalls.map { limit in
            LimitStanding(
                owner: owner,
                kind: .concurrentCalls,
                limit: limit,
                remaining: max(0, limit - counter.running)
            )
        }
        return [
            standing(.requestsPerMinute, counter.minute, limits.requestsPerMinute.map(Bucket.Rate.perMinute)),
            standing(.requestsPerDay, counter.day, limits.requestsPerDay.map(Bucket.Rate.perDay)),
            standing(.tokensPerMinute, counter.tokens, limits.tokensPerMinute.map(Bucket.Rate.perMinute)), running,
        ].compactMap { $0 }
    }
}
