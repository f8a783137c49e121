private import Dispatch

/// Where the ledger is written: one thread at a time, which may wait for a disk without a task of anybody else's waiting too.
///
/// A batch stays on it from its beginning to its end, as far as the store does: what a batch costs beside its rows is mostly
/// threads that wake each other.
final class WriterQueue: TaskExecutor {
    private let queue = DispatchQueue(label: "ledger")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        self.queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// A wait of the writer's that is over early when nobody is left to wait for.
package protocol WriterPause: Sendable {
    /// Waits for a time, or until ``end()`` is called.
    func wait(_ duration: Duration) async
    /// Ends the wait that is under way, or else the next one: called under the ledger's lock, must not wait.
    func end()
}

/// A wait by the clock, which blocks its thread: for the writer's own.
package struct TimedPause: WriterPause {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}

    package func wait(_ duration: Duration) async { self.block(duration) }

    private func block(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let wait = DispatchTimeInterval.nanoseconds(Int(seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
        _ = self.semaphore.wait(timeout: .now() + wait)
    }

    package func end() { self.semaphore.signal() }
}
