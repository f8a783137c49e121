private import Synchronization

/// A relay as a process of its own, with its data in a temporary directory.
package final class RelayUnderTest: Sendable {
    /// Where its data and logs lie.
    package let directory: TemporaryDirectory
    /// Flags of `serve` beyond those that every relay of the tests has.
    package let flags: [String]
    package let port: Int
    /// The secrets that were made here, and what else is nobody's business.
    package let confidences = Confidences()

    private let current: Mutex<Program>
    private let plain: Mutex<Int>

    /// The port without TLS, of a relay that has one; it may be another after every start.
    package var plainPort: Int { self.plain.withLock { $0 } }
    /// Its process now.
    package var program: Program { self.current.withLock { $0 } }
    package var data: String { self.directory.file("data") }
    /// What callers and connectors have to trust.
    package var authority: String { "\(self.data)/dev-tls/ca.pem" }
    package var url: String { "https://127.0.0.1:\(self.port)" }
    /// The name of the file with its logs, in ``directory``.
    package static let log = "relay.log"

    private init(directory: TemporaryDirectory, flags: [String], started: Started) {
        self.directory = directory
        self.flags = flags
        self.port = started.port
        self.current = Mutex(started.program)
        self.plain = Mutex(started.plainPort)
    }

    private struct Started {
        var program: Program
        var port: Int
        var plainPort: Int
    }

    /// Starts a relay and waits until it takes calls.
    package static func start(_ flags: [String] = []) async throws -> RelayUnderTest {
        let directory = try TemporaryDirectory()
        let started = try await Self.run(in: directory, port: 0, flags: flags)
        return RelayUnderTest(directory: directory, flags: flags, started: started)
    }

    /// Starts it again where it was, after it ended.
    package func startAgain() async throws {
        let started = try await Self.run(in: self.directory, port: self.port, flags: self.flags)
        self.current.withLock { $0 = started.program }
        self.plain.withLock { $0 = started.plainPort }
    }

    /// Starts another one, which takes this one's place and is the relay from then on.
    /// - Parameter more: flags of `serve` that it has beside those of the one before it.
    /// - Returns: the process of the one before it, which ends behind its last call.
    package func succeed(_ more: [String] = []) async throws -> Program {
        let old = self.program
        let started = try await Self.run(
            in: self.directory,
            port: self.port,
            flags: self.flags + ["--take-over"] + more
        )
        self.current.withLock { $0 = started.program }
        self.plain.withLock { $0 = started.plainPort }
        return old
    }

    /// A caller of this relay.
    package func caller(key: String?) throws -> HTTPCaller {
        try HTTPCaller(port: self.port, authority: self.authority, key: key)
    }

    package func stop() async { await self.program.stop() }

    private static func run(
        in directory: TemporaryDirectory,
        port: Int,
        flags: [String]
    ) async throws -> Started {
        let arguments = ["serve", "--data", directory.file("data"), "--listen", "127.0.0.1:\(port)", "--dev-tls"]
        let program = try Program("adit-relay", arguments + flags, log: directory.file(Self.log))
        let secured = try await Self.port(of: program, "https")
        let isPlainToo = flags.contains("--listen-plain")
        return Started(
            program: program,
            port: secured,
            plainPort: isPlainToo ? try await Self.port(of: program, "http") : 0
        )
    }

    /// The port that a relay says it is ready on.
    private static func port(of program: Program, _ scheme: String) async throws -> Int {
        let line = try await program.line(within: 30, "that it is ready") {
            $0.hasPrefix("adit-relay ready on \(scheme)://")
        }
        guard let number = line.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw ProgramFailure("«\(line)» names no port")
        }
        return number
    }
}
