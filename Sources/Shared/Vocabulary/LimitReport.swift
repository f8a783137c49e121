/// How much of the limits that a call counts against is left, for the headers of its answer.
package struct LimitReport: Hashable, Sendable {
    /// One limit: of those of its kind, the one of which the least is left.
    package struct Allowance: Hashable, Sendable {
        /// How much is allowed at once after a rest.
        package var limit: Int
        /// How much of that is left after this call.
        package var remaining: Int
        /// Until all of it is there again, in nanoseconds.
        package var reset: Int64

        package init(limit: Int, remaining: Int, reset: Int64) {
            self.limit = limit
            self.remaining = remaining
            self.reset = reset
        }
    }

    /// `nil` when nothing limits the number of calls.
    package var requests: Allowance?
    /// `nil` when nothing limits the tokens.
    package var tokens: Allowance?

    package init(requests: Allowance? = nil, tokens: Allowance? = nil) {
        self.requests = requests
        self.tokens = tokens
    }
}
