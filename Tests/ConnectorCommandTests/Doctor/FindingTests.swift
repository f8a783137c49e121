import Foundation
import Testing

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
}
