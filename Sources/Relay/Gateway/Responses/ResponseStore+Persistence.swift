import Admission
import Dialects
import Synchronization

/// Stored responses on their way to a disk and back. Those that belong to a WebSocket alone are never among them.
extension ResponseStore {
    /// What has changed since this was last asked; each change is told once, unless it is given back.
    ///
    /// The relay that has this one's place is told with it what is still being made here.
    package func takeChanges() -> KeptChanges {
        let now = self.now()
        let changes = self.state.withLock { state in
            state.shelf.sweep(now: now)
            let running = state.running
            return state.shelf.takeChanges(now: now) { running.entry($0) }
        }
        return KeptChanges(changes: changes)
    }

    /// Changes could not be written down: they are told again the next time.
    package func giveBack(_ changes: KeptChanges) {
        self.state.withLock { $0.shelf.giveBack(changes.changes) }
    }

    /// Takes what was written down, by an earlier relay or by one that still runs.
    package func restore(_ responses: [KeptResponse]) {
        var making: Set<String> = []
        var puts: [ResponseChanges<RecognisedKey>.Put] = []
        for kept in responses.sorted(by: { $0.usedAt < $1.usedAt }) {
            guard let owner = RecognisedKey(bytes: kept.owner) else { continue }
            let entry = Shelf.Entry(
                owner: owner,
                previous: kept.previous,
                input: kept.input,
                response: kept.response,
                itemIDs: Self.itemIDs(in: kept.response, kept.input, of: kept.id)
            )
            puts.append(.init(id: kept.id, entry: entry, usedAt: kept.usedAt))
            if Responses.isInProgress(kept.response) { making.insert(kept.id) }
        }
        self.state.withLock { state in
            state.shelf.restore(puts)
            for put in puts { state.company.making.remove(put.id) }
            state.company.making.formUnion(making)
        }
    }
}
