import TestSupport
import Testing

extension EndToEnd {
    /// What a tunnel token allows, and what it does not.
    @Suite
    struct ScopeTests {
        @Test func aTokenServesNothingBeyondItsScope() async throws {
            try await Stand.with { stand in
                try await stand.relay.createDeployment("other")
                let token = try await stand.relay.createToken("other")
                // Its token is for «other»; it claims the first connector's deployment too.
                let thief = try await ConnectorUnderTest.start(
                    relay: stand.relay,
                    token: token.secret,
                    upstream: stand.upstream.url,
                    flags: ["--deployment", "gemma-tunnel=scripted", "--deployment", "other=scripted"]
                )
                #expect(thief.announcement.contains("other → scripted"))
                try await eventually("the refusal is told") {
                    thief.program.logText.contains("gemma-tunnel")
                }
                await stand.connector.stop()
                try await eventually("the first connector is gone") {
                    stand.upstream.script("none") { try await $0.answer(UpstreamCall.chat("no")) }
                    let body = Stand.chat("x", #","script":"none""#)
                    return try await stand.caller.post("/v1/chat/completions", body).status == 503
                }
                let body = #"{"model":"other","messages":[{"role":"user","content":"x"}],"script":"none"}"#
                let answer = try await stand.caller.post("/v1/chat/completions", body)
                #expect(answer.status == 200, "\(answer.text)")
                await thief.stop()
            }
        }

        @Test func aPatternPublishesEveryModel() async throws {
            let relay = try await RelayUnderTest.start()
            let key = try await relay.createKey()
            let token = try await relay.createToken("home-*")
            let models = ["home-a", "home-b:7b", "away"]
            let upstream = try await ScriptedUpstream.start(models: models)
            upstream.script("model") {
                try await $0.answer(UpstreamCall.chat($0.json["model"].string ?? "", model: "x"))
            }
            // Those of the pattern come to be by being found.
            try await relay.createDeployment("away")
            let connector = try await ConnectorUnderTest.start(
                relay: relay,
                token: token.secret,
                upstream: upstream.url
            )
            let caller = try relay.caller(key: key.secret)
            for model in models {
                let body = #"{"model":"\#(model)","messages":[{"role":"user","content":"x"}],"script":"model"}"#
                let answer = try await caller.post("/v1/chat/completions", body)
                if model == "away" {
                    Refusal.offline.expect(answer)
                } else {
                    #expect(answer.json["choices"][0]["message"]["content"].string == model, "\(answer.text)")
                }
            }
            await connector.stop()
            await relay.stop()
            await upstream.stop()
        }

        @Test func twoConnectorsShareADeployment() async throws {
            try await Stand.with { stand in
                let second = try await ScriptedUpstream.start(models: [Stand.model])
                let connector = try await ConnectorUnderTest.start(
                    relay: stand.relay,
                    token: stand.token.secret,
                    upstream: second.url
                )
                for upstream in [stand.upstream, second] {
                    upstream.script("ready") { try await $0.answer(UpstreamCall.chat("yes")) }
                }
                // One of the two goes away: no call may fail that began after that was known.
                await stand.connector.stop()
                for _ in 0..<10 {
                    let body = Stand.chat("x", #","script":"ready""#)
                    let answer = try await stand.caller.post("/v1/chat/completions", body)
                    #expect(answer.status == 200, "\(answer.text)")
                }
                #expect(second.requests.filter { $0.hasPrefix("POST /v1/chat") }.count == 10)
                await connector.stop()
                await second.stop()
            }
        }

        @Test func aWrongTokenIsRefusedAndTheConnectorWaits() async throws {
            let relay = try await RelayUnderTest.start()
            let upstream = try await ScriptedUpstream.start()
            let wrong = "tt-adit-" + String(repeating: "A", count: 43)
            let connector = try await ConnectorUnderTest.start(
                relay: relay,
                token: wrong,
                upstream: upstream.url,
                waits: false
            )
            try await eventually("the connector says that its token is refused") {
                connector.program.logText.contains("token")
            }
            #expect(connector.program.exited.happened == nil)
            #expect(!connector.program.logText.contains(wrong))
            await connector.stop()
            await relay.stop()
            await upstream.stop()
        }

        @Test func aRelayWithAnotherCertificateIsNotTrusted() async throws {
            let relay = try await RelayUnderTest.start()
            let other = try await RelayUnderTest.start()
            let upstream = try await ScriptedUpstream.start()
            try await relay.createDeployment(Stand.deployment)
            let token = try await relay.createToken(Stand.deployment)
            let connector = try await ConnectorUnderTest.start(
                relay: relay,
                token: token.secret,
                upstream: upstream.url,
                flags: ["--ca-file", other.authority],
                waits: false
            )
            try await eventually("the connector says that the certificate is wrong") {
                connector.program.logText.lowercased().contains("certificate")
            }
            let caller = try relay.caller(key: try await relay.createKey().secret)
            #expect(try await caller.post("/v1/chat/completions", Stand.chat()).status == 503)
            await connector.stop()
            await relay.stop()
            await other.stop()
            await upstream.stop()
        }

        /// No connector was ever there.
        @Test(arguments: ["true", "false"])
        func aDeploymentWithoutAConnector(stream: String) async throws {
            let relay = try await RelayUnderTest.start()
            try await relay.createDeployment("lonely")
            let caller = try relay.caller(key: try await relay.createKey().secret)
            let body = #"{"model":"lonely","stream":\#(stream),"messages":[{"role":"user","content":"x"}]}"#
            let answer = try await caller.post("/v1/chat/completions", body)
            Refusal.offline.expect(answer)
            #expect(answer.head["retry-after"].flatMap { Int($0) }.map { (1...30).contains($0) } == true)
            #expect(answer.json["error"]["message"].string?.contains("lonely") == true)
            await relay.stop()
        }
    }
}
