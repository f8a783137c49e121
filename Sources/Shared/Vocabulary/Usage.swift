/// The tokens of one call, as its upstream reported them.
package struct Usage: Hashable, Sendable {
    /// Tokens of the prompt, those read from a cache included.
    package var input: Int
    /// Those of `input` that were read from a cache; never more than `input`.
    package var cachedInput: Int
    /// Tokens of the answer, those of its reasoning included.
    package var output: Int
    /// Those of `output` that were reasoning.
    package var reasoning: Int

    package init(input: Int = 0, cachedInput: Int = 0, output: Int = 0, reasoning: Int = 0) {
        self.input = input
        self.cachedInput = min(cachedInput, input)
        self.output = output
        self.reasoning = reasoning
    }
}
