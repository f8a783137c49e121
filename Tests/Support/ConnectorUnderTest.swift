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

    /// Beside `PATH`.
    private let environment: [String: String]

    private init(
        directory: TemporaryDirectory,
        arguments: [String],
        environment: [String: String],
        program: Program
    ) {
        self.directory = directory
        self.arguments = arguments
        self.environment = environment
        self.current = Mutex(program)
    }

    /// Starts a connector.
    /// - Parameters:
    ///   - proxy: what it dials in the relay's place.
    ///   - upstream: the URL of the model server, or `nil` for the demo model.
    ///   - flags: of `run`, beyond those that every connector of the tests has.
    ///   - environment: beside `PATH` and the token.
    ///   - waits: whether to wait until it is online.
    package static func start(
        relay: RelayUnderTest,
        at url: String? = nil,
        token: String,
        upstream: String?,
        flags: [String] = [],
        environment: [String: String] = [:],
        waits: Bool = true
    ) async throws -> ConnectorUnderTest {
        let directory = try TemporaryDirectory()
        var arguments = [
            "run", "--relay", url ?? relay.url, "--ca-file", relay.authority, "--state", directory.file("state"),
        ]
        arguments += upstream.map { ["--upstream", $0] } ?? ["--demo-model"]
        arguments += flags
        // By the environment, as the manual advises: arguments are seen by every user of the machine.
        let environment = environment.merging(["ADIT_TOKEN": token]) { $1 }
        let program = try Program(
            "adit-connector",
            arguments,
            environment: environment,
            log: directory.file(Self.log)
        )
        let connector = ConnectorUnderTest(
            directory: directory,
            arguments: arguments,
            environment: environment,
            program: program
        )
        if waits { try await connector.online() }
        return connector
    }

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
            environment: self.environment,
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
