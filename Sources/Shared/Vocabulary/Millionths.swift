/// Decimals with six places behind the point, held as whole numbers, so that nothing is ever rounded.
package enum Millionths {
    /// Reads a decimal such as `1`, `0.5` or `1.25`; `nil` for what is none, does not fit or has more than six decimals.
    package static func parse(_ text: some StringProtocol) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Self.number(parts[0]) else { return nil }
        let (millionths, overflow) = whole.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return nil }
        guard parts.count == 2 else { return millionths }
        guard parts[1].utf8.count <= 6, var decimals = Self.number(parts[1]) else { return nil }
        for _ in parts[1].utf8.count..<6 { decimals *= 10 }
        let (sum, isTooMuch) = millionths.addingReportingOverflow(decimals)
        return isTooMuch ? nil : sum
    }

    /// Reads a decimal that is no larger than a whole number.
    package static func parse(_ text: some StringProtocol, atMost most: Int64) -> Int64? {
        self.parse(text).flatMap { $0 <= most * 1_000_000 ? $0 : nil }
    }

    /// The shortest decimal that reads as this.
    package static func text(_ millionths: some BinaryInteger) -> String {
        let (whole, rest) = millionths.quotientAndRemainder(dividingBy: 1_000_000)
        var decimals = String(1_000_000 + rest).dropFirst()
        while decimals.last == "0" { decimals.removeLast() }
        return decimals.isEmpty ? "\(whole)" : "\(whole).\(decimals)"
    }

    /// Digits and nothing else: no sign, no blank.
    private static func number(_ text: some StringProtocol) -> Int64? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(text) : nil
    }
}
