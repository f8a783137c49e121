/// What tokens of a deployment cost, in micro-credits per million tokens; a credit has a million of them.
package struct Price: Hashable, Sendable {
    /// Of tokens of the prompt that came from no cache.
    package var input: Int64
    /// Of tokens of the prompt that were read from a cache.
    package var cachedInput: Int64
    /// Of tokens of the answer, its reasoning included.
    package var output: Int64

    package init(input: Int64, cachedInput: Int64, output: Int64) {
        self.input = input
        self.cachedInput = cachedInput
        self.output = output
    }

    /// The largest of each: a million credits for a million tokens.
    package static let largest: Int64 = 1_000_000_000_000
}
