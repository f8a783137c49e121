/// How many tokens of prompts and answers a key may use up; `nil` where nothing limits it.
package struct Quota: Hashable, Sendable {
    /// Over the key's life.
    package var life: Int?
    /// In five hours, counted from the first call after the last five hours have passed.
    package var fiveHours: Int?
    /// In a day of UTC.
    package var day: Int?
    /// In a week of UTC, from Monday on.
    package var week: Int?

    package init(life: Int? = nil, fiveHours: Int? = nil, day: Int? = nil, week: Int? = nil) {
        self.life = life
        self.fiveHours = fiveHours
        self.day = day
        self.week = week
    }

    /// Nothing is limited.
    package static let none = Quota()
}
