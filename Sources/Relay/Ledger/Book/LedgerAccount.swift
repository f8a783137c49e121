import Vocabulary

/// Whose balance it is: a user's id. The ledger knows nothing else of users.
package struct HolderID: Hashable, Sendable, CustomStringConvertible {
    package var rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package var description: String { self.rawValue }
}

/// One of the accounts that money moves between.
///
/// A holder's accounts are never below zero. Those of the house say where money came from and where it went; they may be
/// below zero, so that the sum over all accounts is always zero.
package enum LedgerAccount: Hashable, Sendable {
    /// What a holder may spend.
    case available(HolderID)
    /// What is put aside for a holder's calls that are under way.
    case held(HolderID)
    /// Where top-ups come from.
    case cash
    /// The other side of adjustments.
    case adjustments
    /// Where the worth of redeem codes comes from.
    case codes
    /// Where the price of calls goes.
    case sales

    /// How stores spell it: `house:sales`, `available:usr_1`.
    package var name: String {
        switch self {
        case .available(let holder): "available:" + holder.rawValue
        case .held(let holder): "held:" + holder.rawValue
        case .cash: "house:cash"
        case .adjustments: "house:adjustments"
        case .codes: "house:codes"
        case .sales: "house:sales"
        }
    }

    /// Reads what ``name`` writes.
    package init?(name: String) {
        let parts = name.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let rest = String(parts[1])
        switch (parts[0], rest) {
        case ("available", _): self = .available(HolderID(rawValue: rest))
        case ("held", _): self = .held(HolderID(rawValue: rest))
        case ("house", "cash"): self = .cash
        case ("house", "adjustments"): self = .adjustments
        case ("house", "codes"): self = .codes
        case ("house", "sales"): self = .sales
        default: return nil
        }
    }
}
