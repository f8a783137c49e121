import Synchronization
package import Vocabulary

/// What moves money other than calls. Each is durable when it returns.
extension Ledger {
    /// Adds what a holder paid for.
    package func topUp(_ amount: MicroCredits, of holder: HolderID, note: String) async throws(LedgerError) -> Movement
    {
        try await self.give(
            Movement(
                .topUp,
                from: .cash,
                to: .available(holder),
                amount: amount,
                time: self.now(),
                note: note
            ),
            to: holder
        )
    }

    /// Corrects a balance, up or down.
    /// - Parameter amount: below zero to take; not more than what is available.
    package func adjust(
        by amount: MicroCredits,
        of holder: HolderID,
        note: String
    ) async throws(LedgerError) -> Movement {
        guard amount < .zero else {
            return try await self.give(
                Movement(
                    .adjustment,
                    from: .adjustments,
                    to: .available(holder),
                    amount: amount,
                    time: self.now(),
                    note: note
                ),
                to: holder
            )
        }
        guard let taken = MicroCredits.zero.subtracting(amount) else { throw .impossibleAmount }
        let movement = Movement(
            .adjustment,
            from: .available(holder),
            to: .adjustments,
            amount: taken,
            time: self.now(),
            note: note
        )
        let result = self.state.withLock { state -> Result<Void, LedgerError> in
            do throws(LedgerError) {
                return .success(try state.book.take(taken.rawValue, from: holder))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        do throws(LedgerError) {
            try await self.write(movement)
        } catch {
            self.state.withLock { $0.book.give(taken.rawValue, to: holder) }
            throw error
        }
        return movement
    }

    /// Gives back what was charged for a call, or a part of it.
    /// - Parameters:
    ///   - amount: `nil` for all that is left of it.
    ///   - isThere: whether somebody is still there who can have it.
    package func refund(
        _ call: CallID,
        amount: MicroCredits?,
        note: String,
        if isThere: (HolderID) -> Bool = { _ in true }
    ) async throws(LedgerError) -> Movement {
        let charge = try await self.attempt { try await $0.settlement(of: call) }
        guard let charge else { throw .notFound("charge for a call «\(call)»") }
        guard isThere(charge.holder) else {
            throw .conflict("The user who paid for «\(call)» is deleted: nobody could have what is given back.")
        }
        let amount = amount ?? charge.left
        guard amount > .zero, amount <= charge.left else {
            throw .conflict("Of the charge for «\(call)», \(charge.left) credits are left to be given back.")
        }
        return try await self.give(
            Movement(
                .refund,
                from: .sales,
                to: .available(charge.holder),
                amount: amount,
                time: self.now(),
                call: call,
                note: note
            ),
            to: charge.holder
        )
    }

    /// Keeps codes that were made.
    package func add(_ codes: [RedeemCode]) async throws(LedgerError) {
        guard codes.allSatisfy({ $0.amount > .zero && $0.amount.rawValue <= Book.largest }) else {
            throw .impossibleAmount
        }
        try await self.attempt { try await $0.insert(codes) }
    }

    /// Gives a code's worth to whoever has its secret, once.
    package func redeem(_ digest: RedeemCode.Digest, by holder: HolderID) async throws(LedgerError) -> RedeemCode {
        let time = self.now()
        let room = MicroCredits(self.state.withLock { $0.book.room(of: holder) })
        let code = try await self.attempt { try await $0.redeem(digest, by: holder, atMost: room, time: time) }
        self.state.withLock { $0.book.give(code.amount.rawValue, to: holder) }
        return code
    }

    private func give(_ movement: Movement, to holder: HolderID) async throws(LedgerError) -> Movement {
        let amount = movement.amount.rawValue
        guard self.state.withLock({ $0.book.canGive(amount, to: holder) }) else { throw .impossibleAmount }
        try await self.write(movement)
        self.state.withLock { $0.book.give(amount, to: holder) }
        return movement
    }

    /// Behind what waits already: what a holder has now may rest on it.
    private func write(_ movement: Movement) async throws(LedgerError) {
        let result = await withCheckedContinuation { continuation in
            let item = WriteQueue.Item(entry: LedgerEntry(first: movement)) { continuation.resume(returning: $0) }
            self.state.withLock { $0.queue.append(item) }
            self.ring.yield()
        }
        try result.get()
    }

    /// Asks the store in a task of its own: whoever asked may be cancelled meanwhile, and what is stored must be shown.
    package func attempt<Result: Sendable>(
        _ action: @escaping @Sendable (any LedgerStore) async throws -> Result
    ) async throws(LedgerError) -> Result {
        let store = self.store
        switch await Task(operation: { try await action(store) }).result {
        case .success(let result): return result
        case .failure(let error as LedgerError): throw error
        case .failure(let error): throw .storage("\(error)")
        }
    }
}
