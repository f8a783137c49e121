internal import FoundationEssentials
private import Terminal

/// Times and amounts as people read them.
enum Wording {
    /// To the minute, in UTC: `2026-01-31 12:00`.
    static func time(_ date: Date) -> String {
        String(date.formatted(.iso8601).prefix(16).map { $0 == "T" ? " " : $0 })
    }

    static func oneDecimal(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// `1 call`, `2 calls`.
    static func count(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }

    /// What was done, and the secret that came of it.
    static func secret(_ secret: String?, _ deed: String) -> [String] {
        [deed, "", "  \(secret ?? "")", "", "Keep the secret now: it is not shown again."]
    }

    /// Names and values in two columns; facts without a value are left out.
    static func facts(_ facts: [(name: String, value: String?)]) -> [String] {
        let width = facts.map(\.name.count).max() ?? 0
        return facts.compactMap { name, value in
            value.map { name + String(repeating: " ", count: width - name.count + 2) + $0.printable }
        }
    }
}
