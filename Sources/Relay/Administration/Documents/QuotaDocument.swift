internal import Accounts
private import HTTPTypes
internal import Vocabulary

/// How much a key may use up, as the API shows it and as it is asked for.
package struct QuotaDocument: Codable, Hashable, Sendable {
    /// A number of tokens, or of credits with at most six decimals. In JSON a number or a text; whole ones are shown as numbers.
    package struct Amount: Codable, Hashable, Sendable {
        package var text: String

        package init(_ text: String) {
            self.text = text
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self.text = try (try? container.decode(Int.self)).map { String($0) } ?? container.decode(String.self)
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if let number = Int(self.text) { try container.encode(number) } else { try container.encode(self.text) }
        }
    }

    /// `tokens` or `credits`; asking for another one than before replaces all amounts by those that are mentioned.
    package var unit: String?
    package var life: Amount?
    package var fiveHours: Amount?
    package var day: Amount?
    package var week: Amount?

    package init(unit: String?, amounts: [String: String]) {
        self.unit = unit
        self.life = amounts["life"].map(Amount.init)
        self.fiveHours = amounts["5h"].map(Amount.init)
        self.day = amounts["day"].map(Amount.init)
        self.week = amounts["week"].map(Amount.init)
    }

    /// The amounts that are mentioned, by window.
    package var amounts: [String: String] {
        ["life": self.life, "5h": self.fiveHours, "day": self.day, "week": self.week].compactMapValues(\.?.text)
    }
}

extension QuotaDocument {
    /// Answers `nil` when nothing is limited.
    init?(_ quota: Quota) {
        guard !quota.isNone else { return nil }
        var amounts: [String: String] = [:]
        for window in Quota.Window.allCases {
            guard let amount = quota[window] else { continue }
            amounts[window.rawValue] = quota.unit == .tokens ? "\(amount)" : "\(MicroCredits(Int64(amount)))"
        }
        self.init(unit: quota.unit.rawValue, amounts: amounts)
    }

    /// The quota with what is said changed; 0 or nothing takes an amount away.
    func applied(to quota: Quota) throws(Problem) -> Quota {
        var quota = quota
        if let unit {
            guard let unit = Quota.Unit(rawValue: unit) else {
                throw Problem(.badRequest, "A quota is counted in tokens or in credits, not in \"\(unit)\".")
            }
            if unit != quota.unit {
                // An amount in the one is none in the other; and a key must not be without limits because of a word.
                guard quota.isNone || !self.amounts.isEmpty else {
                    throw Problem(
                        .badRequest,
                        "The quota is in \(quota.unit.rawValue): say its amounts in \(unit.rawValue), too, which replace them."
                    )
                }
                quota = Quota(unit: unit)
            }
        }
        for (name, text) in self.amounts {
            guard let window = Quota.Window(rawValue: name) else { continue }
            let amount =
                text.isEmpty ? 0 : quota.unit == .tokens ? Int(text) : MicroCredits(text).map { Int($0.rawValue) }
            guard let amount else {
                let expected = quota.unit == .tokens ? "a whole number of tokens" : "credits such as 12.5"
                throw Problem(.badRequest, "\"\(text)\" is no quota: expected \(expected), or 0 for none.")
            }
            quota[window] = amount == 0 ? nil : amount
        }
        return quota
    }
}
