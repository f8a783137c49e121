private import Glibc
package import Logging
private import UnixSignals

/// Ends the process at once when it is told to stop a second time: the first signal stops it in order.
package enum SecondSignal {
    /// Watches from now on until the task is cancelled.
    /// - Parameters:
    ///   - logger: asked for when something is to be said: it may be another one by then.
    ///   - lastly: what is to be said before the end; short, as somebody is impatient.
    package static func watch(
        logger: @escaping @autoclosure @Sendable () -> Logger,
        lastly: @escaping @Sendable () async -> Void = {}
    ) -> Task<Void, Never> {
        Task {
            var count = 0
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                count += 1
                guard count > 1 else { continue }
                logger().warning("second signal: stopping at once", metadata: ["signal": "\(signal)"])
                await lastly()
                exit(1)
            }
        }
    }
}
