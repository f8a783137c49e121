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

    /// What a change comes to.
    struct Step<Result: Sendable>: Sendable {
        var result: Result
        /// `nil` when everything is as it should be already; then nothing else happens either.
        var store: (@Sendable (any AccountStore) async throws -> Void)?
        var show: (@Sendable (inout Snapshot.Tables) -> Void)?
        var tell: Change?
    }

    /// Makes one change: `judge` sees the accounts as they are when its turn has come, and says what to do.
    func change<Result: Sendable>(
        _ directory: Directory,
        _ judge: @Sendable (Snapshot.Tables) throws(DirectoryError) -> Step<Result>
    ) async throws(DirectoryError) -> Result {
        await self.takeTurn()
        defer { self.endTurn() }
        let snapshot = directory.snapshot
        let step = try judge(snapshot.tables)
        guard let store = step.store else { return step.result }
        try await self.keep(store)
        if let show = step.show { directory.publish(snapshot.changed(show)) }
        if let change = step.tell { self.observer?.directory(changed: change) }
        return step.result
    }

    private func keep(
        _ change: @escaping @Sendable (any AccountStore) async throws -> Void
    ) async throws(DirectoryError) {
        let store = self.store
        // In a task of its own: whoever asked may be cancelled meanwhile, and what is stored must also be shown.
        switch await Task(operation: { try await change(store) }).result {
        case .success: return
        case .failure(let error as DirectoryError): throw error
        case .failure(let error):
            throw DirectoryError(
                code: .storage,
                message: "The change could not be stored, and was not made: \(error)"
            )
        }
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
