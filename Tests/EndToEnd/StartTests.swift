import TestSupport
import Testing

extension EndToEnd {
    /// Programs that cannot start as they are told to: a sentence that names the thing, a status, and a process that has ended.
    @Suite
    struct StartTests {
        @Test(arguments: ["listen", "listen-plain"])
        func aPortThatIsTaken(setting: String) async throws {
            try await Stand.with { stand in
                let directory = try TemporaryDirectory()
                var arguments = ["serve", "--data", directory.file("data")]
                for name in ["listen", "listen-plain"] {
                    arguments += ["--\(name)", "127.0.0.1:\(name == setting ? stand.relay.port : 0)"]
                }
                let outcome = try await Program.run("adit-relay", arguments)
                #expect(outcome.status == 1)
                #expect(outcome.output == "")
                let said = "adit-relay: \(setting): another program listens on 127.0.0.1:\(stand.relay.port): stop that"
                #expect(outcome.complaint.contains(said), "\(outcome.complaint)")
            }
        }

        /// As `sysexits.h` has it, for a command that was used wrongly and for a configuration that cannot be: a value that is not possible.
        @Test(arguments: [
            ("adit-relay", ["serve", "--check", "--threads", "many"], Int32(78)),
            ("adit-relay", ["serve", "--threads", "many"], 78),
            ("adit-relay", ["serve", "--check", "--thraeds", "2"], 64),
            ("adit-relay", ["key", "delete"], 64),
            ("adit-connector", ["run", "--check", "--tunnels", "many"], 78),
            ("adit-connector", ["run", "--relay", "https://relay.test"], 78),
            ("adit-connector", ["doctor", "--tunnels", "many"], 78),
            ("adit-connector", ["run", "--check", "--tunnel", "2"], 64),
        ])
        func statuses(program: String, arguments: [String], status: Int32) async throws {
            let outcome = try await Program.run(program, arguments)
            #expect(outcome.status == status, "\(outcome.complaint)")
            #expect(outcome.complaint.hasPrefix("Error: "), "\(outcome.complaint)")
        }
    }
}
