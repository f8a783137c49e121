import TestSupport
import Testing

extension Faults {
    /// `adit-connector doctor`: every check, and the fault that makes it fail.
    @Suite(.stand(relay: ["--listen-plain", "127.0.0.1:0"]))
    struct DoctorTests {
        /// What the doctor said.
        struct Report: Sendable {
            var status: Int32
            var verdicts: [String: String] = [:]
            var found: [String: String] = [:]
            var advice: [String: String] = [:]
            var text: String

            init(_ outcome: Program.Outcome) throws {
                self.status = outcome.status
                self.text = outcome.output + outcome.complaint
                for finding in (try JSONValue(outcome.output))["findings"].array ?? [] {
                    guard let check = finding["check"].string else { continue }
                    self.verdicts[check] = finding["verdict"].string
                    self.found[check] = finding["found"].string
                    self.advice[check] = finding["advice"].string
                }
            }

            /// The checks with this verdict.
            func those(_ verdict: String) -> Set<String> {
                Set(self.verdicts.filter { $0.value == verdict }.keys)
            }
        }

        /// Asks the doctor; the model server answers one call.
        private static func ask(
            relay: String? = nil,
            _ flags: [String] = [],
            token: String? = nil,
            upstream: String? = nil,
            trusts: Bool = true,
            idle: Int = 0,
            environment: [String: String] = [:],
            answering: @escaping @Sendable (UpstreamCall) async throws -> Void = {
                try await $0.answer(UpstreamCall.chat("yes"))
            }
        ) async throws -> Report {
            let stand = try Stand.lent
            var words = ["doctor", "--relay", relay ?? stand.relay.url, "--idle", "\(idle)", "--json"] + flags
            words += ["--upstream", upstream ?? stand.upstream.url]
            if trusts { words += ["--ca-file", stand.relay.authority] }
            // The doctor comes to the model last, after whatever it had to wait for.
            let answers = Task {
                guard let call = try await stand.upstream.calls.next() else { return }
                try await answering(call)
            }
            defer { answers.cancel() }
            let outcome = try await Program.run(
                "adit-connector",
                words,
                environment: environment.merging(["ADIT_TOKEN": token ?? stand.token.secret]) { $1 },
                within: 90
            )
            return try Report(outcome)
        }

        @Test func allIsWell() async throws {
            let report = try await Self.ask(idle: 1)
            #expect(report.status == 0, "\(report.text)")
            let checks: Set = [
                "name", "connection", "proxy", "tls", "relay", "token", "clock", "streaming", "idle", "upgrade",
                "websocket", "tunnel", "model server", "host", "models", "token of it",
            ]
            #expect(report.those("ok") == checks, "\(report.text)")
            #expect(report.found["tunnel"]?.contains(Stand.deployment) == true)
            #expect(report.found["tls"]?.contains("signed by") == true)
        }

        @Test func forPeopleItIsReadable() async throws {
            let stand = try Stand.lent
            let outcome = try await Program.run(
                "adit-connector",
                [
                    "doctor", "--relay", stand.relay.url, "--ca-file", stand.relay.authority, "--idle", "0",
                    "--upstream", "http://127.0.0.1:9",
                ],
                environment: ["ADIT_TOKEN": stand.token.secret],
                within: 120
            )
            #expect(outcome.status == 1)
            let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.first == "the way to \(stand.relay.url)")
            #expect(lines.contains { $0.hasPrefix("ok") && $0.contains("  name  ") }, "\(outcome.output)")
            #expect(lines.contains { $0.hasPrefix("FAILED") && $0.contains("  model server  ") }, "\(outcome.output)")
            #expect(lines.contains { $0.hasPrefix("         → ") })
            #expect(outcome.output.contains("1 of 16 checks failed"), "\(outcome.output)")
        }

        @Test func aNameThatDoesNotExist() async throws {
            let report = try await Self.ask(relay: "https://no-such-relay.invalid")
            #expect(report.status == 1)
            #expect(report.those("failed") == ["name"], "\(report.text)")
        }

        @Test func nothingListens() async throws {
            let report = try await Self.ask(relay: "https://127.0.0.1:9")
            #expect(report.those("failed") == ["connection"], "\(report.text)")
            #expect(report.found["connection"]?.contains("refuses connections") == true)
        }

        @Test func aCertificateOfNobodyKnown() async throws {
            let report = try await Self.ask(trusts: false)
            #expect(report.those("failed") == ["tls"], "\(report.text)")
            #expect(report.found["tls"]?.contains("signed by") == true, "\(report.text)")
            #expect(report.advice["tls"]?.contains("--ca-file") == true)
        }

        @Test func anotherCertificateThanThePinnedOne() async throws {
            let report = try await Self.ask(["--pin", String(repeating: "0", count: 64)], trusts: false)
            #expect(report.those("failed") == ["tls"], "\(report.text)")
            #expect(report.found["tls"]?.contains("does not show the pinned certificate") == true)
        }

        @Test func noRelayAtAll() async throws {
            let stand = try Stand.lent
            let report = try await Self.ask(relay: stand.upstream.url)
            #expect(report.those("failed") == ["relay"], "\(report.text)")
        }

        @Test func aWrongToken() async throws {
            let report = try await Self.ask(token: "tt-adit-" + String(repeating: "A", count: 43))
            #expect(report.those("failed") == ["token", "tunnel"], "\(report.text)")
            #expect(report.advice["token"]?.contains("adit-relay token create") == true)
        }

        private static func behind(
            _ manner: BendingProxy.Manner,
            idle: Int = 0
        ) async throws -> Report {
            let proxy = try await BendingProxy.start(manner, to: try Stand.lent.relay.plainPort)
            let report = try await Self.ask(relay: proxy.url, idle: idle)
            await proxy.stop()
            return report
        }

        @Test func aClockThatIsWrong() async throws {
            let report = try await Self.behind(.ages)
            #expect(report.those("failed") == ["clock"], "\(report.text)")
        }

        @Test func anAnswerThatIsHeldBack() async throws {
            let report = try await Self.behind(.holds)
            #expect(report.verdicts["streaming"] == "failed", "\(report.text)")
            #expect(report.advice["streaming"]?.contains("proxy_buffering off") == true)
        }

        /// Also where a proxy before the one that cuts makes a whole answer of what it has.
        @Test(arguments: [BendingProxy.Manner.cuts(1_500), .ends(1_500)])
        func aSilentConnectionIsCut(manner: BendingProxy.Manner) async throws {
            let report = try await Self.behind(manner, idle: 5)
            #expect(report.those("failed") == ["idle"], "\(report.text)")
            #expect(report.found["idle"]?.contains("cut after 1.") == true, "\(report.text)")
        }

        /// A page of its own, or an error in the form of a relay's.
        @Test(arguments: [BendingProxy.Manner.refusesAll, .knowsNothing, .wantsItsKey])
        func somethingAnswersForTheRelay(manner: BendingProxy.Manner) async throws {
            let report = try await Self.behind(manner)
            #expect(report.those("failed") == ["relay"], "\(report.text)")
            #expect(report.advice["relay"]?.hasPrefix("check the address") == true, "\(report.text)")
            #expect(report.verdicts["upgrade"] == "skipped" && report.verdicts["tunnel"] == "skipped")
        }

        @Test func theUpgradeIsStripped() async throws {
            let proxy = try await StrippingProxy.start(.strips, to: try Stand.lent.relay.plainPort)
            let report = try await Self.ask(relay: proxy.url)
            #expect(report.status == 0, "\(report.text)")
            #expect(report.verdicts["upgrade"] == "warning" && report.verdicts["websocket"] == "ok", "\(report.text)")
            // With the other carrier shut off, that is what is wrong.
            let strict = try await Self.ask(relay: proxy.url, ["--carrier", "upgrade"])
            #expect(strict.those("failed") == ["upgrade", "tunnel"], "\(strict.text)")
            await proxy.stop()
        }

        @Test func noModelServer() async throws {
            let report = try await Self.ask(upstream: "http://127.0.0.1:9")
            #expect(report.those("failed") == ["model server"], "\(report.text)")
        }

        @Test func aModelServerThatKnowsLocalhostOnly() async throws {
            let proxy = try await BendingProxy.start(.refusesHost, to: try Stand.lent.upstream.port)
            let report = try await Self.ask(upstream: proxy.url)
            #expect(report.those("failed") == ["model server", "host"], "\(report.text)")
            await proxy.stop()
        }

        /// The scripted server is none that the connector knows by name: it may take what it does not list, as llama.cpp does.
        @Test func aModelThatIsNotListed() async throws {
            let asked = ["--model", "nothing-of-the-kind"]
            let taken = try await Self.ask(asked)
            #expect(taken.status == 0 && taken.those("warning") == ["models"], "\(taken.text)")
            #expect(taken.found["token of it"]?.contains("«nothing-of-the-kind»") == true, "\(taken.text)")
            let refused = try await Self.ask(asked) { call in
                try await call.answer(#"{"error":{"message":"no such model"}}"#, status: 404)
            }
            #expect(refused.those("failed") == ["token of it"], "\(refused.text)")
        }

        /// It serves its calls, and gives no token: nothing keeps calls from getting through.
        @Test func anEmbeddingModel() async throws {
            let upstream = try await ScriptedUpstream.start(models: ["gemma3:4b", "nomic-embed-text"])
            let report = try await Self.ask(["--deployment", "emb=nomic-embed-text"], upstream: upstream.url)
            #expect(report.status == 0, "\(report.text)")
            #expect(report.those("skipped") == ["idle", "token of it"], "\(report.text)")
            #expect(report.found["token of it"] == "embedding models give no token", "\(report.text)")
            #expect(!upstream.requests.contains("POST /v1/chat/completions"))
            await upstream.stop()
        }

        @Test func aModelThatDoesNotAnswer() async throws {
            let report = try await Self.ask { call in
                try await call.answer(#"{"error":{"message":"out of memory"}}"#, status: 500)
            }
            #expect(report.those("failed") == ["token of it"], "\(report.text)")
            #expect(report.found["token of it"]?.contains("out of memory") == true)
        }

        /// A proxy that makes ways, with a user and without, and the relay behind it known by its pin.
        @Test func throughAProxy() async throws {
            let stand = try Stand.lent
            let open = try await ConnectProxy.start(to: stand.relay.port)
            let closed = try await ConnectProxy.start(to: stand.relay.port, authorization: "Basic dXNlcjpwYXNz")
            let away = { (proxy: ConnectProxy, user: String, pin: String) in
                try await Self.ask(
                    relay: "https://relay.test:8443",
                    ["--pin", pin],
                    trusts: false,
                    environment: ["HTTPS_PROXY": "http://\(user)127.0.0.1:\(proxy.port)"]
                )
            }
            let none = String(repeating: "0", count: 64)
            let refused = try await away(closed, "", none)
            #expect(refused.those("failed") == ["proxy"], "\(refused.text)")
            #expect(refused.found["proxy"]?.contains("HTTP 407") == true)
            let wrong = try await away(closed, "user:wrong@", none)
            #expect(wrong.those("failed") == ["proxy"], "\(wrong.text)")
            // The doctor says the pin of what it has seen.
            let unknown = try await away(open, "", none)
            #expect(unknown.those("failed") == ["tls"], "\(unknown.text)")
            let pin = try #require(unknown.found["tls"]?.firstMatch(of: /SHA-256 is ([0-9a-f]{64})/)?.1)
            let through = try await away(open, "", String(pin))
            #expect(through.status == 0, "\(through.text)")
            let known = try await away(closed, "user:pass@", String(pin))
            #expect(known.status == 0, "\(known.text)")
            #expect(open.targets.allSatisfy { $0 == "relay.test:8443" } && !open.targets.isEmpty)

            // And so does a connector that stays.
            let connector = try await ConnectorUnderTest.start(
                relay: stand.relay,
                at: "https://relay.test:8443",
                token: stand.token.secret,
                upstream: stand.upstream.url,
                flags: ["--pin", String(pin)],
                environment: ["HTTPS_PROXY": "http://user:pass@127.0.0.1:\(closed.port)"]
            )
            await stand.connector.stop()
            try await stand.expectServing()
            try await stand.connector.startAgain()
            await connector.stop()
            await open.stop()
            await closed.stop()
        }
    }
}
