import Foundation
import TestSupport
import Testing

extension Faults {
    /// A connector that reads its settings again while callers call without a pause.
    @Suite
    struct ConnectorReloadTests {
        @Test func newTokensAndAnotherModelServerUnderLoad() async throws {
            try await Stand.with { stand in
                let second = try await ScriptedUpstream.start(models: [Stand.model])
                for upstream in [stand.upstream, second] { SteadyLoad.serve(on: upstream) }
                let first = ConfiguredConnector.settings(stand.relay, upstream: stand.upstream.url)
                let connector = try await ConfiguredConnector(first, token: stand.token.secret)
                await stand.connector.stop()

                let (call, coming) = try await stand.streaming()
                let load = SteadyLoad(stand.caller, callers: 12)
                try await load.goesOn()

                // A rotated token is two secrets of one token, for as long as they overlap.
                let rotated = try await stand.relay.administer("token", "rotate", stand.token.id, "--overlap", "1h")
                let secret = try #require(rotated["secret"].string)
                try await connector.reload(first, token: secret)
                try await load.goesOn()

                // Another token in its place, another model server, and then the first token is no more.
                let other = try await stand.relay.createToken(Stand.deployment)
                let settings = ConfiguredConnector.settings(stand.relay, upstream: second.url)
                try await connector.reload(settings, token: other.secret)
                let asked = stand.upstream.requests.count
                try await load.goesOn()
                #expect(stand.upstream.requests.count { $0 == "POST /v1/chat/completions" } <= asked)
                #expect(second.requests.contains("POST /v1/chat/completions"))

                // What ran before it all is still whole: its tunnel ends behind it.
                try await call.send(event: UpstreamCall.words("second"))
                try await call.finishStream()
                let rest = try EventStream(String(decoding: try await coming.rest(), as: UTF8.self))
                #expect(rest.content == "second" && rest.isDone)
                try await eventually("the old tunnels are gone") {
                    try await connector.tunnels() == ["up", "up"]
                }
                try await stand.relay.administer("token", "revoke", stand.token.id)
                try await load.goesOn()
                await load.stop()
                #expect(load.failures == [])

                connector.program.terminate()
                #expect(try await connector.program.exited.wait(within: 20, "the connector ends") == 0)
                await second.stop()
            }
        }

        /// `drain` is for those that are told to stop: a tunnel that was replaced ends behind its last call.
        @Test func aCallThatTakesLongerThanDrain() async throws {
            try await Stand.with { stand in
                let settings =
                    ConfiguredConnector.settings(stand.relay, upstream: stand.upstream.url) + "drain: 1s\n"
                let connector = try await ConfiguredConnector(settings, token: stand.token.secret)
                await stand.connector.stop()
                let (patient, whole) = try await stand.streaming()
                let (other, cut) = try await stand.streaming()
                try await connector.reload(settings, token: stand.token.secret)
                // Longer than `drain`, by what the call itself goes on.
                for number in 0..<30 {
                    try await patient.send(event: UpstreamCall.words("\(number) "))
                    try await Task.sleep(for: .milliseconds(100))
                }
                try await patient.finishStream()
                let rest = try EventStream(String(decoding: try await whole.rest(), as: UTF8.self))
                #expect(rest.isDone && rest.content.hasSuffix("29 "), "\(rest)")
                #expect(try await connector.tunnels().contains("leaving"))
                // Once the program itself is to stop, the time counts for what was replaced, too.
                let start = ContinuousClock.now
                connector.program.terminate()
                #expect(try await connector.program.exited.wait(within: 20, "the connector ends") == 0)
                #expect(ContinuousClock.now - start > .milliseconds(900))
                try await other.disconnected.wait(within: 10, "the model is stopped")
                _ = try await withDeadline(40, "the other stream ends") { try? await cut.rest() }
            }
        }

        @Test func toAnotherRelay() async throws {
            try await Stand.with { stand in
                SteadyLoad.serve(on: stand.upstream)
                let relay = try await RelayUnderTest.start()
                try await relay.createDeployment(Stand.deployment)
                let (key, token) = (try await relay.createKey(), try await relay.createToken(Stand.deployment))
                let first = ConfiguredConnector.settings(stand.relay, upstream: stand.upstream.url)
                let connector = try await ConfiguredConnector(first, token: stand.token.secret)
                try await connector.reload(
                    ConfiguredConnector.settings(relay, upstream: stand.upstream.url),
                    token: token.secret
                )
                let load = SteadyLoad(try relay.caller(key: key.secret), callers: 2)
                try await load.goesOn(10)
                await load.stop()
                #expect(load.failures == [])
                await connector.program.stop()
                await relay.stop()
            }
        }

        /// What a pattern publishes is known only when the new model server has said what it has.
        @Test func aPatternWhoseModelServerIsNotThereYet() async throws {
            let relay = try await RelayUnderTest.start()
            let (key, token) = (try await relay.createKey(), try await relay.createToken("home-*"))
            let first = try await ScriptedUpstream.start(models: ["home-a"])
            first.script("ready") { try await $0.answer(UpstreamCall.chat("yes")) }
            let settings = ConfiguredConnector.settings(relay, upstream: first.url)
            let connector = try await ConfiguredConnector(settings, token: token.secret)
            let caller = try relay.caller(key: key.secret)
            let body = #"{"model":"home-a","messages":[{"role":"user","content":"x"}],"script":"ready"}"#
            let call: @Sendable () async throws -> Answer = { try await caller.post("/v1/chat/completions", body) }
            #expect(try await call().status == 200)
            // Somebody who is known to listen on this port does not do so any more.
            let second = try await ScriptedUpstream.start(models: ["home-a"])
            let port = second.port
            await second.stop()
            let next = ConfiguredConnector.settings(relay, upstream: "http://127.0.0.1:\(port)")
            let reload = Task {
                try await connector.reload(next, token: token.secret, until: "does not serve everything")
            }
            try await eventually("the new tunnels are opened") {
                connector.program.logText.contains("opening tunnels of the configuration")
            }
            try await eventually("they are up beside the old ones") { try await connector.tunnels().count > 2 }
            #expect(try await call().status == 200)
            try await reload.value
            #expect(connector.program.logText.contains("home-a"), "the log says what is missing")
            let late = try await ScriptedUpstream.start(models: ["home-a"], port: port)
            late.script("ready") { try await $0.answer(UpstreamCall.chat("yes")) }
            try await eventually(within: 30, "the late one is found") { try await call().status == 200 }
            await connector.program.stop()
            for upstream in [first, late] { await upstream.stop() }
            await relay.stop()
        }

        @Test func whatDoesNotLoadOrConnectChangesNothing() async throws {
            try await Stand.with { stand in
                SteadyLoad.serve(on: stand.upstream)
                let good = ConfiguredConnector.settings(stand.relay, upstream: stand.upstream.url)
                let connector = try await ConfiguredConnector(good, token: stand.token.secret)
                await stand.connector.stop()
                let load = SteadyLoad(stand.caller, callers: 4)

                let bad = good + "tunnels: many\n"
                try await connector.reload(bad, token: stand.token.secret, until: "all goes on as before")
                #expect(
                    connector.program.logText.contains(
                        "connector.yaml:4:10: tunnels: expected a whole number from 1 to 4, not \"many\""
                    )
                )
                try await load.goesOn(10)

                let unknown = "tt-adit-" + String(repeating: "x", count: 43)
                try await connector.reload(good, token: unknown, until: "no tunnel:")
                try await load.goesOn(10)

                // What did not come up gives way to what is right.
                try await connector.reload(good, token: stand.token.secret)
                try await load.goesOn(10)
                await load.stop()
                #expect(load.failures == [])
                await connector.program.stop()
            }
        }

        /// Whoever collects lines of JSON gets no others.
        @Test func theFormOfTheLog() async throws {
            try await Stand.with { stand in
                let text = ConfiguredConnector.settings(stand.relay, upstream: stand.upstream.url)
                let json = text + "log-format: json\n"
                let connector = try await ConfiguredConnector(text, token: stand.token.secret)
                try await connector.reload(json, token: stand.token.secret)
                let fault = json + "tunnels: many\n"
                try await connector.reload(fault, token: stand.token.secret, until: "all goes on as before")
                let lines = connector.program.logText.split(separator: "\n").filter { $0.contains("SIGHUP") }
                let levels = try lines.map { try JSONValue(String($0))["level"].string }
                #expect(levels == ["notice", "notice", "error", "error"])
                await connector.program.stop()
            }
        }

        /// Its authority's file is a pipe, which holds it up between its first line and its first tunnel.
        @Test func aHangupBeforeTheFirstTunnel() async throws {
            try await Stand.with { stand in
                let directory = try TemporaryDirectory()
                let pipe = directory.file("authority.pem")
                #expect(mkfifo(pipe, 0o600) == 0)
                // A token that others can read is warned about when the settings have been read.
                try directory.write(stand.token.secret, to: "token")
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o644],
                    ofItemAtPath: directory.file("token")
                )
                let program = try Program(
                    "adit-connector",
                    [
                        "run", "--relay", stand.relay.url, "--ca-file", pipe, "--token-file", directory.file("token"),
                        "--state", directory.file("state"), "--demo-model",
                    ],
                    log: directory.file("connector.log")
                )
                let authority = try Data(contentsOf: URL(filePath: stand.relay.authority))
                try await eventually("the settings are read") { try Self.feed(authority, to: pipe) }
                try await eventually("the connector warns") { program.logText.contains("chmod 600") }
                program.signal(SIGHUP)
                let rest = Task {
                    while !Task.isCancelled {
                        _ = try Self.feed(authority, to: pipe)
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                defer { rest.cancel() }
                try await eventually("the connector reads its settings again") {
                    #expect(program.processIdentifier != nil, "the connector has ended")
                    return program.processIdentifier == nil || program.logText.contains("the new tunnels serve")
                }
                await program.stop()
            }
        }

        /// - Returns: whether there was somebody to read it.
        private static func feed(_ bytes: Data, to pipe: String) throws -> Bool {
            let descriptor = open(pipe, O_WRONLY | O_NONBLOCK)
            guard descriptor >= 0 else { return false }
            try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: bytes)
            return true
        }
    }
}
