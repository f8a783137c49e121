package import Vocabulary

/// Balances and reservations as a pure value: what every call is decided by.
///
/// ```
/// reserve ─▶ settle | release
/// ```
/// Amounts that a holder loses are taken at once; amounts that a holder gains are given when they are durable. So nothing
/// is ever spent that a crash would take back.
package struct Book: Sendable {
    /// What a holder has.
    package struct Balance: Hashable, Sendable {
        package var available: Int64 = 0
        package var held: Int64 = 0

        package init(available: Int64 = 0, held: Int64 = 0) {
            self.available = available
            self.held = held
        }
    }

    /// What is put aside for one call.
    package struct Reservation: Hashable, Sendable {
        package var holder: HolderID
        package var amount: Int64
        /// Milliseconds since 1970.
        package var time: Int64
        /// When it is given back unless somebody renews it, by a clock that never steps.
        package var leaseEnd: Int64
        /// Whether the store has been told of it, or is about to be.
        package var isWritten = false
    }

    /// What became of a call's reservation.
    package struct Ending: Hashable, Sendable {
        package var reservation: Reservation
        /// What the call cost, as far as the balance covered it.
        package var charged: Int64
        /// What it cost beyond that.
        package var shortfall: Int64
    }

    /// The most that one holder can have; twice as much still fits.
    package static let largest = Int64.max / 4

    package private(set) var balances: [HolderID: Balance] = [:]
    package private(set) var reservations: [CallID: Reservation] = [:]

    package init(balances: [HolderID: Balance] = [:]) {
        self.balances = balances
    }

    package func balance(of holder: HolderID) -> Balance { self.balances[holder] ?? Balance() }

    /// Puts an amount aside for a call.
    /// - Parameters:
    ///   - now: milliseconds since 1970.
    ///   - leaseEnd: see ``Reservation/leaseEnd``.
    /// - Throws: `insufficient`, `duplicateCall`, `impossibleAmount`.
    package mutating func reserve(
        _ amount: Int64,
        of holder: HolderID,
        for call: CallID,
        now: Int64,
        until leaseEnd: Int64
    ) throws(LedgerError) {
        guard amount >= 0 else { throw .impossibleAmount }
        guard self.reservations[call] == nil else { throw .duplicateCall }
        // Looked up once: every paid call is reserved, and most of what that costs is the hash of a name.
        let place = self.balances.index(forKey: holder)
        let available = place.map { self.balances.values[$0].available } ?? 0
        // Nothing left is nothing left, however little a call is estimated to cost.
        guard let place, available >= amount, available > 0 else {
            throw .insufficient(available: MicroCredits(available))
        }
        self.balances.values[place].available -= amount
        self.balances.values[place].held += amount
        self.reservations[call] = Reservation(holder: holder, amount: amount, time: now, leaseEnd: leaseEnd)
    }

    /// Ends a call that is to be paid; `nil` when nothing is put aside for it (any more).
    ///
    /// What it cost beyond the reservation is taken from what is available, and never more than that.
    package mutating func settle(_ call: CallID, cost: Int64) -> Ending? {
        // Who has something put aside has a balance, which is never forgotten.
        guard let reservation = self.reservations.removeValue(forKey: call),
            let place = self.balances.index(forKey: reservation.holder)
        else { return nil }
        var balance = self.balances.values[place]
        balance.held -= reservation.amount
        balance.available += reservation.amount
        let charged = min(max(cost, 0), balance.available)
        balance.available -= charged
        self.balances.values[place] = balance
        return Ending(reservation: reservation, charged: charged, shortfall: max(cost, 0) - charged)
    }

    /// Ends a call that is not to be paid; `nil` when nothing is put aside for it (any more).
    package mutating func release(_ call: CallID) -> Ending? {
        self.settle(call, cost: 0)
    }

    /// Notes that the store is told of a reservation; `nil` when it is over, or was told already.
    package mutating func markWritten(_ call: CallID) -> Reservation? {
        guard let reservation = self.reservations[call], !reservation.isWritten else { return nil }
        self.reservations[call]?.isWritten = true
        return reservation
    }

    /// The store could not be told of a reservation after all.
    package mutating func unmarkWritten(_ call: CallID) {
        self.reservations[call]?.isWritten = false
    }

    /// A call goes on: its reservation stays.
    package mutating func renew(_ call: CallID, until end: Int64) {
        self.reservations[call]?.leaseEnd = end
    }

    /// The calls whose reservations nobody has renewed in time.
    package func expired(now: Int64) -> [CallID] {
        self.reservations.filter { $0.value.leaseEnd <= now }.map(\.key)
    }

    /// Gives an amount that is durable, or that was taken and could not be made durable.
    package mutating func give(_ amount: Int64, to holder: HolderID) {
        self.balances[holder, default: Balance()].available += amount
    }

    /// Whether an amount can be given.
    package func canGive(_ amount: Int64, to holder: HolderID) -> Bool {
        amount > 0 && amount <= self.room(of: holder)
    }

    /// How much a holder can be given at most.
    package func room(of holder: HolderID) -> Int64 {
        let balance = self.balance(of: holder)
        return Self.largest - balance.available - balance.held
    }

    /// Takes an amount that is about to be made durable.
    package mutating func take(_ amount: Int64, from holder: HolderID) throws(LedgerError) {
        guard amount > 0 else { throw .impossibleAmount }
        let available = self.balance(of: holder).available
        guard available >= amount else { throw .insufficient(available: MicroCredits(available)) }
        self.balances[holder, default: Balance()].available -= amount
    }
}
