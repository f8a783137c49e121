/// One rate limit as a number: the generic cell rate algorithm (ITU-T I.371), which is a leaky bucket without a clock of
/// its own. All times are nanoseconds of one monotonic clock.
struct Bucket: Hashable, Sendable {
    /// When all of the limit is there again; in the past while nothing is used.
    private(set) var full: Int64 = .min

    /// How much is allowed in which time.
    struct Rate: Hashable, Sendable {
        /// What is allowed at once after a rest of the whole period.
        let limit: Int
        /// How long one unit takes to come back.
        let interval: Int64

        static func perMinute(_ limit: Int) -> Rate { Rate(limit: limit, interval: 60_000_000_000 / Int64(limit)) }

        static func perDay(_ limit: Int) -> Rate { Rate(limit: limit, interval: 86_400_000_000_000 / Int64(limit)) }

        /// How far ``Bucket/full`` may lie in the future.
        var capacity: Int64 { Int64(self.limit) * self.interval }
    }

    /// How long until a cost fits; 0 when it fits now. More than all is as much as all.
    func wait(for cost: Int, _ rate: Rate, now: Int64) -> Int64 {
        max(0, max(self.full, now) + Int64(min(cost, rate.limit)) * rate.interval - rate.capacity - now)
    }

    /// Uses up some, whether it fits or not: what was used is used.
    mutating func take(_ cost: Int, _ rate: Rate, now: Int64) {
        // A call of as many tokens as nobody ever asked for shall not stop the key for years.
        let taken = Int64(min(cost, rate.limit * 2)) * rate.interval
        self.full = min(max(self.full, now) + taken, now + 3 * rate.capacity)
    }

    /// Gives back what was taken too much.
    mutating func giveBack(_ cost: Int, _ rate: Rate, now: Int64) {
        self.full = max(self.full - Int64(min(cost, rate.limit * 2)) * rate.interval, now)
    }

    /// How much is there now.
    func remaining(_ rate: Rate, now: Int64) -> Int {
        max(0, Int((rate.capacity - self.reset(now: now)) / rate.interval))
    }

    /// How long until all of it is there again.
    func reset(now: Int64) -> Int64 { self.full == .min ? 0 : max(0, self.full - now) }
}
