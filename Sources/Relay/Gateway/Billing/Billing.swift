package import Ledger
import Vocabulary

/// What the gateway needs to charge for calls, and to keep records of them.
package struct Billing: Sendable {
    /// Of which calls a record is kept.
    package enum Recorded: String, Sendable, CaseIterable {
        /// Of those of groups whose calls are paid for.
        case billed
        case all
        case none
    }

    /// What a host calls the units of a balance, which decides the code of a 402.
    package enum Unit: String, Sendable, CaseIterable {
        case credits
        case tokens
    }

    package struct Settings: Sendable {
        /// How many tokens of an answer are put aside for a call that states no limit.
        package var assumedOutput = 4_096
        package var recorded = Recorded.billed
        package var unit = Unit.credits
        /// Whether records keep the caller's address.
        package var keepsAddresses = false

        package init() {}
    }

    package let ledger: Ledger
    package let settings: Settings
    let outcomes = OutcomeStore()
    let unserved = UnservedTally()

    package init(ledger: Ledger, settings: Settings = Settings()) {
        self.ledger = ledger
        self.settings = settings
    }

    func insufficient(_ available: MicroCredits) -> GatewayError {
        let what =
            switch self.settings.unit {
            case .credits: "credits: \(available)"
            case .tokens: "tokens: \(available.rawValue)"
            }
        return GatewayError(
            self.settings.unit == .tokens ? .insufficientTokens : .insufficientBalance,
            "Your balance does not cover what this call may cost (\(what) left). Top it up, or ask for a shorter answer."
        )
    }

    static let notAccounted = GatewayError(
        .accountingFailed,
        "The call could not be accounted for, so it was not charged. Try again shortly."
    )
}
