/// An amount of money, or of whatever a host sells: one credit is a million of them.
///
/// Always an integer, so that no sum ever depends on an order or on rounding. Prices are micro-credits per million tokens.
package struct MicroCredits: Hashable, Sendable, Comparable {
    package var rawValue: Int64

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    package static let zero = MicroCredits(0)

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The sum; `nil` when it does not fit.
    package func adding(_ other: Self) -> Self? {
        let (sum, overflow) = self.rawValue.addingReportingOverflow(other.rawValue)
        return overflow ? nil : Self(sum)
    }

    /// The difference; `nil` when it does not fit.
    package func subtracting(_ other: Self) -> Self? {
        let (difference, overflow) = self.rawValue.subtractingReportingOverflow(other.rawValue)
        return overflow ? nil : Self(difference)
    }
}

extension MicroCredits: CustomStringConvertible {
    /// In credits, without zeros that say nothing: `12.5`, `-0.000001`, `3`.
    package var description: String { (self.rawValue < 0 ? "-" : "") + Millionths.text(self.rawValue.magnitude) }

    /// Reads what ``description`` writes: credits with at most six digits behind the point.
    package init?(_ text: some StringProtocol) {
        let isNegative = text.unicodeScalars.first == "-"
        let digits = String.UnicodeScalarView(text.unicodeScalars.dropFirst(isNegative ? 1 : 0))
        guard let amount = Millionths.parse(String(digits)) else { return nil }
        self.rawValue = isNegative ? -amount : amount
    }
}
