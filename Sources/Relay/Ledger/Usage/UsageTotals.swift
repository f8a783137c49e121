package import Vocabulary

/// What several calls used together.
package struct UsageTotals: Hashable, Sendable {
    package var calls = 0
    package var input = 0
    package var cachedInput = 0
    package var output = 0
    package var cost = MicroCredits.zero

    package init() {}

    package static func += (left: inout Self, right: Self) {
        left.calls += right.calls
        left.input += right.input
        left.cachedInput += right.cachedInput
        left.output += right.output
        left.cost = left.cost.adding(right.cost) ?? MicroCredits(.max)
    }

    package init(_ record: UsageRecord) {
        self.calls = 1
        self.input = record.usage.input
        self.cachedInput = record.usage.cachedInput
        self.output = record.usage.output
        self.cost = record.cost
    }
}

/// What a key used on one day of one deployment.
package struct DailyUsage: Hashable, Sendable {
    /// Counted from 1970, in UTC.
    package var day: Int
    package var deployment: String
    package var totals: UsageTotals

    package init(day: Int, deployment: String, totals: UsageTotals) {
        self.day = day
        self.deployment = deployment
        self.totals = totals
    }
}
