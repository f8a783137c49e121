import Foundation
import TestSupport

/// A connector that has everything from a file, as a service has, and is told to read it again.
final class ConfiguredConnector: Sendable {
    let directory: TemporaryDirectory
    let program: Program

    /// Starts it and waits until it is online.
    /// - Parameter settings: the text of the file.
    init(_ settings: String, token: String) async throws {
        self.directory = try TemporaryDirectory()
        try Self.write(settings, token: token, in: self.directory)
        self.program = try Program(
            "adit-connector",
            [
                "run", "--config", self.directory.file("connector.yaml"), "--token-file", self.directory.file("token"),
                "--state", self.directory.file("state"),
            ],
            log: self.directory.file("connector.log")
        )
        _ = try await self.program.line(within: 30, "that it is online") { $0.hasPrefix("adit-connector online: ") }
    }

    static func settings(_ relay: RelayUnderTest, upstream: String) -> String {
        "relay: \(relay.url)\nca-file: \(relay.authority)\nupstreams: [\(upstream)]\n"
    }

    /// Changes its files and has it read them.
    /// - Parameter outcome: what it says at the end.
    func reload(_ settings: String, token: String, until outcome: String = "the new tunnels serve") async throws {
        try Self.write(settings, token: token, in: self.directory)
        let before = self.count(outcome)
        self.program.signal(SIGHUP)
        try await eventually(within: 60, "the connector says «\(outcome)»") { self.count(outcome) > before }
    }

    /// The states of its tunnels.
    func tunnels() async throws -> [String] {
        let words = ["status", "--state", self.directory.file("state"), "--json"]
        let status = try JSONValue(try await Program.run("adit-connector", words).output)
        return (status[0]["tunnels"].array ?? []).compactMap { $0["state"].string }
    }

    private func count(_ words: String) -> Int {
        self.program.logText.components(separatedBy: words).count - 1
    }

    private static func write(_ settings: String, token: String, in directory: TemporaryDirectory) throws {
        try directory.write(settings, to: "connector.yaml")
        try directory.write(token + "\n", to: "token")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: directory.file("token"))
    }
}
