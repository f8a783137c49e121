import TestSupport
import Testing

extension EndToEnd {
    /// Calls that wait for others to end, because a limit of calls at once has no room for them.
    @Suite(.stand(relay: ["--queue-time", "30s", "--queue-calls", "2"]))
    struct QueueTests {
        private static let path = "/v1/chat/completions"

        /// A key of a user of its own, in a group that may make one call at once.
        private static func callers() async throws -> [HTTPCaller] {
            let stand = try Stand.lent
            let group = "narrow\(Int.random(in: 0..<1_000_000))"
            try await stand.relay.administer("group", "create", group, "--concurrent", "1")
            var callers: [HTTPCaller] = []
            for number in 0..<2 {
                let user = try await stand.relay.administer("user", "create", "\(group)-\(number)@example.com")
                let words = ["key", "create", "--group", group, "--user", user["id"].string ?? ""]
                let key = try JSONValue(try await stand.relay.administration(words).output)
                callers.append(stand.caller.with(key: key["secret"].string))
            }
            return callers
        }

        private static func start(_ caller: HTTPCaller, _ prompt: String) async throws -> ComingAnswer {
            try await caller.start("POST", Self.path, body: Stand.chat(prompt))
        }

        @Test func theyGoOnInTurn() async throws {
            let stand = try Stand.lent
            let (many, few) = try await { ($0[0], $0[1]) }(Self.callers())
            let (call, coming) = try await stand.streaming(many)
            let first = try await Self.start(many, "many-1")
            try await stand.waiting(1, for: "limit")
            let second = try await Self.start(many, "many-2")
            try await stand.waiting(2, for: "limit")
            // The line is full: who has two in it makes room for who has none, and is told so.
            let third = try await Self.start(few, "few-1")
            let refused = try await withDeadline(20, "the newest is refused") { try await second.whole() }
            Refusal.busy.expect(refused)
            #expect(refused.head["retry-after"] == "1")
            // And for one of its own there is none.
            Refusal.busy.expect(try await many.post(Self.path, Stand.chat("many-3")))
            try await call.finishStream()
            _ = try await withDeadline(20, "the stream ends") { try await coming.rest() }
            for (name, answer) in [("many-1", first), ("few-1", third)] {
                let next = try await stand.upstream.nextCall()
                #expect(next.text.contains(name), "it is the turn of \(name): \(next.text)")
                try await next.answer(UpstreamCall.chat("yes"))
                #expect(try await withDeadline(20, "an answer") { try await answer.whole().status } == 200)
            }
            #expect(try await stand.waits("served", for: "limit") >= 2)
            #expect(try await stand.waits("ended", for: "limit") >= 1)
            try await stand.waiting(0, for: "limit")
        }

        @Test func whoLeavesTheLineIsNotAnswered() async throws {
            let stand = try Stand.lent
            let caller = try await Self.callers()[0]
            let (call, coming) = try await stand.streaming(caller)
            let leaving = try await Self.start(caller, "leaving")
            try await stand.waiting(1, for: "limit")
            leaving.leave()
            try await stand.waiting(0, for: "limit")
            try await call.finishStream()
            _ = try await withDeadline(20, "the stream ends") { try await coming.rest() }
            let (next, answer) = try await stand.exchange(Stand.chat("next"), key: caller) {
                try await $0.answer(UpstreamCall.chat("yes"))
            }
            #expect(next.text.contains("next") && answer.status == 200)
        }
    }

    /// Calls for which nobody makes room in time, or none are to wait.
    @Suite
    struct ShortQueueTests {
        @Test(arguments: [["--queue-time", "1s"], ["--queue-time", "0"], ["--queue-calls", "0"]])
        func theyAreRefusedInTheEnd(flags: [String]) async throws {
            var plan = Stand.Plan()
            plan.relay = flags
            try await Stand.with(plan) { stand in
                let words = ["key", "create", "--concurrent", "1", "--rpm", "2"]
                let key = try JSONValue(try await stand.relay.administration(words).output)
                let caller = stand.caller.with(key: key["secret"].string)
                let (call, coming) = try await stand.streaming(caller)
                let refused = try await caller.post("/v1/chat/completions", Stand.chat())
                Refusal.busy.expect(refused)
                #expect(refused.head["retry-after"] == "1")
                // Nothing was counted for it: only the stream is.
                #expect(refused.head["x-ratelimit-limit-requests"] == "2")
                #expect(refused.head["x-ratelimit-remaining-requests"] == "1")
                let messages = try await caller.post("/v1/messages", Stand.chat("Hi", #","max_tokens":9"#))
                #expect(messages.status == 429)
                #expect(messages.json["error"]["type"].string == "rate_limit_error")
                #expect(messages.head["anthropic-ratelimit-requests-limit"] == "2")
                #expect(try await stand.waits("expired", for: "limit") == (flags == ["--queue-time", "1s"] ? 2 : 0))
                try await call.finishStream()
                _ = try await withDeadline(20, "the stream ends") { try await coming.rest() }
            }
        }

        @Test func aStoppingRelayEndsTheLine() async throws {
            var plan = Stand.Plan()
            plan.relay = ["--queue-time", "60s"]
            try await Stand.with(plan) { stand in
                let key = try JSONValue(
                    try await stand.relay.administration(["key", "create", "--concurrent", "1"]).output
                )
                let caller = stand.caller.with(key: key["secret"].string)
                let (call, coming) = try await stand.streaming(caller)
                let waiting = try await caller.start("POST", "/v1/chat/completions", body: Stand.chat())
                try await stand.waiting(1, for: "limit")
                stand.relay.program.terminate()
                let answer = try await withDeadline(20, "it is told") { try await waiting.whole() }
                #expect(answer.status == 503)
                try await call.finishStream()
                _ = try await withDeadline(20, "the stream ends") { try await coming.rest() }
            }
        }
    }

    /// What turns of a WebSocket and other ways in have in common with calls.
    @Suite(.stand(relay: ["--queue-time", "0"]))
    struct WaysInTests {
        private static func key(_ words: String...) async throws -> (id: String, caller: HTTPCaller) {
            let stand = try Stand.lent
            let key = try JSONValue(try await stand.relay.administration(["key", "create"] + words).output)
            let secret = key["secret"].string
            return (key["id"].string ?? "", stand.caller.with(key: secret))
        }

        @Test func eachTurnCounts() async throws {
            let stand = try Stand.lent
            let (_, caller) = try await Self.key("--rpm", "2", "--concurrent", "1")
            let socket = try await SocketCaller.open(caller)
            _ = try await ResponsesSocketTests.turn(socket, ResponsesSocketTests.create(), ["one"])
            // It is one call beside others of the key.
            try await socket.say(ResponsesSocketTests.create())
            let call = try await stand.upstream.nextCall(within: 60)
            let refused = try await caller.post("/v1/responses", #"{"model":"gemma-tunnel","input":"x"}"#)
            #expect(refused.status == 429)
            try await call.stream(["two"])
            _ = try await socket.messages(until: "response.completed")
            try await socket.say(ResponsesSocketTests.create())
            let error = try #require(try await socket.frame()).json
            #expect(error["status"].int == 429, "\(error)")
            #expect(error["error"]["code"].string == "rate_limit_exceeded")
        }

        @Test func eachTurnIsAuthorised() async throws {
            let stand = try Stand.lent
            try await stand.relay.administer("group", "create", "talkers", "--dialects", "chat", "responses")
            let (id, caller) = try await Self.key("--group", "talkers")
            let socket = try await SocketCaller.open(caller)
            _ = try await ResponsesSocketTests.turn(socket, ResponsesSocketTests.create(), ["one"])
            let stored = try await caller.post("/v1/responses/resp_1/cancel", "")
            #expect(stored.json["error"]["message"].string?.contains("its group may call") != true, "\(stored.text)")
            try await stand.relay.administer("group", "set", "talkers", "--dialects", "chat")
            try await socket.say(ResponsesSocketTests.create())
            let other = try #require(try await socket.frame()).json
            #expect(other["error"]["message"].string?.contains("its group may call chat only") == true, "\(other)")
            for (method, path) in [
                ("GET", "/v1/responses/resp_1"), ("DELETE", "/v1/responses/resp_1"),
                ("GET", "/v1/responses/resp_1/input_items"), ("POST", "/v1/responses/resp_1/cancel"),
            ] {
                let answer = try await caller.ask(method, path)
                #expect(
                    answer.json["error"]["message"].string?.contains("its group may call") == true,
                    "\(answer.text)"
                )
            }
            try await stand.relay.administer("group", "set", "talkers", "--dialects", "responses")
            _ = try await ResponsesSocketTests.turn(socket, ResponsesSocketTests.create(), ["again"])
            // Elsewhere than where the key may be used.
            try await stand.relay.administer("key", "set", id, "--allow", "192.0.2.0/24")
            try await socket.say(ResponsesSocketTests.create())
            let away = try #require(try await socket.frame()).json
            #expect(away["status"].int == 403, "\(away)")
        }

        /// Of one address a hundred wrong keys are told apart from too many.
        @Test func aWrongKeyOfAWebSocketCountsOnce() async throws {
            let stand = try Stand.lent
            let caller = stand.caller.with(key: "sk-adit-wrong")
            let headers = [
                ("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13"),
                ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ]
            for _ in 0..<60 {
                #expect(try await caller.get("/v1/responses", headers: headers).status == 401)
            }
            Refusal.unauthorized.expect(try await caller.get("/v1/models"))
        }

        /// Nothing is fetched for a call that its limits refuse.
        @Test func imagesAreFetchedForCallsThatMayBeMade() async throws {
            let images = try await ScriptedUpstream.start(.generic, models: [])
            var plan = Stand.Plan()
            plan.relay = ["--images-fetch", "--images-allow", "127.0.0.1:\(images.port)", "--queue-time", "0"]
            try await Stand.with(plan) { stand in
                let key = try JSONValue(try await stand.relay.administration(["key", "create", "--rpm", "1"]).output)
                let caller = stand.caller.with(key: key["secret"].string)
                let padding = String(repeating: "a", count: 300 << 10)
                let image =
                    #"{"type":"image","source":{"type":"url","url":"http://127.0.0.1:\#(images.port)/images/a.png"}}"#
                for text in ["See:", padding] {
                    let content = #"[{"type":"text","text":"\#(text)"},\#(image)]"#
                    let body =
                        #"{"model":"gemma-tunnel","max_tokens":9,"messages":[{"role":"user","content":\#(content)}]}"#
                    if text == "See:" {
                        // The one call that it may make fails for its image, and counts all the same.
                        async let answer = caller.post("/v1/messages", body)
                        try await images.nextCall().answer("nothing here", status: 404)
                        #expect(try await answer.status == 400)
                    }
                    #expect(try await caller.post("/v1/messages", body).status == 429)
                }
                #expect(images.requests.count { $0.contains("/images/") } == 1)
            }
            await images.stop()
        }
    }
}
