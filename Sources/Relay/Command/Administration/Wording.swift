internal import FoundationEssentials

/// Times and amounts as people read them.
enum Wording {
    /// To the minute, in UTC: `2026-01-31 12:00`.
    static func time(_ date: Date) -> String {
        String(date.formatted(.iso8601).prefix(16).map { $0 == "T" ? " " : $0 })
    }

    /// The two largest units: `3 d 4 h`, `12 min 5 s`, `8 s`.
    static func elapsed(seconds: Int) -> String {
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"),
            (seconds % 60, "s"),
        ]
        let shown = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 != 0 }.map { "\($0.0) \($0.1)" }
        return shown.isEmpty ? "0 s" : shown.joined(separator: " ")
    }

    /// With one decimal from the first unit on: `512 B`, `1.5 KiB`, `20.0 GiB`.
    static func bytes(_ count: Int) -> String {
        var rest = Double(count)
        var unit = "B"
        for next in ["KiB", "MiB", "GiB", "TiB"] where rest >= 1024 {
            rest /= 1024
            unit = next
        }
        return unit == "B" ? "\(count) B" : "\(self.oneDecimal(rest)) \(unit)"
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
            value.map { name + String(repeating: " ", count: width - name.count + 2) + self.printable($0) }
        }
    }

    /// The text without characters that a terminal obeys; some of it comes from connectors.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory.isPrintable ? $0 : "?" })
        )
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isPrintable: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
