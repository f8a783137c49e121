import Foundation
import TestSupport
import Testing

extension Faults {
    /// A relay whose place another process takes, on the same data and the same port, while callers call without a pause.
    @Suite
    struct RelaySuccessionTests {
        private static func end(_ program: Program) async throws {
            #expect(try await program.exited.wait(within: 60, "the relay before it ends") == 0)
        }

        @Test func noCallFails() async throws {
            try await Stand.with { stand in
                SteadyLoad.serve(on: stand.upstream)
                let (call, coming) = try await stand.streaming()
                let stream = try await HTTP2Caller.connect(
                    port: stand.relay.port,
                    authorityFile: stand.relay.authority,
                    key: stand.key.secret
                )
                let second = try await stream.start("POST", "/v1/chat/completions", body: Stand.chat())
                let secondCall = try await stand.upstream.nextCall()
                let fresh = SteadyLoad(stand.caller, callers: 8)
                let kept = SteadyLoad(stand.caller, callers: 8, keepsConnections: true)
                try await fresh.goesOn()
                try await kept.goesOn()

                let old = try await stand.relay.succeed()
                try await fresh.goesOn(60)
                try await kept.goesOn(60)
                // Administered is the new one, and what it is told holds.
                let another = try await stand.relay.createKey()
                #expect(try await stand.caller.with(key: another.secret).get("/v1/models").status == 200)

                // What runs in the old one is still whole, and then that ends.
                #expect(old.exited.happened == nil)
                try await call.send(event: UpstreamCall.words("second"))
                try await call.finishStream()
                let rest = try EventStream(String(decoding: try await coming.rest(), as: UTF8.self))
                #expect(rest.content == "second" && rest.isDone)
                try await secondCall.answer(UpstreamCall.chat("yes"))
                #expect(try await withDeadline(20, "an answer") { try await second.whole() }.status == 200)
                try await stream.closed.wait(within: 30, "the old relay ends its HTTP/2 connection")
                try await Self.end(old)
                try await fresh.goesOn()
                try await kept.goesOn()
                await fresh.stop()
                await kept.stop()
                #expect(fresh.failures == [])
                #expect(kept.failures == [])
                #expect(try await stand.relay.administer("status")["deployments"][0]["online"] == .bool(true))
            }
        }

        /// Money is kept account of by one relay at a time: callers wait until the last call of the old one was paid.
        @Test func noPaidCallFailsOrIsPaidTwice() async throws {
            try await Stand.billed { stand in
                SteadyLoad.serve(on: stand.upstream)
                let load = SteadyLoad(stand.caller, callers: 8)
                try await load.goesOn()
                try await Self.end(try await stand.relay.succeed())
                try await load.goesOn()
                await load.stop()
                #expect(load.failures == [])
                let charges = try stand.relay.integers(
                    "SELECT count(*) FROM ledger_movement WHERE kind = 'settlement' GROUP BY call"
                )
                #expect(charges.allSatisfy { $0 == 1 })
                #expect(charges.count == load.good)
                let spent = try stand.relay.integers(
                    "SELECT sum(amount) FROM ledger_movement WHERE kind = 'settlement'"
                )
                let left = try stand.relay.integers(
                    "SELECT balance FROM ledger_account WHERE name LIKE 'available:%' ORDER BY balance DESC LIMIT 1"
                )
                #expect(left[0] + spent[0] == 1_000_000)
            }
        }

        /// Who has kept a connection to the socket learns that another relay is administered now.
        @Test func aKeptConnectionChangesNothingInTheOldRelay() async throws {
            try await Stand.with { stand in
                let (call, coming) = try await stand.streaming()
                let key = try await stand.relay.createKey()
                let path = "/admin/api/v1/keys/\(key.id)"
                let kept = try await WireConnection.open(socket: "\(stand.relay.data)/admin.sock")
                #expect(try await Self.ask("GET", path, on: kept).status == 200)

                let old = try await stand.relay.succeed()
                #expect(old.exited.happened == nil)
                for (method, body) in [("GET", ""), ("PATCH", #"{"disabled":true}"#)] {
                    let answer = try await Self.ask(method, path, body, on: kept)
                    #expect(answer.status == 503, "\(method): \(answer.text)")
                    #expect(answer.head["connection"] == "close")
                    #expect(answer.head["retry-after"] == "1")
                }
                let caller = stand.caller.with(key: key.secret)
                #expect(try await caller.get("/v1/models").status == 200)
                let fresh = try await WireConnection.open(socket: "\(stand.relay.data)/admin.sock")
                #expect(try await Self.ask("PATCH", path, #"{"disabled":true}"#, on: fresh).status == 200)
                #expect(try await caller.get("/v1/models").status == 401)

                try await call.finishStream()
                _ = try await coming.rest()
                try await Self.end(old)
                #expect(try await caller.get("/v1/models").status == 401)
            }
        }

        /// Passwords take their time: the new relay knows each that was acknowledged, whenever that was.
        @Test func whatHasBegunIsKnownToTheNewRelay() async throws {
            try await Stand.with { stand in
                let (call, coming) = try await stand.streaming()
                let names = (0..<4).map { "user-\($0)" }
                for name in names {
                    let email = "\(name)@example.com"
                    try await stand.relay.administer("user", "create", name, "--email", email)
                }
                let socket = "\(stand.relay.data)/admin.sock"
                let answers = try await withThrowingTaskGroup(of: (String, Int).self) { group in
                    for name in names {
                        let kept = try await WireConnection.open(socket: socket)
                        group.addTask {
                            let body = #"{"password":"correct horse battery"}"#
                            let path = "/admin/api/v1/users/\(name)/password"
                            return (name, try await Self.ask("PUT", path, body, on: kept).status)
                        }
                    }
                    let old = try await stand.relay.succeed()
                    var answers: [(String, Int)] = []
                    for try await answer in group { answers.append(answer) }
                    #expect(old.exited.happened == nil)
                    return answers
                }
                for (name, status) in answers {
                    let user = try await stand.relay.administer("user", "show", name)
                    #expect(user["has_password"] == .bool(status == 204), "\(name): \(status)")
                }
                try await call.finishStream()
                _ = try await coming.rest()
            }
        }

        private static func ask(
            _ method: String,
            _ path: String,
            _ body: String = "",
            on connection: WireConnection
        ) async throws -> Answer {
            try await withDeadline(20, "\(method) \(path) is answered") {
                try await connection.send(
                    "\(method) \(path) HTTP/1.1\r\nhost: x\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
                )
                return try await ComingAnswer(connection: connection).whole()
            }
        }

        /// While the old relay waits for its last call to be paid no third one may touch the books.
        @Test func aThirdRelayIsRefusedWhileTheFirstHandsOver() async throws {
            try await Stand.billed { stand in
                let (call, coming) = try await stand.streaming()
                let old = stand.relay.program
                let succession = Task { try await stand.relay.succeed() }
                try await eventually("the old relay leaves") {
                    stand.relay.directory.read(RelayUnderTest.log).contains("another relay takes this one's place")
                }
                let status = try await stand.relay.administration(["status"])
                #expect(status.status == 1)
                #expect(status.complaint.contains("is giving its place to another one"), "\(status.complaint)")
                let third = try await Program.run(
                    "adit-relay",
                    ["serve", "--data", stand.relay.data, "--listen", "127.0.0.1:0", "--dev-tls"]
                )
                #expect(third.status == 1)
                #expect(third.complaint.contains("another relay runs on the data directory"), "\(third.complaint)")
                #expect(old.exited.happened == nil)

                try await call.finishStream()
                let rest = try EventStream(String(decoding: try await coming.rest(), as: UTF8.self))
                #expect(rest.isDone)
                _ = try await succession.value
                try await Self.end(old)
                let charges = try stand.relay.integers(
                    "SELECT amount FROM ledger_movement WHERE kind = 'settlement'"
                )
                #expect(charges == [Stand.usualCost])
                #expect(try await stand.balance() == ["0.999981", "0"])
            }
        }

        /// The lock goes with the place: the old one that ends its calls holds nobody up should the new one die.
        @Test func aRelayThatDiesAfterItsSuccessionIsStartedAgain() async throws {
            try await Stand.with { stand in
                let (call, coming) = try await stand.streaming()
                let old = try await stand.relay.succeed()
                stand.relay.program.kill()
                _ = try await stand.relay.program.exited.wait(within: 10, "the new relay is dead")
                // The listening socket stays open in the old one for some seconds more.
                try await eventually("another one starts beside the old one") {
                    (try? await stand.relay.startAgain()) != nil
                }
                #expect(old.exited.happened == nil)
                #expect(try await stand.relay.administration(["status"]).status == 0)
                try await call.finishStream()
                _ = try await coming.rest()
                try await Self.end(old)
            }
        }

        @Test(arguments: [false, true])
        func oneThatCannotServeLeavesTheOldOneServing(isBilled: Bool) async throws {
            let lend: (@escaping @Sendable (Stand) async throws -> Void) async throws -> Void = { body in
                if isBilled {
                    try await Stand.billed { try await body($0) }
                } else {
                    try await Stand.with { try await body($0) }
                }
            }
            try await lend { stand in
                SteadyLoad.serve(on: stand.upstream)
                let load = SteadyLoad(stand.caller, callers: 4)
                // A folder where it wants a file.
                let folder = "\(stand.relay.data)/responses.sqlite"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
                await #expect(throws: (any Error).self) {
                    _ = try await stand.relay.succeed(["--responses-persist"])
                }
                try FileManager.default.removeItem(atPath: folder)
                try await load.goesOn()
                try await eventually("the relay is administered again") {
                    try await stand.relay.administration(["status"]).status == 0
                }
                // One that can, and another one after that.
                try await Self.end(try await stand.relay.succeed())
                try await Self.end(try await stand.relay.succeed())
                try await load.goesOn(20)
                await load.stop()
                #expect(load.failures == [])
            }
        }

        /// One that asks for the place and ends: what was published meanwhile can be called all the same.
        @Test func whatIsPublishedMeanwhileIsTakenLater() async throws {
            try await Stand.with { stand in
                let token = try await stand.relay.createToken("fresh")
                let successor = try await WireConnection.open(socket: "\(stand.relay.data)/next.sock")
                try await successor.send("place?\n")
                try await eventually("the relay gives its place away") {
                    try await stand.relay.administration(["status"]).status == 1
                }
                let connector = try await ConnectorUnderTest.start(
                    relay: stand.relay,
                    token: token.secret,
                    upstream: nil,
                    flags: ["--deployment", "fresh=demo", "--tunnels", "1"],
                    waits: false
                )
                try await eventually("its name is not taken") {
                    connector.directory.read(ConnectorUnderTest.log).contains("does not take the deployment fresh")
                }
                successor.leave()
                try await eventually("it can be called") {
                    let body = #"{"model":"fresh","messages":[{"role":"user","content":"hi"}]}"#
                    return try await stand.caller.post("/v1/chat/completions", body).status == 200
                }
                await connector.stop()
            }
        }
    }
}
