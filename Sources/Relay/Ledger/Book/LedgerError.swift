package import Vocabulary

/// Why the ledger did not do what it was asked for. Nothing was changed.
package enum LedgerError: Error, Hashable, Sendable {
    /// The balance does not cover it.
    case insufficient(available: MicroCredits)
    /// Nothing can be written down now; the reason is in the log.
    case unavailable
    /// The call is known already.
    case duplicateCall
    /// The amount is not above zero, or the sum would not fit.
    case impossibleAmount
    /// There is no such thing: a call, a code.
    case notFound(String)
    /// There is, but not in this state: a code that was redeemed, a call that was refunded.
    case conflict(String)
    /// The store could not keep it; what it said.
    case storage(String)
}

extension LedgerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .insufficient(let available): "The balance is \(available), which does not cover it."
        case .unavailable: "The ledger cannot be written now; the relay's log says why."
        case .duplicateCall: "This call has been accounted for already."
        case .impossibleAmount:
            "The amount must be above zero, and the balance must stay below 2,000,000,000,000 credits."
        case .notFound(let what): "There is no \(what)."
        case .conflict(let what): what
        case .storage(let what): "It could not be stored, and was not done: \(what)"
        }
    }
}
