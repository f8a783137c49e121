/// Decimals with six places behind the point, held as whole numbers, so that nothing is ever rounded.
package enum Millionths {
    /// Reads a decimal such as `1`, `0.5` or `1.25`; `nil` for what is none or has more than six decimals.
    /// - Parameter most: the largest whole part.
    package static func parse(_ text: some StringProtocol, atMost most: Int64) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let whole = Self.number(parts[0]), whole <= most else { return nil }
        var millionths = whole * 1_000_000
        if parts.count == 2 {
            guard parts[1].utf8.count <= 6, var decimals = Self.number(parts[1]) else { return nil }
            for _ in parts[1].utf8.count..<6 { decimals *= 10 }
            millionths += decimals
        }
        return millionths <= most * 1_000_000 ? millionths : nil
    }

    /// The shortest decimal that reads as this.
    package static func text(_ millionths: Int64) -> String {
        var decimals = String(1_000_000 + millionths % 1_000_000).dropFirst()
        while decimals.last == "0" { decimals.removeLast() }
        let whole = millionths / 1_000_000
        return decimals.isEmpty ? "\(whole)" : "\(whole).\(decimals)"
    }

    /// Digits and nothing else: no sign, no blank.
    private static func number(_ text: some StringProtocol) -> Int64? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(text) : nil
    }
}
