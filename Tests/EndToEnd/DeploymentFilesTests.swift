import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// What lies in `deploy/` fits the programs as they are.
    @Suite
    struct DeploymentFilesTests {
        private static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("deploy").path

        private static func text(_ file: String) throws -> String {
            try String(contentsOfFile: "\(Self.folder)/\(file)", encoding: .utf8)
        }

        @Test(arguments: [("adit-relay", "serve", "relay"), ("adit-connector", "run", "connector")])
        func theExampleConfigurationIsValid(program: String, command: String, file: String) async throws {
            let example = "\(Self.folder)/\(file).example.yaml"
            let outcome = try await Program.run(
                program,
                [command, "--config", example, "--check"],
                // An example holds no secret.
                environment: ["ADIT_TOKEN": "tt-adit-" + String(repeating: "A", count: 43)]
            )
            #expect(outcome.status == 0, "\(outcome.complaint)")
        }

        @Test(arguments: [
            ("adit-relay", "serve", ["systemd/adit-relay.service", "relay.Dockerfile", "compose.yaml"]),
            ("adit-connector", "run", ["systemd/adit-connector.service", "connector.Dockerfile", "compose.yaml"]),
        ])
        func everyFlagExists(program: String, command: String, files: [String]) async throws {
            let help = try await Program.run(program, [command, "--help"]).output
            for file in files {
                // A command line, or the list of its words: `adit-relay serve …`, `[serve, …]`, `["serve", …]`.
                let starts = try Self.text(file).split(separator: "\n").filter { line in
                    ["\(program) \(command)", "[\(command)", "[\"\(command)\""].contains { line.contains($0) }
                }
                #expect(!starts.isEmpty, "\(file) starts no \(program)")
                for flag in starts.flatMap({ $0.matches(of: /--[a-z][a-z-]+/).map(\.output) }) {
                    #expect(help.contains(flag), "\(file): \(program) has no flag \(flag)")
                }
            }
        }

        /// Its units start a connector without end, and a relay five times in ten seconds.
        @Test func whatIsConfiguredWronglyIsNotStartedForEver() throws {
            let connector = try Self.text("systemd/adit-connector.service").split(separator: "\n")
            #expect(connector.contains("StartLimitIntervalSec=0"))
            #expect(connector.contains("RestartPreventExitStatus=64 78"))
            #expect(try !Self.text("systemd/adit-relay.service").contains("StartLimitIntervalSec"))
        }

        /// Credentials lie where the unit's own name says, so a unit that is copied under another name must not write it out.
        @Test func theCertificateMayComeAsACredential() async throws {
            let unit = try Self.text("systemd/adit-relay.service")
            #expect(!unit.contains("/run/credentials"))
            let comments = unit.split(separator: "\n").filter { $0.hasPrefix("#") }.joined(separator: " ")
            #expect(comments.contains("systemctl restart"), "a reload does not hand credentials over again")
            let names = unit.matches(of: /(ADIT_[A-Z_]+)=%d\/([a-z.]+)/).map { (String($0.1), String($0.2)) }
            #expect(names.count == 2)
            for (name, file) in names {
                #expect(unit.contains("LoadCredential=\(file):"))
                let outcome = try await Program.run(
                    "adit-relay",
                    ["serve", "--check", "--tls-certificate", "/nowhere.pem", "--tls-key", "/nowhere.pem"],
                    environment: [name: "/nowhere/\(file)"]
                )
                #expect(outcome.status != 0)
                let other = try await Program.run("adit-relay", ["serve", "--check"], environment: [name: "/x.pem"])
                #expect(other.complaint.contains(name), "\(name) is no setting: \(other.complaint)")
            }
        }

        @Test(arguments: [
            ["--listen", "0.0.0.0:0"], ["--listen", "nowhere"], ["--threads", "many"], ["--tls-key", "/nowhere.pem"],
            ["--config", "/nowhere.yaml"],
        ])
        func aRelayRefusesWhatCannotBe(flags: [String]) async throws {
            let outcome = try await Program.run("adit-relay", ["serve", "--check"] + flags)
            #expect(outcome.status != 0, "\(outcome.output)")
            #expect(outcome.complaint.contains(flags[0].dropFirst(2)) || outcome.complaint.contains(flags[1]))
        }

        @Test func anUnknownKeyIsNamedWithItsLine() async throws {
            let directory = try TemporaryDirectory()
            try directory.write("listen: 127.0.0.1:0\nlimits:\n  boddy: 1MiB\n", to: "relay.yaml")
            let outcome = try await Program.run(
                "adit-relay",
                ["serve", "--check", "--config", directory.file("relay.yaml")]
            )
            #expect(outcome.status != 0)
            #expect(outcome.complaint.contains("relay.yaml:3"), "\(outcome.complaint)")
            #expect(outcome.complaint.contains("limits.body"), "\(outcome.complaint)")
        }

        /// Not even where the one that runs cannot be seen by its socket.
        @Test func aRelayWithoutASocketKeepsItsDataDirectory() async throws {
            let relay = try await RelayUnderTest.start()
            try FileManager.default.removeItem(atPath: "\(relay.data)/admin.sock")
            let outcome = try await Program.run(
                "adit-relay",
                ["serve", "--data", relay.data, "--listen", "127.0.0.1:0", "--dev-tls"]
            )
            #expect(outcome.status == 1)
            #expect(outcome.complaint.contains("another relay runs on the data directory \(relay.data)"))
            // Once it is killed, the directory is free at once.
            relay.program.kill()
            _ = try await relay.program.exited.wait(within: 10, "the relay is dead")
            try await relay.startAgain()
            #expect(try await relay.administration(["status"]).status == 0)
            await relay.stop()
        }

        @Test func twoRelaysDoNotShareADataDirectory() async throws {
            let relay = try await RelayUnderTest.start()
            let outcome = try await Program.run(
                "adit-relay",
                ["serve", "--data", relay.data, "--listen", "127.0.0.1:0", "--dev-tls"]
            )
            #expect(outcome.status != 0)
            #expect(outcome.complaint.contains(relay.data), "\(outcome.complaint)")
            #expect(try await relay.caller(key: nil).get("/healthz").status == 200)
            await relay.stop()
        }
    }
}
