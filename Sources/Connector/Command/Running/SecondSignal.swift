private import Foundation
internal import Logging
private import UnixSignals

/// Ends the process at once when it is told to stop a second time.
enum SecondSignal {
    static func watch(logger: Logger) -> Task<Void, Never> {
        Task {
            var count = 0
            for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                count += 1
                guard count > 1 else { continue }
                logger.warning("second signal: stopping at once", metadata: ["signal": "\(signal)"])
                exit(1)
            }
        }
    }
}
