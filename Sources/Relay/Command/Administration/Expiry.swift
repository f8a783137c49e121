internal import ArgumentParser
internal import FoundationEssentials
internal import Terminal

/// When a key ends, as people say it: in `12h`, `30d` or `4w`, or on `2026-01-31` or at `2026-01-31T12:00:00Z`.
enum Expiry {
    /// Answers `nil` when the text is neither a span of time nor a date; a date alone means its first moment in UTC.
    static func parse(_ text: String, now: Date) -> Date? {
        if let unit = text.last, let seconds = ["h": 3600.0, "d": 86_400, "w": 604_800][unit] {
            guard let count = Int(text.dropLast()), count > 0, count <= 100_000 else { return nil }
            return now.addingTimeInterval(Double(count) * seconds)
        }
        return self.moment(text)
    }

    /// A date or a moment in UTC; `nil` when the text is neither.
    static func moment(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601))
            ?? (try? Date(text, strategy: .iso8601.year().month().day()))
    }
}

/// When what is made ends by itself.
struct ExpiryOption: ParsableArguments {
    @Option(help: "When it ends: 12h, 30d, 4w, 2026-01-31 or 2026-01-31T12:00:00Z (default: never).")
    var expires: String?

    /// `nil` for never.
    var end: Date? {
        get throws(Complaint) {
            guard let text = self.expires else { return nil }
            guard let end = Expiry.parse(text, now: Date()) else {
                throw Complaint(
                    "--expires \(text) is no time: expected 12h, 30d, 4w, 2026-01-31 or 2026-01-31T12:00:00Z"
                )
            }
            return end
        }
    }
}
