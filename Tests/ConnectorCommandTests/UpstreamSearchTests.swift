import Synchronization
import Testing
import Upstream

@testable import ConnectorCommand

@Suite("The search for a model server that comes later")
struct UpstreamSearchTests {
    /// Answers from a list, then nothing more.
    private final class Answers: Sendable {
        private let answers: Mutex<[UpstreamConfiguration?]>
        private let waits = Mutex<[Duration]>([])

        init(_ answers: [UpstreamConfiguration?]) {
            self.answers = Mutex(answers)
        }

        var pauses: [Duration] { self.waits.withLock { $0 } }

        func next() -> UpstreamConfiguration? {
            self.answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        }

        func sleep(_ pause: Duration) throws {
            self.waits.withLock { $0.append(pause) }
            if self.answers.withLock({ $0.isEmpty }) { throw CancellationError() }
        }
    }

    @Test("it looks as often as an ill server is asked, and goes on when one was found")
    func looks() async throws {
        let server = UpstreamConfiguration(address: try UpstreamAddress("http://127.0.0.1:1"))
        let answers = Answers([nil, nil, server, nil, server])
        let search = UpstreamSearch(find: { answers.next() }, sleep: { try answers.sleep($0) })
        async let running: Void = search.run()
        var found = 0
        for await upstream in search.found {
            #expect(upstream == server)
            found += 1
        }
        await running
        // Of two that nobody has heard of yet the newer one counts.
        #expect((1...2).contains(found))
        #expect(answers.pauses == Array(repeating: UpstreamMonitor.pauseWhenNot, count: 6))
    }
}
