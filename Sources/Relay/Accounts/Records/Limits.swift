/// How much may be asked for in a time; `nil` where nothing limits it.
package struct Limits: Hashable, Sendable {
    /// Calls in a minute; as many may come at once after a minute of rest.
    package var requestsPerMinute: Int?
    /// Calls in a day.
    package var requestsPerDay: Int?
    /// Tokens of prompts and answers together in a minute.
    package var tokensPerMinute: Int?
    /// Calls under way at once.
    package var concurrentCalls: Int?

    package init(
        requestsPerMinute: Int? = nil,
        requestsPerDay: Int? = nil,
        tokensPerMinute: Int? = nil,
        concurrentCalls: Int? = nil
    ) {
        self.requestsPerMinute = requestsPerMinute
        self.requestsPerDay = requestsPerDay
        self.tokensPerMinute = tokensPerMinute
        self.concurrentCalls = concurrentCalls
    }

    /// Nothing is limited.
    package static let none = Limits()

    /// The largest of each: what is multiplied with it stays far from the end of `Int`.
    package static let largest = 1_000_000_000

    /// These limits, and those of `others` where these say nothing.
    package func orElse(_ others: Limits) -> Limits {
        Limits(
            requestsPerMinute: self.requestsPerMinute ?? others.requestsPerMinute,
            requestsPerDay: self.requestsPerDay ?? others.requestsPerDay,
            tokensPerMinute: self.tokensPerMinute ?? others.tokensPerMinute,
            concurrentCalls: self.concurrentCalls ?? others.concurrentCalls
        )
    }
}
