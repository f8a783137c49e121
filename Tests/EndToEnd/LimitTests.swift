import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// Limits as callers meet them, on the clock of this machine.
    ///
    /// Without waiting lines, which have tests of their own.
    @Suite(.stand(relay: ["--queue-time", "0"]))
    struct LimitTests {
        /// Nobody serves it: calls to it are counted, and answered at once.
        private static let offline = #"{"model":"nowhere","messages":[{"role":"user","content":"x"}]}"#

        private static func caller(_ limits: String...) async throws -> HTTPCaller {
            let stand = try Stand.lent
            let words = ["key", "create"] + limits
            let outcome = try await stand.relay.administration(words)
            #expect(outcome.status == 0, "\(outcome.complaint)\(outcome.output)")
            return stand.caller.with(key: try JSONValue(outcome.output)["secret"].string)
        }

        /// What a key is told of what is left of one of its limits.
        private static func left(_ caller: HTTPCaller, _ name: String) async throws -> JSONValue {
            let limits = try await caller.get("/v1/usage").json["rate_limits"].array ?? []
            return try #require(limits.first { $0["name"].string == name }, "\(limits)")
        }

        @Test func whatIsLeftIsToldWithTheUse() async throws {
            let stand = try Stand.lent
            let user = try await stand.relay.administer("user", "create", "Left", "--concurrent", "7")["id"].string
            let caller = try await Self.caller("--user", user ?? "", "--rpd", "10", "--tpm", "600000")
            #expect(try await stand.caller.get("/v1/usage").json["rate_limits"].array == nil, "nothing limits this key")
            let before = Int(Date().timeIntervalSince1970)
            let (_, answer) = try await stand.exchange(Stand.chat(), key: caller) {
                try await $0.answer(UpstreamCall.chat("yes"))
            }
            #expect(answer.status == 200, "\(answer.text)")
            let day = try await Self.left(caller, "requests_per_day")
            #expect([day["limit"].int, day["remaining"].int] == [10, 9])
            let reset = try #require(day["resets_at"].int)
            #expect((before + 8_640...before + 8_700).contains(reset), "\(reset - before)")
            let tokens = try await Self.left(caller, "tokens_per_minute")
            #expect((599_900...600_000).contains(tokens["remaining"].int ?? 0), "\(tokens)")
            let atOnce = try await Self.left(caller, "concurrent_calls")
            #expect(atOnce["of"].string == "user" && atOnce["remaining"].int == 7 && atOnce["resets_at"].int == nil)
        }

        @Test func requests() async throws {
            let stand = try Stand.lent
            if try await stand.caller.get("/v1/models/nowhere").status == 404 {
                try await stand.relay.createDeployment("nowhere")
            }
            // One comes back every two seconds.
            let caller = try await Self.caller("--rpm", "30")
            var answer = try await caller.post("/v1/chat/completions", Self.offline)
            Refusal.offline.expect(answer)
            #expect(answer.head["x-ratelimit-limit-requests"] == "30")
            #expect(answer.head["x-ratelimit-remaining-requests"] == "29")
            #expect(answer.head["x-ratelimit-reset-requests"] == "2s")
            #expect(answer.head["x-ratelimit-limit-tokens"] == nil)
            let left = try await Self.left(caller, "requests_per_minute")
            #expect(left["of"].string == "key" && left["limit"].int == 30)
            // Asking counts for nothing, and time goes on.
            #expect([29, 30].contains(left["remaining"].int))
            for _ in 0..<200 where answer.status != 429 {
                answer = try await caller.post("/v1/chat/completions", Self.offline)
            }
            Refusal.busy.expect(answer)
            #expect(answer.head["x-ratelimit-remaining-requests"] == "0")
            #expect(["1", "2"].contains(answer.head["retry-after"]))
            #expect(answer.json["error"]["message"].string?.contains("limit of 30 requests per minute") == true)
            try await eventually("a call comes back") {
                try await caller.post("/v1/chat/completions", Self.offline).status == 503
            }
            // The key's limit is the key's.
            #expect(try await stand.caller.post("/v1/chat/completions", Self.offline).status == 503)
        }

        @Test func callsToWhatIsOfflineTakeNothingFromOthers() async throws {
            let stand = try Stand.lent
            try await stand.relay.createDeployment("asleep")
            let body = #"{"model":"asleep","messages":[{"role":"user","content":"x"}]}"#
            try await stand.relay.administer("group", "create", "shared", "--rpm", "2")
            let caller = try await Self.caller("--group", "shared", "--rpm", "30")
            try await stand.relay.administer("limits", "set", "--rpm", "2")
            try await stand.relay.administer("deployment", "set", "asleep", "--rpm", "2")
            for _ in 0..<5 { Refusal.offline.expect(try await caller.post("/v1/chat/completions", body)) }
            // They are the key's own all the same.
            let left = try #require(try await Self.left(caller, "requests_per_minute")["remaining"].int)
            #expect(left < 30, "\(left)")
            for other in [stand.caller, caller] {
                let (_, answer) = try await stand.exchange(Stand.chat(), key: other) {
                    try await $0.answer(UpstreamCall.chat("yes"))
                }
                #expect(answer.status == 200, "\(answer.text)")
            }
            Refusal.busy.expect(try await stand.caller.post("/v1/chat/completions", Stand.chat()))
            try await stand.relay.administer("limits", "set", "--rpm", "0")
        }

        @Test func tokens() async throws {
            let stand = try Stand.lent
            // Ten come back every second, and each answer takes twelve.
            let caller = try await Self.caller("--tpm", "600")
            stand.upstream.script("many") { call in
                let whole = UpstreamCall.chat("yes").replacing("\"total_tokens\":12", with: "\"total_tokens\":620")
                try await call.answer(whole.replacing("\"completion_tokens\":7", with: "\"completion_tokens\":615"))
            }
            let first = try await caller.post("/v1/chat/completions", Stand.chat("Hi", #","script":"many""#))
            #expect(first.status == 200, "\(first.text)")
            #expect(first.head["x-ratelimit-limit-tokens"] == "600")
            #expect((500..<600).contains(first.head["x-ratelimit-remaining-tokens"].flatMap { Int($0) } ?? 0))
            #expect(first.head["x-ratelimit-limit-requests"] == nil)
            let second = try await caller.post("/v1/chat/completions", Stand.chat("Hi", #","script":"many""#))
            Refusal.busy.expect(second)
            #expect(second.head["x-ratelimit-remaining-tokens"] == "0")
            let wait = try #require(second.head["retry-after"].flatMap { Int($0) })
            #expect((1...10).contains(wait), "\(wait)")
            try await eventually(within: 60, "tokens come back") {
                try await caller.post("/v1/chat/completions", Stand.chat("Hi", #","script":"many""#)).status == 200
            }
        }

        /// Sixty come back every second.
        @Test(arguments: [true, false])
        func tokensThatNobodyToldAreCountedAsSeen(callerLeaves: Bool) async throws {
            let stand = try Stand.lent
            let caller = try await Self.caller("--tpm", "3600")
            stand.upstream.script("untold") { call in
                try await call.begin()
                for _ in 0..<3_000 { try await call.send(event: UpstreamCall.words("a")) }
                try await call.send(event: UpstreamCall.words("last"))
                if callerLeaves { try await call.disconnected.wait() }
                try await call.finishStream(reportsUsage: false)
            }
            let body = Stand.streamedChat("Hi", #","script":"untold""#)
            let coming = try await caller.start("POST", "/v1/chat/completions", body: body)
            try await withDeadline(30, "the answer comes") {
                #expect(try await coming.head().status == 200)
                if callerLeaves {
                    var text = ""
                    while !text.contains("last") { text = try await coming.text(until: "\n\n") }
                    coming.leave()
                } else {
                    _ = try await coming.rest()
                }
            }
            try await eventually(within: 10, "the tokens are counted") {
                try await Self.left(caller, "tokens_per_minute")["remaining"].int ?? .max < 2_400
            }
        }

        @Test func callsAtOnce() async throws {
            let stand = try Stand.lent
            let caller = try await Self.caller("--concurrent", "1")
            for _ in 0..<2 {
                let (call, coming) = try await stand.streaming(caller)
                let refused = try await caller.post("/v1/chat/completions", Stand.chat())
                Refusal.busy.expect(refused)
                #expect(refused.head["retry-after"] == "1")
                #expect(refused.head["x-ratelimit-limit-requests"] == nil)
                #expect(refused.json["error"]["message"].string?.contains("calls at once") == true)
                #expect(try await Self.left(caller, "concurrent_calls")["remaining"].int == 0)
                try await call.finishStream()
                try await withDeadline(20, "the stream ends") { _ = try await coming.rest() }
            }
            // Who leaves makes room too.
            let (_, leaving) = try await stand.streaming(caller)
            leaving.leave()
            stand.upstream.script("room") { try await $0.answer(UpstreamCall.chat("yes")) }
            try await eventually("there is room again") {
                try await caller.post("/v1/chat/completions", Stand.chat("Hi", #","script":"room""#)).status == 200
            }
        }

        @Test func everyDialectSaysItInItsOwnWay() async throws {
            let caller = try await Self.caller("--rpm", "1", "--tpm", "100000")
            let body =
                #"{"model":"gemma-tunnel","max_tokens":9,"messages":[{"role":"user","content":"x"}],"script":"x"}"#
            let stand = try Stand.lent
            let (_, answer) = try await stand.exchange(body, path: "/v1/messages", headers: [], key: caller) {
                try await $0.answer(UpstreamCall.chat("yes"))
            }
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.head["anthropic-ratelimit-requests-limit"] == "1")
            #expect(answer.head["anthropic-ratelimit-requests-remaining"] == "0")
            #expect(answer.head["anthropic-ratelimit-tokens-limit"] == "100000")
            let reset = answer.head["anthropic-ratelimit-requests-reset"] ?? ""
            #expect(reset.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil, "\(reset)")
            let claude = try await caller.post("/v1/messages", body)
            #expect(claude.status == 429)
            #expect(claude.json["error"]["type"].string == "rate_limit_error")
            #expect(claude.head["retry-after"] != nil)
            let responses = try await caller.post("/v1/responses", #"{"model":"gemma-tunnel","input":"x"}"#)
            Refusal.busy.expect(responses)
            #expect(responses.head["x-ratelimit-remaining-requests"] == "0")
            let gemini = try await caller.post(
                "/v1beta/models/gemma-tunnel:generateContent",
                #"{"contents":[{"parts":[{"text":"x"}]}]}"#
            )
            #expect(gemini.status == 429)
            #expect(gemini.json["error"]["status"].string == "RESOURCE_EXHAUSTED")
            #expect(gemini.text.contains("google.rpc.RetryInfo"))
            #expect(gemini.head["retry-after"] != nil)
        }

        @Test func theWholeRelay() async throws {
            let stand = try Stand.lent
            try await stand.relay.administer("limits", "set", "--concurrent", "1")
            let (call, coming) = try await stand.streaming()
            let other = try await stand.relay.createKey()
            let refused = try await stand.caller.with(key: other.secret).post("/v1/chat/completions", Stand.chat())
            Refusal.busy.expect(refused)
            try await stand.relay.administer("limits", "set", "--concurrent", "0")
            // A limit that is gone holds nobody up, and a call that was counted under it ends as it should.
            try await stand.expectServing()
            try await call.finishStream()
            try await withDeadline(20, "the stream ends") { _ = try await coming.rest() }
        }
    }
}
