package import Vocabulary

/// An amount that leaves one account and arrives at another: both sides in one value, so that the sum is always zero.
package struct Movement: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Cash → available.
        case topUp = "top-up"
        /// Adjustments ↔ available.
        case adjustment
        /// Available → held, before a call is made.
        case reservation
        /// Held → sales, when a call is over; available → sales for what was never written down as held.
        case settlement
        /// Held → available: what a call did not need.
        case release
        /// Sales → available: the price of a call is given back.
        case refund
        /// Codes → available.
        case code
    }

    package var kind: Kind
    package var from: LedgerAccount
    package var to: LedgerAccount
    /// More than zero.
    package var amount: MicroCredits
    /// Milliseconds since 1970.
    package var time: Int64
    /// The call that it is about, if it is about one.
    package var call: CallID?
    /// Why, for people; empty for calls.
    package var note: String

    package init(
        _ kind: Kind,
        from: LedgerAccount,
        to: LedgerAccount,
        amount: MicroCredits,
        time: Int64,
        call: CallID? = nil,
        note: String = ""
    ) {
        self.kind = kind
        self.from = from
        self.to = to
        self.amount = amount
        self.time = time
        self.call = call
        self.note = note
    }
}
