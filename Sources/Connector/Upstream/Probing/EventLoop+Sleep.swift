import NIOCore

extension EventLoop {
    /// Waits by the event loop's clock.
    /// - Throws: when the task is cancelled meanwhile.
    func sleep(for time: TimeAmount) async throws {
        let waking = self.scheduleTask(in: time) {}
        try await withTaskCancellationHandler {
            try await waking.futureResult.get()
        } onCancel: {
            waking.cancel()
        }
    }
}
