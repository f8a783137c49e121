internal import Administration
internal import ArgumentParser
internal import Terminal

/// How much may be asked for.
struct LimitOptions: ParsableArguments {
    @Option(help: "Requests per minute, 0 for no limit.") var rpm: Int?
    @Option(help: "Requests per day, 0 for no limit.") var rpd: Int?
    @Option(help: "Tokens per minute, 0 for no limit.") var tpm: Int?
    @Option(help: "Calls at once, 0 for no limit.") var concurrent: Int?

    /// `nil` when nothing is said.
    var document: LimitsDocument? { LimitsDocument.said(self.rpm, self.rpd, self.tpm, self.concurrent) }
}

/// How much each user of a group may ask for.
struct UserLimitOptions: ParsableArguments {
    @Option(help: "Requests per minute of each user who has no limit of their own.") var userRpm: Int?
    @Option(help: "Requests per day of each such user.") var userRpd: Int?
    @Option(help: "Tokens per minute of each such user.") var userTpm: Int?
    @Option(help: "Calls at once of each such user.") var userConcurrent: Int?

    var document: LimitsDocument? {
        LimitsDocument.said(self.userRpm, self.userRpd, self.userTpm, self.userConcurrent)
    }
}

/// How much may be asked for with each key of a group.
struct KeyLimitOptions: ParsableArguments {
    @Option(help: "Requests per minute of each key that has no limit of its own.") var keyRpm: Int?
    @Option(help: "Requests per day of each such key.") var keyRpd: Int?
    @Option(help: "Tokens per minute of each such key.") var keyTpm: Int?
    @Option(help: "Calls at once of each such key.") var keyConcurrent: Int?

    var document: LimitsDocument? { LimitsDocument.said(self.keyRpm, self.keyRpd, self.keyTpm, self.keyConcurrent) }
}

extension LimitsDocument {
    fileprivate static func said(_ rpm: Int?, _ rpd: Int?, _ tpm: Int?, _ concurrent: Int?) -> LimitsDocument? {
        let document = LimitsDocument(
            requestsPerMinute: rpm,
            requestsPerDay: rpd,
            tokensPerMinute: tpm,
            concurrentCalls: concurrent
        )
        return document.isEmpty ? nil : document
    }

    /// For people: `60 requests/min, 10 at once`.
    var text: String {
        let parts = [
            self.requestsPerMinute.map { "\($0) requests/min" }, self.requestsPerDay.map { "\($0) requests/day" },
            self.tokensPerMinute.map { "\($0) tokens/min" }, self.concurrentCalls.map { "\($0) at once" },
        ]
        let text = parts.compactMap(\.self).joined(separator: ", ")
        return text.isEmpty ? "none" : text
    }
}

extension QuotaDocument {
    /// For people: `100000 tokens a day, 1000000 tokens in its life`.
    var text: String {
        let windows = [("5h", "in 5 hours"), ("day", "a day"), ("week", "a week"), ("life", "in its life")]
        let amounts = self.amounts
        return windows.compactMap { window, words in
            amounts[window].map { "\($0) \(self.unit ?? "tokens") \(words)" }
        }.joined(separator: ", ")
    }
}

/// A switch that is left as it is when it is not mentioned.
enum OnOff: String, ExpressibleByArgument, CaseIterable {
    case on
    case off

    var isOn: Bool { self == .on }
}

/// Names and what belongs to them: `flex=0.5`; nothing behind the sign takes the name away.
enum Assignment {
    static func parse(
        _ texts: [String],
        option: String,
        value: String = "FACTOR"
    ) throws(Complaint) -> [String: String]? {
        var values: [String: String] = [:]
        for text in texts {
            guard let sign = text.lastIndex(of: "="), sign > text.startIndex else {
                throw Complaint(
                    "\(option) \(text) is no assignment: expected NAME=\(value), or NAME= for none"
                )
            }
            values[String(text[..<sign])] = String(text[text.index(after: sign)...])
        }
        return values.isEmpty ? nil : values
    }
}
