package import Vocabulary

extension Dialect {
    /// The headers that tell a caller how much of its limits is left, as the vendor's SDKs know them; Google has none.
    /// - Parameter now: in seconds since 1970.
    package func headers(of report: LimitReport, now: Int) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for (kind, allowance) in [("requests", report.requests), ("tokens", report.tokens)] {
            guard let allowance else { continue }
            switch self {
            case .openAI, .responses:
                headers.append(("x-ratelimit-limit-\(kind)", String(allowance.limit)))
                headers.append(("x-ratelimit-remaining-\(kind)", String(allowance.remaining)))
                headers.append(("x-ratelimit-reset-\(kind)", Self.span(allowance.reset)))
            case .messages:
                headers.append(("anthropic-ratelimit-\(kind)-limit", String(allowance.limit)))
                headers.append(("anthropic-ratelimit-\(kind)-remaining", String(allowance.remaining)))
                let seconds = Int((allowance.reset + 999_999_999) / 1_000_000_000)
                let reset = CivilTime(secondsSince1970: now + seconds).timestamp
                headers.append(("anthropic-ratelimit-\(kind)-reset", reset))
            case .gemini:
                break
            }
        }
        return headers
    }

    /// A span of time as OpenAI writes it: `12ms`, `1.5s`, `6m0s`, `23h59m0s`.
    static func span(_ nanoseconds: Int64) -> String {
        let milliseconds = (max(nanoseconds, 0) + 999_999) / 1_000_000
        if milliseconds < 1_000 { return "\(milliseconds)ms" }
        let (minutes, rest) = (milliseconds / 60_000, milliseconds % 60_000)
        var seconds = "\(rest / 1_000)"
        if rest % 1_000 != 0 {
            var decimals = String(1_000 + rest % 1_000).dropFirst()
            while decimals.last == "0" { decimals.removeLast() }
            seconds += ".\(decimals)"
        }
        if minutes == 0 { return "\(seconds)s" }
        return minutes < 60 ? "\(minutes)m\(seconds)s" : "\(minutes / 60)h\(minutes % 60)m\(seconds)s"
    }
}
