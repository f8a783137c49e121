import Synchronization
import Vocabulary

/// The one task that writes.
extension Ledger {
    /// Writes what waits, until it is cancelled and nothing waits any more.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.pulse)
                    self.giveBackExpired()
                    self.reportDropped()
                    self.ring.yield()
                }
                self.ring.finish()
            }
            // In tasks of their own: this one may be cancelled at any time, and stores give up what they write for those.
            for await _ in self.bell { await Task { await self.flush(gathering: true) }.value }
            await Task { await self.flush() }.value
        }
    }

    /// Writes until nothing waits.
    /// - Parameter gathering: whether a batch may wait for company: for the task that writes only.
    package func flush(gathering: Bool = false) async {
        // Whoever comes from now on rings again.
        self.state.withLock { $0.isRung = false }
        if !self.isWritable { guard await self.recover() else { return } }
        repeat {
            if gathering { await self.gather() }
        } while await self.writeBatch()
    }

    /// Waits under load as long as more comes, and not long: all who are in a batch share what it costs beside its rows.
    ///
    /// Nobody waits who is nearly alone: how many there are is what the batch just before had. Nor does anybody when no call
    /// is under way any more that could come yet.
    private func gather() async {
        var waiting = 0
        for _ in 0..<Self.mostGatherings {
            let now = self.uptime()
            let gathering = self.state.withLock { state -> Task<Void, Never>? in
                let count = state.queue.items.count
                defer { waiting = count }
                guard count > waiting, count < WriteQueue.largestBatch, !state.book.reservations.isEmpty,
                    state.queue.hadCompany(at: now)
                else { return nil }
                // A task for each wait: whoever cancels one late does not cut the next one short.
                state.gathering = Task { await self.sleep(Self.gathering) }
                return state.gathering
            }
            guard let gathering else { return }
            await gathering.value
            self.state.withLock { $0.gathering = nil }
        }
    }

    /// - Returns: whether there may be more to write.
    private func writeBatch() async -> Bool {
        let now = self.uptime()
        let (batch, owed) = self.state.withLock { state in
            for call in state.queue.takeOld(before: now - Self.youngest) {
                guard let reservation = state.book.markWritten(call), reservation.amount > 0 else { continue }
                let movement = Movement(
                    .reservation,
                    from: .available(reservation.holder),
                    to: .held(reservation.holder),
                    amount: MicroCredits(reservation.amount),
                    time: reservation.time,
                    call: call
                )
                state.queue.append(.init(entry: LedgerEntry(first: movement), call: call))
            }
            return (state.queue.takeBatch(at: now), state.queue.owed)
        }
        guard !batch.isEmpty || !owed.isEmpty else { return false }
        do {
            try await self.store.write(owed + batch.map(\.entry))
            self.state.withLock { $0.queue.paid(owed.count) }
            for item in batch { item.listener?(.success(())) }
            return true
        } catch let error as LedgerError {
            self.observer.writingFailed("\(error)", entries: batch.count)
            return await self.writeOneByOne(batch, owed: owed)
        } catch {
            self.fail(batch, .storage("\(error)"))
            self.stopWriting("\(error)", entries: batch.count)
            return false
        }
    }

    /// One entry of a batch breaks a rule: each is tried by itself, so that the others are not held up.
    private func writeOneByOne(_ batch: [WriteQueue.Item], owed: [LedgerEntry]) async -> Bool {
        var rest = batch[...]
        do {
            for entry in owed {
                // What breaks a rule will do so for ever: it is owed no longer.
                do { try await self.store.write([entry]) } catch is LedgerError {}
                self.state.withLock { $0.queue.paid(1) }
            }
            var unknown: Set<CallID> = []
            while let first = rest.first {
                let item = unknown.isEmpty ? first : first.withoutReservation(ifAmong: unknown, at: self.now())
                do {
                    try await self.store.write([item.entry])
                    item.listener?(.success(()))
                } catch let error as LedgerError {
                    if item.ending == nil, let call = item.call { unknown.insert(call) }
                    self.fail([item], error)
                }
                rest = rest.dropFirst()
            }
            return true
        } catch {
            self.fail(Array(rest), .storage("\(error)"))
            self.stopWriting("\(error)", entries: rest.count)
            return false
        }
    }

    /// What could not be written was not charged: it is given back, and what the store holds for it is owed.
    private func fail(_ batch: [WriteQueue.Item], _ error: LedgerError) {
        let (now, uptime) = (self.now(), self.uptime())
        self.state.withLock { state in
            // Reservations that the store does not know after all; their calls may be over by now, in a later item.
            let unknown = Set(batch.compactMap { $0.ending == nil ? $0.call : nil })
            for call in unknown { state.book.unmarkWritten(call) }
            state.queue.forget(unknown, at: uptime, date: now)
            for item in batch {
                guard let call = item.call, let ending = item.ending else { continue }
                state.book.give(ending.charged, to: ending.reservation.holder)
                guard ending.reservation.isWritten, !unknown.contains(call) else { continue }
                let unpaid = Book.Ending(reservation: ending.reservation, charged: 0, shortfall: 0)
                state.queue.owe(Self.entry(for: unpaid, of: call, at: now))
            }
        }
        for item in batch { item.listener?(.failure(error)) }
    }

    private func stopWriting(_ reason: String, entries: Int) {
        self.state.withLock { $0.isWritable = false }
        self.observer.writingFailed(reason, entries: entries)
    }

    /// Whoever comes while nothing can be written is refused; what waits is told so.
    /// - Returns: whether writing works again.
    private func recover() async -> Bool {
        do {
            try await self.store.probe(time: self.now())
            self.state.withLock { $0.isWritable = true }
            self.observer.writingWorks()
            return true
        } catch {
            let now = self.uptime()
            let batch = self.state.withLock { $0.queue.takeBatch(at: now) }
            self.fail(batch, .storage("\(error)"))
            return false
        }
    }

    /// Gives back what is put aside for calls that nobody goes on with.
    func giveBackExpired() {
        let now = self.uptime()
        let expired = self.state.withLock { $0.book.expired(now: now) }
        guard !expired.isEmpty else { return }
        for call in expired { self.release(call) }
        self.observer.released(expired: expired.count)
    }

    /// Says how many records were dropped since it was said last.
    func reportDropped() {
        let dropped = self.state.withLock { $0.queue.takeDropped() }
        if dropped > 0 { self.observer.recordsDropped(dropped) }
    }
}
