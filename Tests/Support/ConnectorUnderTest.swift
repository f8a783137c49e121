private import Synchronization

/// A connector as a process of its own.
package final class ConnectorUnderTest: Sendable {
    package let directory: TemporaryDirectory
    package let arguments: [String]
    /// What it said when it was online, a line for each deployment.
    package var announcement: String { self.said.withLock { $0 } }
    package var program: Program { self.current.withLock { $0 } }
    /// The name of the file with its logs, in ``directory``.
    package static let log = "connector.log"

    private let current: Mutex<Program>
    private let said = Mutex("")

    private init(directory: TemporaryDirectory, arguments: [String], program: Program) {
        self.directory = directory
        self.arguments = arguments
        self.current = Mutex(program)
    }

    /// Starts a connector.
    /// - Parameters:
    ///   - proxy: what it dials in the relay's place.
    ///   - upstream: the URL of the model server, or `nil` for the demo model.
    ///   - flags: of `run`, beyond those that every connector of the tests has.
    ///   - waits: whether to wait until it is online.
    package static func start(
        relay: RelayUnderTest,
        through proxy: FaultProxy? = nil,
        token: String,
        upstream: String?,
        flags: [String] = [],
        waits: Bool = true
    ) async throws -> ConnectorUnderTest {
        let directory = try TemporaryDirectory()
        let url = proxy.map { "https://127.0.0.1:\($0.port)" } ?? relay.url
        var arguments = ["run", "--relay", url, "--ca-file", relay.authority, "--state", directory.file("state")]
        arguments += upstream.map { ["--upstream", $0] } ?? ["--demo-model"]
        arguments += flags
        // By the environment, as the manual advises: arguments are seen by every user of the machine.
        let program = try Program(
            "adit-connector",
            arguments,
            environment: ["ADIT_TOKEN": token],
            log: directory.file(Self.log)
        )
        let connector = ConnectorUnderTest(directory: directory, arguments: arguments, program: program)
        connector.token.withLock { $0 = token }
        if waits { try await connector.online() }
        return connector
    }

    private let token = Mutex("")

    /// Waits until it says that it is online.
    package func online() async throws {
        let line = try await self.program.line(within: 30, "that it is online") {
            $0.hasPrefix("adit-connector online: ")
        }
        self.said.withLock { $0 = line }
    }

    /// Starts it again, after it ended.
    package func startAgain() async throws {
        let program = try Program(
            "adit-connector",
            self.arguments,
            environment: ["ADIT_TOKEN": self.token.withLock { $0 }],
            log: self.directory.file(Self.log)
        )
        self.current.withLock { $0 = program }
        try await self.online()
    }

    /// What `adit-connector status` says.
    package func status() async throws -> JSONValue {
        let outcome = try await Program.run(
            "adit-connector",
            ["status", "--state", self.directory.file("state"), "--json"]
        )
        return try JSONValue(outcome.output)
    }

    package func stop() async { await self.program.stop() }
}
