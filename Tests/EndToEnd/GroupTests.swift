import TestSupport
import Testing

extension EndToEnd {
    /// What users, groups, addresses and deployments allow, set by commands on a running relay.
    @Suite(.stand())
    struct GroupTests {
        private static func key(_ words: String...) async throws -> (id: String, caller: HTTPCaller) {
            let stand = try Stand.lent
            let outcome = try await stand.relay.administration(["key", "create"] + words)
            #expect(outcome.status == 0, "\(outcome.complaint)\(outcome.output)")
            let made = try JSONValue(outcome.output)
            return (made["id"].string ?? "", stand.caller.with(key: made["secret"].string))
        }

        @Test func aGroupForOneDialect() async throws {
            let stand = try Stand.lent
            try await stand.relay.administer("group", "create", "claude", "--dialects", "messages")
            let caller = try await Self.key("--group", "claude").caller
            for path in ["/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/embeddings"] {
                let answer = try await caller.post(path, Stand.chat())
                #expect(answer.status == 404, "\(path) \(answer.text)")
                #expect(answer.json["error"]["message"].string?.contains("messages only") == true, "\(answer.text)")
            }
            let gemini = try await caller.post("/v1beta/models/gemma-tunnel:generateContent", "{}")
            #expect(gemini.json["error"]["status"].string == "NOT_FOUND")
            #expect(try await caller.get("/v1/models").json["data"].array?.count == 1)
            for path in ["/v1beta/models", "/v1beta/models/gemma-tunnel"] {
                let answer = try await caller.get(path)
                #expect(answer.json["error"]["status"].string == "NOT_FOUND", "\(answer.text)")
                #expect(answer.json["error"]["message"].string?.contains("messages only") == true, "\(answer.text)")
            }
            let (_, answer) = try await stand.exchange(
                #"{"model":"gemma-tunnel","max_tokens":9,"messages":[{"role":"user","content":"x"}]}"#,
                path: "/v1/messages",
                key: caller
            ) { try await $0.answer(UpstreamCall.chat("yes")) }
            #expect(answer.status == 200, "\(answer.text)")
            // A change holds for the next call.
            try await stand.relay.administer("group", "set", "claude", "--dialects", "chat")
            #expect(try await caller.post("/v1/messages", "{}").status == 404)
        }

        @Test func aGroupWithoutStreaming() async throws {
            let stand = try Stand.lent
            try await stand.relay.administer("group", "create", "plain", "--streaming", "off")
            let caller = try await Self.key("--group", "plain").caller
            let answer = try await caller.post("/v1/chat/completions", Stand.streamedChat())
            Refusal.badRequest.expect(answer)
            #expect(answer.json["error"]["param"].string == "stream")
            let gemini = try await caller.post(
                "/v1beta/models/gemma-tunnel:streamGenerateContent?alt=sse",
                #"{"contents":[{"parts":[{"text":"x"}]}]}"#
            )
            #expect(gemini.status == 400, "\(gemini.text)")
            let (_, whole) = try await stand.exchange(Stand.chat(), key: caller) {
                try await $0.answer(UpstreamCall.chat("yes"))
            }
            #expect(whole.status == 200)
        }

        @Test func addresses() async throws {
            let stand = try Stand.lent
            let (id, caller) = try await Self.key("--allow", "192.0.2.0/24")
            Refusal.forbidden.expect(try await caller.post("/v1/chat/completions", Stand.chat()))
            Refusal.forbidden.expect(try await caller.get("/v1/models"))
            try await stand.relay.administer("key", "set", id, "--allow", "127.0.0.0/8", "::1")
            #expect(try await caller.get("/v1/models").status == 200)
            try await stand.relay.administer("key", "set", id, "--deny", "127.0.0.1", "::1")
            Refusal.forbidden.expect(try await caller.get("/v1/models"))
            try await stand.relay.administer("key", "set", id, "--deny", "none", "--allow", "all")
            #expect(try await caller.get("/v1/models").status == 200)
        }

        @Test func aUserIsDisabled() async throws {
            let stand = try Stand.lent
            try await stand.relay.administer("user", "create", "Ada", "--email", "ada@example.com")
            let caller = try await Self.key("--user", "ada@example.com").caller
            #expect(try await caller.get("/v1/models").status == 200)
            try await stand.relay.administer("user", "disable", "Ada")
            Refusal.unauthorized.expect(try await caller.get("/v1/models"))
            try await stand.relay.administer("user", "enable", "Ada")
            #expect(try await caller.get("/v1/models").status == 200)
            let outcome = try await stand.relay.administration(["user", "delete", "Ada"], json: false)
            #expect(outcome.status == 1 && outcome.complaint.contains("keys"), "\(outcome.complaint)")
        }

        @Test func thePublicListAndOtherNames() async throws {
            let stand = try Stand.lent
            let stranger = stand.caller.with(key: nil)
            Refusal.unauthorized.expect(try await stranger.get("/v1/models"))
            try await stand.relay.administer(
                "deployment",
                "set",
                Stand.deployment,
                "--public",
                "on",
                "--alias",
                "gpt-5.5"
            )
            let list = try await stranger.get("/v1/models")
            #expect(list.status == 200)
            #expect(list.json["data"][0]["id"].string == Stand.deployment, "\(list.text)")
            // Whoever shows a wrong key is told so.
            Refusal.unauthorized.expect(try await stand.caller.with(key: "sk-adit-wrong").get("/v1/models"))
            let (_, answer) = try await stand.exchange(
                #"{"model":"gpt-5.5","messages":[{"role":"user","content":"x"}]}"#
            ) {
                try await $0.answer(UpstreamCall.chat("yes"))
            }
            #expect(answer.json["model"].string == Stand.deployment)
            try await stand.relay.administer("deployment", "set", Stand.deployment, "--public", "off")
            Refusal.unauthorized.expect(try await stranger.get("/v1/models"))
        }

        @Test func aDeploymentForSomeGroups() async throws {
            let stand = try Stand.lent
            try await stand.relay.administer("group", "create", "insiders")
            try await stand.relay.createDeployment("inside")
            try await stand.relay.administer("deployment", "set", "inside", "--visible-to", "insiders")
            let body = #"{"model":"inside","messages":[{"role":"user","content":"x"}]}"#
            Refusal.unknownModel.expect(try await stand.caller.post("/v1/chat/completions", body))
            let caller = try await Self.key("--group", "insiders").caller
            Refusal.offline.expect(try await caller.post("/v1/chat/completions", body))
        }

        @Test func aReplacedSecret() async throws {
            let stand = try Stand.lent
            let (id, old) = try await Self.key()
            let rotated = try await stand.relay.administer("key", "rotate", id, "--overlap", "1h")
            #expect(rotated["previous_secret_until"].string?.isEmpty == false)
            let new = stand.caller.with(key: rotated["secret"].string)
            #expect(try await old.get("/v1/models").status == 200)
            #expect(try await new.get("/v1/models").status == 200)
            try await stand.relay.administer("key", "rotate", id)
            Refusal.unauthorized.expect(try await old.get("/v1/models"))
            Refusal.unauthorized.expect(try await new.get("/v1/models"))
        }
    }
}
