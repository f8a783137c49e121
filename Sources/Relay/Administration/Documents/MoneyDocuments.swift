package import FoundationEssentials
internal import Ledger
internal import Vocabulary

/// What a user has. Amounts are written in credits, as text: `12.5`.
package struct BalanceDocument: Codable, Hashable, Sendable {
    package var user: String
    /// What may be spent.
    package var available: String
    /// What is put aside for calls that are under way.
    package var held: String

    init(_ user: String, _ balance: Book.Balance) {
        self.user = user
        self.available = MicroCredits(balance.available).description
        self.held = MicroCredits(balance.held).description
    }
}

/// One movement of a user's money.
package struct MovementDocument: Codable, Hashable, Sendable {
    package var kind: String
    /// In credits; below zero when the user has less afterwards.
    package var amount: String
    package var at: Date
    package var call: String?
    package var note: String?

    init(_ movement: Movement) {
        self.kind = movement.kind.rawValue
        let isLoss = if case .available = movement.from { true } else { false }
        self.amount = MicroCredits(isLoss ? -movement.amount.rawValue : movement.amount.rawValue).description
        self.at = Date(timeIntervalSince1970: Double(movement.time) / 1_000)
        self.call = movement.call?.rawValue
        self.note = movement.note.isEmpty ? nil : movement.note
    }

    /// The body of `POST users/{user}/movements`.
    package struct Creation: RequestDocument, Encodable {
        /// `top-up` or `adjustment`.
        package var kind: String
        /// In credits.
        package var amount: String
        package var note: String?

        package init(kind: String, amount: String, note: String?) {
            self.kind = kind
            self.amount = amount
            self.note = note
        }
    }

    /// The body of `POST calls/{call}/refund`.
    package struct Refund: RequestDocument, Encodable {
        /// In credits; absent for all that was charged.
        package var amount: String?
        package var note: String?

        package init(amount: String?, note: String?) {
            self.amount = amount
            self.note = note
        }
    }
}

/// A redeem code as the API shows it; its secret only where it was made just now.
package struct CodeDocument: Codable, Hashable, Sendable {
    package var id: String
    package var hint: String
    /// In credits.
    package var amount: String
    package var note: String?
    package var createdAt: Date
    package var expiresAt: Date?
    package var redeemedAt: Date?
    package var redeemedBy: String?
    /// Present in the answer that made it and never again.
    package var code: String?

    init(_ code: RedeemCode, secret: String? = nil) {
        self.id = code.id
        self.hint = code.hint
        self.amount = code.amount.description
        self.note = code.note.isEmpty ? nil : code.note
        self.createdAt = Date(timeIntervalSince1970: Double(code.created))
        self.expiresAt = code.expires.map { Date(timeIntervalSince1970: Double($0)) }
        self.redeemedAt = code.redeemed.map { Date(timeIntervalSince1970: Double($0)) }
        self.redeemedBy = code.redeemedBy?.rawValue
        self.code = secret
    }

    /// The body of `POST codes`.
    package struct Creation: RequestDocument, Encodable {
        /// In credits, each.
        package var amount: String
        /// How many; one when absent, 1,000 at most.
        package var count: Int?
        package var note: String?
        package var expiresAt: Date?

        package init(amount: String, count: Int?, note: String?, expiresAt: Date?) {
            self.amount = amount
            self.count = count
            self.note = note
            self.expiresAt = expiresAt
        }
    }

    /// The body of `POST me/redeem`.
    package struct OwnRedemption: RequestDocument, Encodable {
        package var code: String

        package init(code: String) {
            self.code = code
        }
    }

    /// The body of `POST codes/redeem`.
    package struct Redemption: RequestDocument, Encodable {
        package var code: String
        package var user: String

        package init(code: String, user: String) {
            self.code = code
            self.user = user
        }
    }
}
