internal import Ledger
internal import Logging
internal import ServiceLifecycle

/// Writes the ledger until the relay has stopped, and forgets old records.
struct LedgerService: Service {
    let ledger: Ledger
    /// How long records of calls are kept; zero for ever.
    let retention: Duration
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.ledger.run() }
                group.addTask {
                    await self.forget("names of calls", after: PaidName.life) {
                        try await $0.deleteNames(before: $1, limit: $2)
                    }
                }
                if self.retention > .zero {
                    let life = self.retention.components.seconds * 1_000
                    group.addTask {
                        await self.forget("usage records", after: life) {
                            try await $0.deleteUsage(before: $1, limit: $2)
                        }
                    }
                }
            }
        }
    }

    /// - Parameters:
    ///   - life: how long they are kept, in milliseconds.
    ///   - delete: deletes what is from before a moment, so many at most, and answers how many there were.
    private func forget(
        _ what: String,
        after life: Int64,
        _ delete: @escaping @Sendable (any LedgerStore, Int64, Int) async throws -> Int
    ) async {
        while !Task.isCancelled {
            let end = self.ledger.now() - life
            do {
                // Some at a time, so that calls which are to be paid wait for no more than that.
                while try await self.ledger.attempt({ try await delete($0, end, 1_000) }) == 1_000 {
                    try await Task.sleep(for: .milliseconds(50))
                }
            } catch is CancellationError {
                return
            } catch {
                self.logger.warning("old \(what) were not deleted", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(3_600))
        }
    }
}

/// Tells the log what happens to the ledger.
struct LedgerLog: LedgerObserver {
    let logger: Logger

    func released(afterCrash count: Int) {
        self.logger.notice(
            "calls that a relay left behind were not charged; what was put aside for them is given back",
            metadata: ["calls": "\(count)"]
        )
    }

    func writingFailed(_ reason: String, entries: Int) {
        self.logger.error(
            "the ledger cannot be written: nothing of this was charged, and calls that are to be paid get a 500 until it can",
            metadata: ["entries": "\(entries)", "error": "\(reason)"]
        )
    }

    func writingWorks() {
        self.logger.notice("the ledger can be written again")
    }

    func released(expired count: Int) {
        self.logger.error("calls held money without going on; it is given back", metadata: ["calls": "\(count)"])
    }

    func recordsDropped(_ count: Int) {
        self.logger.error(
            "records of calls that were not charged were dropped: as many as may wait for the disk do so already",
            metadata: ["records": "\(count)"]
        )
    }
}
