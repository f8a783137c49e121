/// Spans of time as people read them.
package enum Elapsed {
    /// The two largest units: `3 d 4 h`, `12 min 5 s`, `8 s`; what has not begun is `0 s`.
    package static func text(seconds: Int) -> String {
        let seconds = max(0, seconds)
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"),
        ]
        let shown = parts.drop { $0.0 == 0 }.prefix(2).filter { $0.0 != 0 }.map { "\($0.0) \($0.1)" }
        return shown.isEmpty ? "0 s" : shown.joined(separator: " ")
    }
}
