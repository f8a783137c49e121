import Synchronization
package import Vocabulary

/// Everybody's balance: decided in memory at once, written down in batches.
///
/// ```
/// reserve ──▶ settle ──▶ (durable) listener
///    └──────▶ release
/// ```
/// One lock guards the balances, so that any number of calls at a time never spend more than there is. One task writes:
/// whatever waits goes into one transaction, and those who wait hear when it is durable. A reservation is written down when
/// it is a second old; a shorter one lives and dies in memory, which a crash ends without a trace and without a charge.
package final class Ledger: Sendable {
    /// How long a call may go on without renewing its reservation, in milliseconds.
    package static let lease: Int64 = 300_000
    /// When a reservation is worth writing down, in milliseconds.
    static let youngest: Int64 = 1_000
    /// Between two looks at what is overdue.
    static let pulse = Duration.seconds(1)
    /// How long a batch waits before it looks whether more came.
    static let gathering = Duration.milliseconds(2)
    /// How often it does so at most.
    static let mostGatherings = 2

    struct State: Sendable {
        var book: Book
        var queue = WriteQueue()
        var isWritable = true
        /// Whether the writer has been told that something waits.
        var isRung = false
        /// The wait of a batch for company, while it lasts.
        var gathering: Task<Void, Never>?

        /// Ends the wait for company when nobody is left who could come.
        /// - Returns: its task, to be cancelled outside the lock.
        mutating func endGathering() -> Task<Void, Never>? {
            self.book.reservations.isEmpty ? self.gathering.take() : nil
        }
    }

    let state: Mutex<State>
    let store: any LedgerStore
    let observer: any LedgerObserver
    let sleep: @Sendable (Duration) async -> Void
    /// Milliseconds since 1970.
    package let now: @Sendable () -> Int64
    /// Milliseconds of a clock that goes on evenly whatever the date is set to: for how long something has been so.
    let uptime: @Sendable () -> Int64
    let bell: AsyncStream<Void>
    let ring: AsyncStream<Void>.Continuation

    /// Loads what the store has, and gives back what a relay held for calls when it ended.
    /// - Parameters:
    ///   - sleep: how a batch waits for company: for a time, or until its task is cancelled.
    ///   - now: milliseconds since 1970.
    ///   - uptime: milliseconds of a clock that never steps, as the date may.
    /// - Throws: what the store throws.
    package init(
        store: any LedgerStore,
        observer: any LedgerObserver,
        sleep: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) },
        now: @escaping @Sendable () -> Int64,
        uptime: @escaping @Sendable () -> Int64
    ) async throws {
        let stored = try await store.loadLedger()
        let time = now()
        try await store.write(
            stored.openReservations.map { left in
                LedgerEntry(
                    first: Movement(
                        .release,
                        from: .held(left.holder),
                        to: .available(left.holder),
                        amount: left.amount,
                        time: time,
                        call: left.call,
                        note: Self.leftBehind
                    )
                )
            }
        )
        var book = Book()
        for (holder, balance) in stored.balances { book.give(balance.available, to: holder) }
        for left in stored.openReservations { book.give(left.amount.rawValue, to: left.holder) }
        if !stored.openReservations.isEmpty { observer.released(afterCrash: stored.openReservations.count) }
        self.state = Mutex(State(book: book))
        self.store = store
        self.observer = observer
        self.sleep = sleep
        self.now = now
        self.uptime = uptime
        (self.bell, self.ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What the release of a reservation says that a relay left behind.
    package static let leftBehind = "the relay ended before the call did"

    /// What a holder has now.
    package func balance(of holder: HolderID) -> Book.Balance {
        self.state.withLock { $0.book.balance(of: holder) }
    }

    /// What everybody has who ever had something.
    package var balances: [HolderID: Book.Balance] { self.state.withLock { $0.book.balances } }

    /// How many calls have something put aside.
    package var openReservations: Int { self.state.withLock { $0.book.reservations.count } }
    /// Whether the store takes what is written.
    package var isWritable: Bool { self.state.withLock { $0.isWritable } }

    /// Puts an amount aside for a call, before it is made.
    /// - Throws: `insufficient` when the balance does not cover it, `unavailable` when nothing can be written down.
    package func reserve(_ amount: MicroCredits, of holder: HolderID, for call: CallID) throws(LedgerError) {
        let (now, uptime) = (self.now(), self.uptime())
        let result = self.state.withLock { state -> Result<Void, LedgerError> in
            guard state.isWritable else { return .failure(.unavailable) }
            do throws(LedgerError) {
                try state.book.reserve(amount.rawValue, of: holder, for: call, now: now, until: uptime + Self.lease)
                state.queue.noteReservation(call, at: uptime)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// A call goes on: what is put aside for it stays.
    package func renew(_ call: CallID) {
        let end = self.uptime() + Self.lease
        self.state.withLock { $0.book.renew(call, until: end) }
    }

    /// Ends a call that is to be paid, once: whoever settles it again is told so at once.
    /// - Parameters:
    ///   - cost: what it cost; what the balance does not cover is written down as shortfall.
    ///   - record: what is kept of the call; written with the settlement or not at all.
    ///   - name: what the caller called the call; written in the same way.
    ///   - listener: hears when the settlement is durable, or why it is not: then nothing was charged.
    package func settle(
        _ call: CallID,
        cost: MicroCredits,
        record: consuming UsageRecord?,
        name: PaidName? = nil,
        _ listener: @escaping @Sendable (Result<Void, LedgerError>) -> Void
    ) {
        let now = self.now()
        let (isKnown, mustRing, gathering) = self.state.withLock { state -> (Bool, Bool, Task<Void, Never>?) in
            guard let ending = state.book.settle(call, cost: cost.rawValue) else { return (false, false, nil) }
            var kept: KeptRecord?
            if var record = record.take() {
                record.cost = MicroCredits(ending.charged)
                record.shortfall = MicroCredits(ending.shortfall)
                kept = KeptRecord(record)
            }
            var entry = Self.entry(for: ending, of: call, at: now, keeping: kept)
            entry.name = name
            state.queue.append(.init(entry: entry, ending: ending, call: call, listener: listener))
            defer { state.isRung = true }
            return (true, !state.isRung, state.endGathering())
        }
        gathering?.cancel()
        if !isKnown { listener(.failure(.duplicateCall)) } else if mustRing { self.ring.yield() }
    }

    /// Ends a call that is not to be paid.
    /// - Parameter record: what is kept of the call, if anything; nobody waits for it.
    package func release(_ call: CallID, record: UsageRecord? = nil) {
        let now = self.now()
        let (isUrgent, gathering) = self.state.withLock { state -> (Bool, Task<Void, Never>?) in
            let ending = state.book.release(call)
            let gathering = state.endGathering()
            if let ending, ending.reservation.isWritten {
                let entry = Self.entry(for: ending, of: call, at: now, keeping: record.map(KeptRecord.init))
                state.queue.append(.init(entry: entry, ending: ending, call: call))
                return (true, gathering)
            }
            if let record { state.queue.append(record) }
            return (false, gathering)
        }
        gathering?.cancel()
        if isUrgent { self.ring.yield() }
    }

    /// Keeps a record of a call that has nothing to do with money. Nobody waits for it.
    package func keep(_ record: UsageRecord) {
        self.state.withLock { $0.queue.append(record) }
    }

    /// The movements that end a call: those of a reservation that the store knows, or the charge alone.
    static func entry(
        for ending: Book.Ending,
        of call: CallID,
        at time: Int64,
        keeping record: KeptRecord? = nil
    ) -> LedgerEntry {
        let reservation = ending.reservation
        let available = LedgerAccount.available(reservation.holder)
        func move(
            _ kind: Movement.Kind,
            _ from: LedgerAccount,
            _ to: LedgerAccount,
            _ amount: Int64
        ) -> Movement? {
            guard amount > 0 else { return nil }
            return Movement(kind, from: from, to: to, amount: MicroCredits(amount), time: time, call: call)
        }
        guard reservation.isWritten else {
            return LedgerEntry(first: move(.settlement, available, .sales, ending.charged), keeping: record)
        }
        // All that is held is let go of first; a charge may be more than that.
        return LedgerEntry(
            first: move(.release, .held(reservation.holder), available, reservation.amount),
            second: move(.settlement, available, .sales, ending.charged),
            keeping: record
        )
    }
}

/// Hears what the ledger has to say to whoever hosts the relay. Must not wait.
package protocol LedgerObserver: Sendable {
    /// Reservations that a relay left behind were given back.
    func released(afterCrash count: Int)
    /// A batch could not be written: nothing of it was charged, and calls that are to be paid are refused from now on.
    func writingFailed(_ reason: String, entries: Int)
    /// Batches can be written again.
    func writingWorks()
    /// Reservations that nobody renewed were given back: a defect of the relay.
    func released(expired count: Int)
    /// Records of calls that nobody waits for were dropped: as many as may wait to be written did already.
    func recordsDropped(_ count: Int)
}
