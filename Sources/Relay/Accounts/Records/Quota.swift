/// How much a key may use up; `nil` where nothing limits it. Counted from when the key first had a quota.
package struct Quota: Hashable, Sendable {
    /// What is counted.
    package enum Unit: String, Hashable, Sendable, CaseIterable {
        /// Tokens of prompts and answers together.
        case tokens
        /// What calls cost, in micro-credits; calls that are not paid for cost nothing.
        case credits
    }

    /// A stretch of time in which something may be used up.
    package enum Window: String, Hashable, Sendable, CaseIterable {
        /// The key's life.
        case life
        /// Five hours, counted from the first call after the last five hours have passed.
        case fiveHours = "5h"
        /// A day of UTC.
        case day
        /// A week of UTC, from Monday on.
        case week
    }

    package var unit: Unit
    package var life: Int?
    package var fiveHours: Int?
    package var day: Int?
    package var week: Int?

    package init(
        unit: Unit = .tokens,
        life: Int? = nil,
        fiveHours: Int? = nil,
        day: Int? = nil,
        week: Int? = nil
    ) {
        self.unit = unit
        self.life = life
        self.fiveHours = fiveHours
        self.day = day
        self.week = week
    }

    /// Nothing is limited.
    package static let none = Quota()

    /// The largest of each.
    package static let largest = 1_000_000_000_000_000

    /// Whether nothing is limited.
    package var isNone: Bool { Window.allCases.allSatisfy { self[$0] == nil } }

    /// How much there is for a window.
    package subscript(window: Window) -> Int? {
        get {
            switch window {
            case .life: self.life
            case .fiveHours: self.fiveHours
            case .day: self.day
            case .week: self.week
            }
        }
        set {
            switch window {
            case .life: self.life = newValue
            case .fiveHours: self.fiveHours = newValue
            case .day: self.day = newValue
            case .week: self.week = newValue
            }
        }
    }
}
