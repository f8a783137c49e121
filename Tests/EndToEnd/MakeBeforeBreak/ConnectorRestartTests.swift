import TestSupport
import Testing

extension Faults {
    /// Connectors that are started anew while callers call without a pause.
    @Suite(.stand())
    struct ConnectorRestartTests {
        /// Another connector like the stand's.
        private static func another(_ stand: Stand, waits: Bool) async throws -> ConnectorUnderTest {
            try await ConnectorUnderTest.start(
                relay: stand.relay,
                token: stand.token.secret,
                upstream: stand.upstream.url,
                waits: waits
            )
        }

        private static func end(_ connector: ConnectorUnderTest) async throws {
            connector.program.terminate()
            #expect(try await connector.program.exited.wait(within: 30, "the connector ends") == 0)
        }

        @Test func noCallFails() async throws {
            let stand = try Stand.lent
            SteadyLoad.serve(on: stand.upstream)
            let load = SteadyLoad(stand.caller, callers: 12)
            try await load.goesOn()

            // The successor is there before the old one ends.
            let second = try await Self.another(stand, waits: true)
            try await Self.end(stand.connector)
            try await load.goesOn()

            // A supervisor ends the one and starts the other at once: calls wait for whoever comes.
            let third = try await Self.another(stand, waits: false)
            try await Self.end(second)
            try await third.online()
            try await load.goesOn()

            // One alone, which comes back after it has ended and some more.
            try await Self.end(third)
            try await Task.sleep(for: .seconds(1))
            try await third.startAgain()
            try await load.goesOn()

            await load.stop()
            #expect(load.failures == [])
            #expect(try await stand.waits("served") > 0)
            await third.stop()
        }
    }
}
