import Foundation
import NIOCore
import NIOPosix
import Testing
import Upstream

@testable import ConnectorCommand

/// What the doctor prints of its checks, and of those that it could not make.
struct FindingTests {
    @Test func whatIsSkippedEndsWithItsExamination() {
        #expect(Finding.skipped(from: .streaming).map(\.check) == [.streaming, .idle, .upgrade, .websocket, .tunnel])
        #expect(Finding.skipped(from: .host).map(\.check) == [.host, .models, .firstToken])
        #expect(Finding.skipped(from: .name).count + Finding.skipped(from: .modelServer).count == Check.allCases.count)
        #expect(Finding.skipped(from: .tunnel) == [Finding(.tunnel, .skipped, "not looked at")])
    }

    /// Programs read these names.
    @Test func theNamesOfTheChecks() throws {
        #expect(
            Check.allCases.map(\.rawValue) == [
                "name", "connection", "proxy", "tls", "relay", "token", "clock", "streaming", "idle", "upgrade",
                "websocket", "tunnel", "model server", "host", "models", "token of it",
            ]
        )
        let json = String(decoding: try JSONEncoder().encode(Finding(.firstToken, .ok, "x")), as: UTF8.self)
        #expect(json.contains(#""check":"token of it""#))
    }

    /// Nobody is sent to a model server that is not even asked.
    @Test func authoritiesThatCannotBeUsed() async throws {
        var configuration = try load(["--relay", "https://relay.test", "--upstream", "https://127.0.0.1:9"]).get()
        configuration.upstreams = [
            UpstreamConfiguration(address: try UpstreamAddress("https://127.0.0.1:9"), authorityFile: "/nowhere.pem")
        ]
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let findings = await ModelExamination(configuration: configuration, eventLoop: eventLoop).run()
        #expect(findings.map(\.check) == [.modelServer, .host, .models, .firstToken])
        #expect(findings.map(\.verdict) == [.failed, .skipped, .skipped, .skipped])
        let found = "https://127.0.0.1:9: /nowhere.pem cannot be read or holds no certificate: expected PEM"
        #expect(findings[0].found == found)
        #expect(findings[0].advice?.contains("ca-file") == true)
    }
}
