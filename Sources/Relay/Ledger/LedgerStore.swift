package import Vocabulary

/// What a ledger begins with.
package struct StoredLedger: Sendable {
    /// Holders' balances; what is held belongs to calls that no relay has any more.
    package var balances: [HolderID: Book.Balance] = [:]
    /// Reservations without settlement or release, which a relay left behind.
    package var openReservations: [(call: CallID, holder: HolderID, amount: MicroCredits)] = []

    package init() {}
}

/// One thing that is written whole or not at all.
package struct LedgerEntry: Sendable {
    package var first: Movement?
    package var second: Movement?
    /// In one piece on its way to the store: a copy of a record keeps hold of each of its texts.
    package let kept: KeptRecord?
    /// What the caller called the call that is settled.
    package var name: PaidName?

    package init(first: Movement? = nil, second: Movement? = nil, record: consuming UsageRecord? = nil) {
        self.first = first
        self.second = second
        self.kept = record.map(KeptRecord.init)
    }

    init(first: Movement?, second: Movement? = nil, keeping record: KeptRecord?) {
        self.first = first
        self.second = second
        self.kept = record
    }
}

/// A record that is shared and not copied.
package final class KeptRecord: Sendable {
    package let record: UsageRecord

    init(_ record: consuming UsageRecord) {
        self.record = record
    }
}

/// Where the ledger is kept. What a method was asked for is durable when it returns, and undone when it throws.
///
/// The store keeps the ledger's own rules too: movements are never changed and never deleted, a call is settled at most
/// once, and no holder's account is ever below zero. What breaks a rule is thrown as a ``LedgerError``; any other error
/// means that it could not be kept.
package protocol LedgerStore: Sendable {
    func loadLedger() async throws -> StoredLedger
    /// Writes entries in their order, in one transaction.
    func write(_ entries: [LedgerEntry]) async throws
    /// Finds out whether anything can be written.
    func probe(time: Int64) async throws
    /// What was charged for a call and not yet given back, and to whom.
    func settlement(of call: CallID) async throws -> (holder: HolderID, left: MicroCredits)?

    /// The call that was paid for under a name of a key's caller after a moment, if there was one.
    func paid(named name: [UInt8], ofKey key: String, since time: Int64) async throws -> PaidName?
    /// Deletes the names of calls that were paid up to a moment, some at a time.
    /// - Returns: how many were deleted.
    func deleteNames(before time: Int64, limit: Int) async throws -> Int

    func insert(_ codes: [RedeemCode]) async throws
    /// Every code, the newest first.
    func codes() async throws -> [RedeemCode]
    /// Notes that a code is redeemed, with the movement of its worth, in one transaction.
    /// - Parameter most: what the holder can be given at most; a code that is worth more is refused.
    /// - Throws: ``LedgerError`` when there is no such code, or not any more.
    func redeem(
        _ digest: RedeemCode.Digest,
        by holder: HolderID,
        atMost most: MicroCredits,
        time: Int64
    ) async throws -> RedeemCode

    /// What a key used, by day and deployment, from a day on.
    func dailyUsage(ofKey key: String, since day: Int) async throws -> [DailyUsage]
    /// What a key has used since it was made.
    func totalUsage(ofKey key: String) async throws -> UsageTotals
    /// The records from one moment until before another, the oldest first, behind a record that was answered before.
    func usage(
        of holder: HolderID?,
        from: Int64,
        to: Int64,
        after: UsageCursor?,
        limit: Int
    ) async throws -> [UsageRecord]
    /// Deletes records of calls that were over before a moment, some at a time.
    /// - Returns: how many were deleted.
    func deleteUsage(before time: Int64, limit: Int) async throws -> Int
    /// The movements of a holder with their numbers in the journal, the newest first.
    /// - Parameter before: only those of smaller numbers; `nil` for the latest.
    func movements(
        of holder: HolderID,
        before: Int64?,
        limit: Int
    ) async throws -> [(number: Int64, movement: Movement)]
}

/// The place of a usage record in their order.
package struct UsageCursor: Hashable, Sendable {
    package var time: Int64
    package var call: CallID

    package init(time: Int64, call: CallID) {
        self.time = time
        self.call = call
    }
}
