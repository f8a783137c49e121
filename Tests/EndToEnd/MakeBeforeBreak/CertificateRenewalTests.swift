import Foundation
import TestSupport
import Testing

extension Faults {
    /// A relay that gets another certificate while callers call without a pause.
    @Suite
    struct CertificateRenewalTests {
        @Test func noCallFails() async throws {
            try await Stand.with { stand in
                SteadyLoad.serve(on: stand.upstream)
                // The next certificate is that of another relay; callers and the connector trust either.
                let other = try await RelayUnderTest.start()
                await other.stop()
                let folder = try TemporaryDirectory()
                let either = folder.file("either.pem")
                let authorities = try [stand.relay, other].map {
                    try String(contentsOfFile: $0.authority, encoding: .utf8)
                }
                try authorities.joined().write(toFile: either, atomically: true, encoding: .utf8)
                let settings = "relay: \(stand.relay.url)\nca-file: \(either)\nupstreams: [\(stand.upstream.url)]\n"
                let connector = try await ConfiguredConnector(settings, token: stand.token.secret)
                await stand.connector.stop()
                let caller = try HTTPCaller(port: stand.relay.port, authority: either, key: stand.key.secret)
                let fresh = SteadyLoad(caller, callers: 6)
                let kept = SteadyLoad(caller, callers: 6, keepsConnections: true)
                for load in [fresh, kept] { try await load.goesOn() }

                try FileManager.default.removeItem(atPath: "\(stand.relay.data)/dev-tls")
                try FileManager.default.copyItem(
                    atPath: "\(other.data)/dev-tls",
                    toPath: "\(stand.relay.data)/dev-tls"
                )
                stand.relay.program.signal(SIGHUP)
                try await eventually("the relay says that it has reloaded") {
                    stand.relay.program.logText.contains("new connections get the certificate as it is now")
                }
                let renewed = try HTTPCaller(port: stand.relay.port, authority: other.authority, key: stand.key.secret)
                #expect(try await renewed.get("/v1/models").status == 200)
                await #expect(throws: (any Error).self) { try await stand.caller.get("/v1/models") }
                for load in [fresh, kept] { try await load.goesOn() }

                // The tunnels were dialled before; those that take their place see the certificate as it is now.
                try await connector.reload(settings, token: stand.token.secret)
                for load in [fresh, kept] {
                    try await load.goesOn()
                    await load.stop()
                    #expect(load.failures == [])
                }
                connector.program.terminate()
                #expect(try await connector.program.exited.wait(within: 20, "the connector ends") == 0)
            }
        }
    }
}
