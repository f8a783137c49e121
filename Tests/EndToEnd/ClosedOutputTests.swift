import TestSupport
import Testing

extension EndToEnd {
    /// Programs whose standard output nobody reads any more, as behind `| grep -m1 online`.
    @Suite
    struct ClosedOutputTests {
        @Test func bothGoOnServing() async throws {
            try await Stand.with { stand in
                await stand.connector.stop()
                await stand.relay.stop()
                let relay = try Program(
                    "adit-relay",
                    [
                        "serve", "--data", stand.relay.data, "--listen", "127.0.0.1:\(stand.relay.port)", "--dev-tls",
                    ],
                    log: stand.relay.directory.file("unheard.log"),
                    isHeard: false
                )
                let connector = try Program(
                    "adit-connector",
                    stand.connector.arguments,
                    environment: ["ADIT_TOKEN": stand.token.secret],
                    log: stand.connector.directory.file("unheard.log"),
                    isHeard: false
                )
                try await stand.isServing()
                await connector.stop()
                await relay.stop()
                #expect(try await connector.exited.wait(within: 1, "the connector's end") == 0, "\(connector.logText)")
                #expect(try await relay.exited.wait(within: 1, "the relay's end") == 0, "\(relay.logText)")
            }
        }
    }
}
