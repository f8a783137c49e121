/// The one place that changes the directory: store first, then memory, one change at a time.
///
/// An actor alone would let a second change begin while the first waits for the store; the line of waiting changes does not.
actor DirectoryWriter {
    private let store: any AccountStore
    private let observer: (any DirectoryObserver)?
    private var isBusy = false
    private var line: [CheckedContinuation<Void, Never>] = []

    init(store: any AccountStore, observer: (any DirectoryObserver)?) {
        self.store = store
        self.observer = observer
    }

    /// Makes one change: `make` judges the snapshot and says what to store and what is seen afterwards.
    func change<Result: Sendable>(
        _ directory: Directory,
        telling change: Change? = nil,
        _ make: @Sendable (Snapshot) throws(DirectoryError) -> Step<Result>
    ) async throws(DirectoryError) -> Result {
        await self.takeTurn()
        defer { self.endTurn() }
        let step = try make(directory.snapshot)
        if let store = step.store {
            do {
                try await store(self.store)
            } catch let error as DirectoryError {
                throw error
            } catch {
                throw DirectoryError(
                    code: .storage,
                    message: "The change could not be stored, and was not made: \(error)"
                )
            }
        }
        if let after = step.after { directory.publish(after) }
        if let change, step.store != nil { self.observer?.directory(changed: change) }
        return step.result
    }

    func recordUse(_ uses: [KeyID: Int], in directory: Directory) async throws(DirectoryError) {
        try await self.change(directory) { (snapshot: Snapshot) throws(DirectoryError) -> Step<Void> in
            var keys = snapshot.keys
            for (id, time) in uses { keys[id]?.lastUsed = time }
            return Step(result: (), store: { try await $0.recordUse(uses) }, after: snapshot.with(keys: keys))
        }
    }

    /// What a change comes to.
    struct Step<Result: Sendable>: Sendable {
        var result: Result
        /// `nil` when everything is as it should be already.
        var store: (@Sendable (any AccountStore) async throws -> Void)?
        var after: Snapshot?
    }

    private func takeTurn() async {
        guard self.isBusy else {
            self.isBusy = true
            return
        }
        await withCheckedContinuation { self.line.append($0) }
    }

    private func endTurn() {
        if self.line.isEmpty {
            self.isBusy = false
        } else {
            self.line.removeFirst().resume()
        }
    }
}
