import Logging
import Synchronization
import Testing

@testable import RelayCommand

@Suite("Work that is done again and again")
struct PeriodicTests {
    @Test("what is under way when the relay stops is done to its end, and once more")
    func end() async throws {
        let (begun, gate) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        let done = Counter()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let periodic = Periodic(pause: .seconds(3_600), failure: "not done", logger: logger) {
            begun.continuation.yield()
            for await _ in gate.stream {}
            // As databases do.
            try Task.checkCancellation()
            done.count.withLock { $0 += 1 }
        }
        let running = Task { try await periodic.run() }
        for await _ in begun.stream { break }
        running.cancel()
        gate.continuation.finish()
        try await running.value
        #expect(done.count.withLock { $0 } == 2)
    }
}

private final class Counter: Sendable {
    let count = Mutex(0)
}
