/// An amount of money, or of whatever a host sells: one credit is a million of them.
///
/// Always an integer, so that no sum ever depends on an order or on rounding. Prices are micro-credits per million tokens.
package struct MicroCredits: Hashable, Sendable, Comparable {
    package var rawValue: Int64

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    package static let zero = MicroCredits(0)

    /// How many make one credit.
    package static let perCredit: Int64 = 1_000_000

    /// Answers `nil` when there are more than fit.
    package init?(credits: Int64) {
        let (product, overflow) = credits.multipliedReportingOverflow(by: Self.perCredit)
        guard !overflow else { return nil }
        self.rawValue = product
    }

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
    package var description: String {
        let sign = self.rawValue < 0 ? "-" : ""
        let (whole, rest) = self.rawValue.magnitude.quotientAndRemainder(dividingBy: UInt64(Self.perCredit))
        guard rest > 0 else { return "\(sign)\(whole)" }
        var digits = String(rest)
        digits = String(repeating: "0", count: 6 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }

    /// Reads what ``description`` writes: credits with at most six digits behind the point.
    package init?(_ text: some StringProtocol) {
        var rest = text.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        let parts = rest.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? Array(parts[1]) : []
        guard let whole = parts.first, !whole.isEmpty, fraction.count <= 6, parts.count == 1 || !fraction.isEmpty else {
            return nil
        }
        var amount: Int64 = 0
        for digit in Array(whole) + fraction + Array(repeating: UInt8(ascii: "0"), count: 6 - fraction.count) {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let (tenfold, overflow) = amount.multipliedReportingOverflow(by: 10)
            let (sum, more) = tenfold.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !overflow, !more else { return nil }
            amount = sum
        }
        self.rawValue = isNegative ? -amount : amount
    }
}
