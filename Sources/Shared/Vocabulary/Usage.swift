/// The tokens of one call, as its upstream reported them.
///
/// Nothing here is below zero or above ``most``: reports are numbers of somebody else's, and what counts calls adds them.
package struct Usage: Hashable, Sendable {
    /// Tokens of the prompt, those read from a cache included.
    package let input: Int
    /// Those of `input` that were read from a cache; never more than `input`.
    package let cachedInput: Int
    /// Tokens of the answer, those of its reasoning included.
    package let output: Int
    /// Those of `output` that were reasoning; never more than `output`.
    package let reasoning: Int

    /// The most that one call is believed to have used of anything, a million times what any model takes: sums over
    /// millions of calls still fit.
    package static let most = 1 << 40

    package init(input: Int = 0, cachedInput: Int = 0, output: Int = 0, reasoning: Int = 0) {
        self.input = Self.believable(input)
        self.cachedInput = min(Self.believable(cachedInput), self.input)
        self.output = Self.believable(output)
        self.reasoning = min(Self.believable(reasoning), self.output)
    }

    /// Tokens of the prompt and of the answer.
    package var total: Int { self.input + self.output }

    /// A reported number, brought between zero and ``most``.
    package static func believable(_ count: Int) -> Int { min(max(count, 0), self.most) }
}
