import TestSupport
import Testing

extension EndToEnd {
    /// Calls that the relay refuses by itself; none of them reaches the model.
    @Suite(.stand())
    struct RefusalTests {
        @Test(arguments: [
            "", "{", "[]", "null", "\"text\"", #"{"model":"gemma-tunnel","messages":[}"#,
            #"{"model":"gemma-tunnel","messages":[]} trailing"#, "\u{0}", #"{"model":"gemma-tunnel" "messages":[{}]}"#,
        ])
        func aBodyThatIsNotJSON(body: String) async throws {
            Refusal.badRequest.expect(try await Stand.lent.caller.post("/v1/chat/completions", body))
        }

        @Test(arguments: [
            (#"{"messages":[{"role":"user","content":"x"}]}"#, "model"),
            (#"{"model":"","messages":[{"role":"user","content":"x"}]}"#, "model"),
            (#"{"model":7,"messages":[{"role":"user","content":"x"}]}"#, "model"),
            (#"{"model":null,"messages":[{"role":"user","content":"x"}]}"#, "model"),
            (#"{"model":"gemma-tunnel"}"#, "messages"),
            (#"{"model":"gemma-tunnel","messages":[]}"#, "messages"),
            (#"{"model":"gemma-tunnel","messages":"x"}"#, "messages"),
        ])
        func aFieldIsMissingOrEmpty(body: String, parameter: String) async throws {
            let answer = try await Stand.lent.caller.post("/v1/chat/completions", body)
            Refusal.badRequest.expect(answer)
            #expect(answer.json["error"]["param"].string == parameter, "\(answer.text)")
            #expect(answer.json["error"]["message"].string?.contains(parameter) == true, "\(answer.text)")
        }

        @Test(arguments: ["key", "api_key", "KEY", "k%65y"])
        func aKeyInTheQuery(name: String) async throws {
            let stand = try Stand.lent
            for caller in [stand.caller, stand.caller.with(key: nil)] {
                let target = "/v1/chat/completions?\(name)=\(stand.key.secret)"
                let answer = try await caller.post(target, Stand.chat())
                Refusal.badRequest.expect(answer)
                #expect(!answer.text.contains(stand.key.secret))
            }
        }

        @Test func noKeyAndWrongKeys() async throws {
            let stand = try Stand.lent
            let almost = String(stand.key.secret.dropLast()) + (stand.key.secret.hasSuffix("A") ? "E" : "A")
            let keys = [nil, "", "nonsense", "sk-adit-", almost, stand.key.secret + "A", stand.token.secret]
            for key in keys {
                let answer = try await stand.caller.with(key: key).post("/v1/chat/completions", Stand.chat())
                Refusal.unauthorized.expect(answer)
                if let key, key.count > 8 { #expect(!answer.text.contains(key)) }
            }
            let basic = [("authorization", "Basic dXNlcjpwYXNz")]
            Refusal.unauthorized.expect(
                try await stand.caller.post("/v1/chat/completions", Stand.chat(), headers: basic)
            )
        }

        @Test func aDisabledKey() async throws {
            let stand = try Stand.lent
            let key = try await stand.relay.createKey()
            try await stand.relay.administer("key", "disable", key.id)
            let answer = try await stand.caller.with(key: key.secret).get("/v1/models")
            Refusal.unauthorized.expect(answer)
        }

        @Test func anExpiredKey() async throws {
            let stand = try Stand.lent
            let key = try await stand.relay.createKey(expires: Moment.text(secondsFromNow: 2))
            let caller = stand.caller.with(key: key.secret)
            try await eventually("the key expires") { try await caller.get("/v1/models").status == 401 }
            Refusal.unauthorized.expect(try await caller.get("/v1/models"))
        }

        @Test func aKeyForOtherModels() async throws {
            let stand = try Stand.lent
            let key = try await stand.relay.createKey(models: ["other", "home-*"])
            let caller = stand.caller.with(key: key.secret)
            let answer = try await caller.post("/v1/chat/completions", Stand.chat())
            Refusal.forbidden.expect(answer)
            #expect(answer.json["error"]["message"].string?.contains("gemma-tunnel") == true)
            #expect(try await caller.get("/v1/models").json["data"].array?.isEmpty == true)
        }

        /// Ollama would answer with the other model.
        @Test func aModelThatIsNamedInAnotherCaseToo() async throws {
            try await Stand.with { stand in
                let body = #"{"model":"gemma-tunnel","MODEL":"secret","messages":[{"role":"user","content":"x"}]}"#
                let answer = try await stand.caller.post("/v1/chat/completions", body)
                #expect(answer.status == 400 && answer.text.contains("MODEL"), "\(answer.text)")
                #expect(!stand.upstream.requests.contains("POST /v1/chat/completions"))
            }
        }

        @Test func aDeploymentThatDoesNotExist() async throws {
            let body = #"{"model":"nobody","messages":[{"role":"user","content":"x"}]}"#
            let answer = try await Stand.lent.caller.post("/v1/chat/completions", body)
            Refusal.unknownModel.expect(answer)
            #expect(answer.json["error"]["message"].string?.contains("nobody") == true)
        }

        @Test(arguments: ["/nowhere", "/v1", "/v1/", "/v1/chat", "/v1/chat/completions/", "/api/tags", "/V1/models"])
        func anUnknownRoute(path: String) async throws {
            for method in ["GET", "POST"] {
                let answer = try await Stand.lent.caller.ask(method, path, body: method == "POST" ? "{}" : nil)
                Refusal.unknownRoute.expect(answer)
            }
        }

        @Test(arguments: [
            ("GET", "/v1/chat/completions"), ("PUT", "/v1/chat/completions"), ("POST", "/v1/models"),
            ("DELETE", "/v1/models/gemma-tunnel"), ("POST", "/healthz"), ("GET", "/embeddings"),
        ])
        func aWrongMethod(method: String, path: String) async throws {
            let answer = try await Stand.lent.caller.ask(method, path)
            Refusal.wrongMethod.expect(answer)
            #expect(answer.head["allow"]?.isEmpty == false)
        }

        @Test(arguments: [
            ("content-type", "text/plain"), ("content-type", "multipart/form-data; boundary=x"),
            ("content-encoding", "br"), ("content-encoding", "deflate"),
        ])
        func aBodyOfAnotherKind(name: String, value: String) async throws {
            let answer = try await Stand.lent.caller.post(
                "/v1/chat/completions",
                Stand.chat(),
                headers: [(name, value)]
            )
            Refusal.unsupported.expect(answer)
        }

        @Test func noneOfThemReachedTheModel() async throws {
            let stand = try Stand.lent
            #expect(!stand.upstream.requests.contains { $0.contains("completions") || $0.contains("embeddings") })
        }
    }
}
