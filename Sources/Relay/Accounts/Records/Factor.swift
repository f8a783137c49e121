import Vocabulary

/// What a price is multiplied with, exact to six decimals.
package struct Factor: Hashable, Sendable, CustomStringConvertible {
    /// 1,000,000 leaves the price as it is.
    package let millionths: Int64

    /// Answers `nil` outside of 0 to 1,000.
    package init?(millionths: Int64) {
        guard (0...1_000_000_000).contains(millionths) else { return nil }
        self.millionths = millionths
    }

    private init(exactly millionths: Int64) {
        self.millionths = millionths
    }

    /// Leaves a price as it is.
    package static let one = Factor(exactly: 1_000_000)

    /// Reads a decimal such as `1`, `0.5` or `1.25`; `nil` for what is none, has more than six decimals or is too large.
    package init?(_ text: some StringProtocol) {
        guard let millionths = Millionths.parse(text, atMost: 1_000) else { return nil }
        self.init(millionths: millionths)
    }

    package var description: String { Millionths.text(self.millionths) }
}
