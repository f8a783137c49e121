package import Vocabulary

/// What the tokens of one call cost: a price, times the group's multiplier, times the factor of the service tier.
///
/// `ceil((input × price + cached input × price + output × price) × multiplier × factor / 10¹⁸)` micro-credits, in integers of
/// 128 bits, rounded up once at the end: a call that used anything never costs nothing unless its price is zero.
package struct Tariff: Hashable, Sendable {
    /// Micro-credits per million tokens of the prompt that were not read from a cache.
    package var input: Int64
    /// Micro-credits per million tokens of the prompt that were read from a cache.
    package var cachedInput: Int64
    /// Micro-credits per million tokens of the answer, those of its reasoning included.
    package var output: Int64
    /// In millionths: 1,500,000 makes a call cost half as much again.
    package var multiplier: Int64
    /// In millionths, like the multiplier.
    package var tierFactor: Int64

    /// One, as a multiplier.
    package static let one: Int64 = 1_000_000

    package init(
        input: Int64,
        cachedInput: Int64,
        output: Int64,
        multiplier: Int64 = Self.one,
        tierFactor: Int64 = Self.one
    ) {
        self.input = input
        self.cachedInput = cachedInput
        self.output = output
        self.multiplier = multiplier
        self.tierFactor = tierFactor
    }

    /// What a call costs; `nil` when it is more than fits, or when a factor is below zero.
    package func cost(of usage: Usage) -> MicroCredits? {
        let counts = [max(0, usage.input - usage.cachedInput), max(0, usage.cachedInput), max(0, usage.output)]
        var sum: UInt128 = 0
        for (count, price) in zip(counts, [self.input, self.cachedInput, self.output]) {
            guard price >= 0 else { return nil }
            // Below 2¹²⁷: either factor is below 2⁶³.
            let (next, overflow) = sum.addingReportingOverflow(UInt128(count) * UInt128(price))
            guard !overflow else { return nil }
            sum = next
        }
        for factor in [self.multiplier, self.tierFactor] {
            guard factor >= 0 else { return nil }
            let (product, overflow) = sum.multipliedReportingOverflow(by: UInt128(factor))
            guard !overflow else { return nil }
            sum = product
        }
        let (quotient, rest) = sum.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
        return Int64(exactly: rest > 0 ? quotient + 1 : quotient).map(MicroCredits.init)
    }
}
