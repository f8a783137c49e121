private import Foundation
private import GRDB
import TestSupport
import Testing

extension EndToEnd {
    /// A copy of the data directory is one that a relay can be started from, whatever goes on while it is made.
    @Suite struct BackupTests {
        private static let drift = """
            SELECT count(*) FROM ledger_account a WHERE balance <>
            (SELECT ifnull(sum(amount), 0) FROM ledger_posting p WHERE p.account = a.id)
            """

        @Test func aRelayStartsFromACopyThatWasMadeUnderLoad() async throws {
            try await Stand.billed(1_000_000_000, ["--responses-persist"]) { stand in
                SteadyLoad.serve(on: stand.upstream, pause: 2)
                let load = SteadyLoad(stand.caller, callers: 16)
                try await load.goesOn(10)
                var settled: [Int] = []
                for number in 1...8 {
                    let copy = stand.relay.directory.file("copy-\(number)")
                    let answer = try await stand.relay.administer("backup", copy)
                    #expect(answer["directory"].string == copy)
                    let database = try DatabaseQueue(path: copy + "/adit.sqlite")
                    try await database.read { database in
                        let integrity = try String.fetchAll(database, sql: "PRAGMA integrity_check")
                        #expect(integrity == ["ok"])
                        let sum = try Int.fetchOne(database, sql: "SELECT sum(amount) FROM ledger_posting")
                        #expect(sum == 0)
                        let drift = try Int.fetchOne(database, sql: Self.drift)
                        #expect(drift == 0)
                    }
                    settled.append(
                        try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM ledger_settlement") }
                            ?? 0
                    )
                    #expect(try Self.mode(of: copy) == 0o700)
                    for name in ["adit.sqlite", "responses.sqlite", "server-secret", "dev-tls/ca.pem"] {
                        let (there, here) = (
                            try Self.mode(of: "\(stand.relay.data)/\(name)"), try Self.mode(of: "\(copy)/\(name)")
                        )
                        #expect(here == there, "\(name)")
                    }
                    try await load.goesOn(5)
                }
                await load.stop()
                #expect(load.failures == [])
                #expect(settled == settled.sorted() && settled[0] < settled[7], "\(settled)")
                await stand.relay.stop()
                try FileManager.default.removeItem(atPath: stand.relay.data)
                try FileManager.default.moveItem(
                    atPath: stand.relay.directory.file("copy-8"),
                    toPath: stand.relay.data
                )
                try await stand.relay.startAgain()
                try await stand.isConnected()
                let answer = try await stand.caller.post(
                    "/v1/chat/completions",
                    Stand.chat("Hi", #","script":"steady""#)
                )
                #expect(answer.status == 200, "the key that callers have is known")
            }
        }

        @Test func aRelayThatDoesNotRunIsCopiedToo() async throws {
            let relay = try await RelayUnderTest.start()
            let key = try await relay.createKey()
            relay.program.kill()
            _ = try await relay.program.exited.wait(within: 10, "the relay is dead")
            let copy = relay.directory.file("copy")
            try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
            let outcome = try await relay.administration(["backup", copy + "/"], json: false)
            #expect(outcome.status == 0, "\(outcome.complaint)")
            #expect(outcome.output == "\(relay.data) is copied to \(copy)\n")
            let ids = try await DatabaseQueue(path: copy + "/adit.sqlite").read {
                try String.fetchAll($0, sql: "SELECT id FROM key")
            }
            #expect(ids == [key.id])
        }

        @Test func whatCannotBeCopiedIsSaid() async throws {
            let relay = try await RelayUnderTest.start()
            let copy = relay.directory.file("copy")
            func complaint(_ directory: String) async throws -> String {
                let outcome = try await relay.administration(["backup", directory], json: false)
                #expect(outcome.status == 1)
                return outcome.complaint
            }
            #expect(try await complaint(relay.data).contains("is not empty: name a directory that does not exist yet"))
            #expect(
                try await complaint("/proc/none/copy").contains("cannot make the directory /proc/none/copy.unfinished")
            )
            try FileManager.default.createDirectory(atPath: copy + ".unfinished", withIntermediateDirectories: true)
            #expect(try await complaint(copy).contains("\(copy).unfinished is there: another backup is being made"))
            let elsewhere = try await Program.run(
                "adit-relay",
                ["backup", "--data", relay.directory.file("none"), copy]
            )
            #expect(elsewhere.status == 1 && elsewhere.complaint.contains("there is no relay's database in"))
            #expect(!FileManager.default.fileExists(atPath: copy))
            await relay.stop()
        }

        private static func mode(of path: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
    }
}
