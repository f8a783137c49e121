import TestSupport
import Testing

extension EndToEnd {
    /// What is changed on a running relay holds from the next call on.
    @Suite(.stand())
    struct AdministrationTests {
        @Test func aKeyIsDisabledEnabledRotatedAndDeleted() async throws {
            let stand = try Stand.lent
            let key = try await stand.relay.createKey()
            let caller = stand.caller.with(key: key.secret)
            #expect(key.secret.wholeMatch(of: /sk-adit-[A-Za-z0-9_-]{43}/) != nil)
            #expect(try await caller.get("/v1/models").status == 200)
            try await stand.relay.administer("key", "disable", key.id)
            #expect(try await caller.get("/v1/models").status == 401)
            try await stand.relay.administer("key", "enable", key.id)
            #expect(try await caller.get("/v1/models").status == 200)
            let secret = try await stand.relay.administer("key", "rotate", key.id)["secret"].string
            let rotated = try #require(secret)
            #expect(rotated != key.secret)
            #expect(try await caller.get("/v1/models").status == 401)
            #expect(try await caller.with(key: rotated).get("/v1/models").status == 200)
            try await stand.relay.administer("key", "delete", key.id)
            #expect(try await caller.with(key: rotated).get("/v1/models").status == 401)
        }

        @Test func secretsAreShownOnce() async throws {
            let stand = try Stand.lent
            let key = try await stand.relay.createKey()
            for words in [["key", "list"], ["key", "show", key.id], ["token", "list"], ["status"]] {
                for json in [true, false] {
                    let outcome = try await stand.relay.administration(words, json: json)
                    #expect(outcome.status == 0, "\(words): \(outcome.complaint)")
                    for secret in [key.secret, stand.key.secret, stand.token.secret] {
                        #expect(!outcome.output.contains(secret))
                    }
                }
            }
            let keys = try await stand.relay.administer("key", "list")
            #expect(keys.array?.contains { $0["id"].string == key.id } == true)
        }

        @Test func filesAreForTheOwnerOnly() async throws {
            let directory = try Stand.lent.relay.directory
            #expect(try directory.mode(of: "data") == 0o700)
            #expect(try directory.mode(of: "data/admin.sock") & 0o077 == 0)
            for file in try directory.contents()
            where !file.path.hasSuffix("ca.pem") && !file.path.hasSuffix("cert.pem") {
                #expect(try directory.mode(of: file.path) & 0o077 == 0, "\(file.path)")
            }
        }

        @Test func mistakesAreExplained() async throws {
            let relay = try Stand.lent.relay
            let mistakes = [
                ["deployment", "create", "gemma-tunnel"], ["deployment", "create", "not a name"],
                ["deployment", "show", "nobody"], ["key", "disable", "nobody"], ["token", "revoke", "nobody"],
                ["token", "create"], ["key", "create", "--expires", "soon"],
            ]
            for words in mistakes {
                let outcome = try await relay.administration(words)
                #expect(outcome.status != 0, "\(words)")
                #expect(!outcome.complaint.isEmpty, "\(words)")
            }
            let outcome = try await relay.administration(["deployment", "show", "nobody"])
            #expect(try JSONValue(outcome.output)["error"]["message"].string?.contains("nobody") == true)
        }

        /// In optimised programs refusals were seen to write into memory of others: `ADIT_PROGRAMS` takes such ones.
        @Test func aRelayOutlivesAnyNumberOfMistakes() async throws {
            let relay = try Stand.lent.relay
            for number in 1...30 {
                for words in [["--group", "none"], ["--user", "none"], ["--rpm", "-1"]] {
                    let outcome = try await relay.administration(["key", "create"] + words)
                    #expect(outcome.status != 0, "\(number): \(words)")
                }
                for what in ["user", "group", "deployment", "token", "admin-token"] {
                    let outcome = try await relay.administration([what, "create", "", "--group", "none"])
                    #expect(outcome.status != 0, "\(number): \(what)")
                }
            }
            _ = try await relay.administer("status")
        }

        @Test func aDeploymentIsDisabledAndDeleted() async throws {
            try await Stand.with { stand in
                try await stand.expectServing()
                try await stand.relay.administer("deployment", "disable", Stand.deployment)
                let disabled = try await stand.caller.post("/v1/chat/completions", Stand.chat())
                #expect([403, 404, 503].contains(disabled.status), "\(disabled.text)")
                try await stand.relay.administer("deployment", "enable", Stand.deployment)
                try await stand.expectServing()
                // A tunnel that comes up afterwards would bring the deployment back.
                try await eventually(within: 60, "both tunnels are up") {
                    try await stand.relay.administer("status")["tunnels"].array?.count == 2
                }
                try await stand.relay.administer("deployment", "delete", Stand.deployment)
                let answer = try await stand.caller.post("/v1/chat/completions", Stand.chat())
                Refusal.unknownModel.expect(answer)
                #expect(try await stand.caller.get("/v1/models").json["data"].array?.isEmpty == true)
            }
        }

        @Test func aTokenIsRevoked() async throws {
            try await Stand.with { stand in
                try await stand.expectServing()
                try await stand.relay.administer("token", "revoke", stand.token.id)
                try await eventually(within: 10, "its tunnels are closed") {
                    let body = Stand.chat("x", #","script":"none""#)
                    stand.upstream.script("none") { try await $0.answer(UpstreamCall.chat("no")) }
                    return try await stand.caller.post("/v1/chat/completions", body).status == 503
                }
                // A connector that is refused stays, and says so.
                try await eventually("the connector says why") {
                    stand.connector.program.logText.contains("401") || stand.connector.program.logText.contains("token")
                }
                #expect(stand.connector.program.exited.happened == nil)
            }
        }

        @Test func statusSaysWhatIsThere() async throws {
            let stand = try Stand.lent
            let outcome = try await stand.relay.administration(["status"])
            #expect(outcome.output.contains("gemma-tunnel"))
            let connector = try await stand.connector.status()
            #expect("\(connector)".contains("gemma-tunnel"))
            #expect("\(connector)".contains("scripted"))
            let plain = try await Program.run(
                "adit-connector",
                ["status", "--state", stand.connector.directory.file("state")]
            )
            #expect(plain.status == 0)
            #expect(plain.output.contains("gemma-tunnel"))
        }

        @Test func theConnectorListensNowhere() async throws {
            let stand = try Stand.lent
            let ports = try ListeningPorts.of(process: stand.connector.program)
            #expect(ports.isEmpty, "\(ports)")
        }
    }
}
