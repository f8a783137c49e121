private import Glibc
import TestSupport
import Testing

extension EndToEnd {
    /// Programs whose standard output nobody reads any more, as behind `| grep -m1 online`.
    @Suite
    struct ClosedOutputTests {
        /// On a disk that is full: what was made is named, so that its secret can be replaced, and the script stops.
        @Test func aCommandThatCannotWriteFails() async throws {
            try await Stand.with { stand in
                try await stand.expectServing()
                let program = try Program.path(of: "adit-relay")
                let data = ["--data", stand.relay.data]
                let commands = [
                    ["key", "create", "--label", "unseen"], ["key", "create", "--label", "unseen", "--json"],
                    ["usage", "export", "--csv"], ["status"],
                ]
                for words in commands {
                    let outcome = try await Program.run(
                        "/bin/sh",
                        ["-c", "exec \"$@\" > /dev/full", "sh", program] + words + data
                    )
                    #expect(outcome.status == 1, "\(words): \(outcome.status)")
                    #expect(
                        outcome.complaint.contains("standard output cannot be written: No space left on device"),
                        "\(words): \(outcome.complaint)"
                    )
                    guard words.contains("unseen") else { continue }
                    let keys = try await stand.relay.administer("key", "list").array ?? []
                    let ids = keys.filter { $0["label"].string == "unseen" }.compactMap { $0["id"].string }
                    #expect(ids.contains { outcome.complaint.contains($0) }, "\(outcome.complaint)")
                }
            }
        }

        /// Who reads no more has read enough, unless it was the only answer with a secret.
        @Test func aCommandWhoseReaderHasGoneEndsQuietly() async throws {
            try await Stand.with { stand in
                try await stand.expectServing()
                let data = ["--data", stand.relay.data]
                let commands = [
                    ("adit-relay", ["status"] + data), ("adit-relay", ["usage", "export", "--csv"] + data),
                    ("adit-relay", ["serve", "--check"]), ("adit-connector", stand.connector.arguments + ["--check"]),
                ]
                for (program, words) in commands {
                    let outcome = try await self.unread(program, words, stand)
                    #expect(outcome.status == -SIGPIPE, "\(words): \(outcome.status)")
                    #expect(outcome.complaint == "", "\(words)")
                }
                let lost = try await self.unread("adit-relay", ["key", "create", "--label", "unseen"] + data, stand)
                #expect(lost.status == 1)
                #expect(lost.complaint.contains("its secret is lost"), "\(lost.complaint)")
            }
        }

        /// A program whose standard output is a pipe that nobody reads.
        private func unread(_ program: String, _ words: [String], _ stand: Stand) async throws -> Program.Outcome {
            let script = #"rm -f "$1"; mkfifo "$1"; exec 3<>"$1"; exec 4>"$1"; exec 3<&-; shift; exec "$@" >&4 4>&-"#
            let pipe = stand.relay.directory.file("unread")
            return try await Program.run(
                "/bin/sh",
                ["-c", script, "sh", pipe, try Program.path(of: program)] + words,
                environment: ["ADIT_TOKEN": stand.token.secret]
            )
        }

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
