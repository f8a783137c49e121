/// How much of its quota a key has used up; a pure value.
///
/// Times are seconds since 1970, in UTC. What was used in a window that is over counts no more.
package struct QuotaUse: Hashable, Sendable {
    /// What was used since a window began.
    package struct Part: Hashable, Sendable {
        package var began: Int
        package var tokens: Int
        /// In micro-credits.
        package var cost: Int

        package init(began: Int, tokens: Int, cost: Int) {
            self.began = began
            self.tokens = tokens
            self.cost = cost
        }
    }

    /// A window of which nothing is left.
    package struct Exhausted: Hashable, Sendable {
        package var window: Quota.Window
        package var limit: Int
        /// When there is something again; `nil` for never.
        package var ends: Int?
        /// Whether something is left that calls under way may not use after all.
        package var isHeld: Bool

        package init(window: Quota.Window, limit: Int, ends: Int?, isHeld: Bool) {
            self.window = window
            self.limit = limit
            self.ends = ends
            self.isHeld = isHeld
        }
    }

    /// By window; a window in which nothing was used yet is not here.
    package var parts: [Quota.Window: Part]

    package init(parts: [Quota.Window: Part] = [:]) {
        self.parts = parts
    }

    /// What was used in a window, in the quota's unit.
    package func used(_ window: Quota.Window, _ unit: Quota.Unit, now: Int) -> Int {
        guard let part = self.current(window, now: now) else { return 0 }
        return unit == .tokens ? part.tokens : part.cost
    }

    /// When the window ends that is now; `nil` for never, and for one that begins with the next call.
    package func end(of window: Quota.Window, now: Int) -> Int? {
        switch window {
        case .life: nil
        case .fiveHours: self.current(window, now: now).map { $0.began + Self.fiveHours }
        case .day, .week:
            (self.current(window, now: now)?.began ?? Self.beginning(of: window, now: now))
                + (window == .day ? Self.day : 7 * Self.day)
        }
    }

    /// The window that keeps the next call out for the longest time; `nil` when none does.
    /// - Parameter held: what calls under way are expected to use, in the quota's unit.
    package func exhausted(_ quota: Quota, held: Int, now: Int) -> Exhausted? {
        let exhausted = Quota.Window.allCases.compactMap { window -> Exhausted? in
            guard let limit = quota[window] else { return nil }
            let used = self.used(window, quota.unit, now: now)
            guard Self.sum(used, held) >= limit else { return nil }
            return Exhausted(window: window, limit: limit, ends: self.end(of: window, now: now), isHeld: used < limit)
        }
        let usedUp = exhausted.filter { !$0.isHeld }
        return (usedUp.isEmpty ? exhausted : usedUp).max { $0.ends ?? .max < $1.ends ?? .max }
    }

    /// Counts what a call used.
    package mutating func add(tokens: Int, cost: Int, now: Int) {
        for window in Quota.Window.allCases {
            var part =
                self.current(window, now: now)
                ?? Part(began: Self.beginning(of: window, now: now), tokens: 0, cost: 0)
            part.tokens = Self.sum(part.tokens, tokens)
            part.cost = Self.sum(part.cost, cost)
            self.parts[window] = part
        }
    }

    private func current(_ window: Quota.Window, now: Int) -> Part? {
        guard let part = self.parts[window] else { return nil }
        let isOver =
            switch window {
            case .life: false
            case .fiveHours: now >= part.began + Self.fiveHours
            case .day, .week: part.began < Self.beginning(of: window, now: now)
            }
        // A clock that is set back by a little leaves the window as it is; one that was far ahead, as before it was first set or
        // when it went by another zone, must not keep a key out until its wrong time comes.
        guard !isOver, window == .life || part.began - now < Self.slightly else { return nil }
        return part
    }

    /// How far a clock may be set back and still be the same one, in seconds: less than zones are apart.
    private static let slightly = 15 * 60

    private static func beginning(of window: Quota.Window, now: Int) -> Int {
        switch window {
        case .life, .fiveHours: now
        case .day: now / Self.day * Self.day
        // 1970-01-01 was a Thursday, three days after a Monday.
        case .week: ((now / Self.day + 3) / 7 * 7 - 3) * Self.day
        }
    }

    private static func sum(_ a: Int, _ b: Int) -> Int {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? .max : sum
    }

    private static let day = 86_400
    private static let fiveHours = 5 * 3_600
}
