import TestSupport
import Testing

extension EndToEnd {
    /// What calls cost, and what becomes of those that cannot be paid.
    @Suite struct ChargeTests {
        @Test func everyDialectIsChargedOnceStreamedAndWhole() async throws {
            try await Stand.billed { stand in
                var calls = 0
                for (path, body) in DialectCancelTests.calls("Hello") + [("/v1/chat/completions", Stand.streamedChat())]
                {
                    let (_, answer) = try await stand.exchange(body, path: path) { try await $0.stream(["a", "b"]) }
                    #expect(answer.status == 200, "\(path): \(answer.text)")
                    #expect(try stand.charges(answer.head["x-request-id"] ?? "") == [Stand.usualCost], "\(path)")
                    calls += 1
                }
                let (_, answer) = try await stand.exchange(Stand.chat()) {
                    try await $0.answer(UpstreamCall.chat("hi"))
                }
                #expect(try stand.charges(answer.head["x-request-id"] ?? "") == [Stand.usualCost])
                calls += 1
                let spent = Int64(calls) * Stand.usualCost
                #expect(try await stand.balance() == ["0.\(1_000_000 - spent)", "0"])
                #expect(try stand.relay.integers("SELECT sum(amount) FROM ledger_posting") == [0])

                let usage = try await stand.caller.get("/v1/usage").json
                #expect(usage["total"]["calls"].int == calls)
                #expect(usage["today"]["output_tokens"].int == 7 * calls)
                #expect(usage["by_model"].array?.first?["model"].string == Stand.deployment)
                #expect(usage["by_day"].array?.count == 1)
                let records = try await stand.relay.administration(["usage", "export", "--jsonl"], json: false)
                let lines = try records.output.split(separator: "\n").map { try JSONValue(String($0)) }
                #expect(lines.count == calls)
                #expect(lines.allSatisfy { $0["cost"].string == "0.000019" && $0["status"].int == 200 })
                #expect(lines.allSatisfy { $0["connector"].string != nil && $0["address"].string == nil })
                let table = try await stand.relay.administration(["usage", "export", "--csv"], json: false)
                #expect(table.output.split(whereSeparator: \.isNewline).count == calls + 1)
            }
        }

        @Test func whoHasNothingGetsA402InEveryDialect() async throws {
            try await Stand.billed(0) { stand in
                for (path, body) in DialectCancelTests.calls("Hello") + [("/v1/chat/completions", Stand.chat())] {
                    let answer = try await stand.caller.post(path, body)
                    #expect(answer.status == 402, "\(path): \(answer.text)")
                    let error = answer.json["error"]
                    let said = error["code"].string ?? error["type"].string ?? error["status"].string
                    #expect(
                        ["insufficient_balance", "billing_error", "RESOURCE_EXHAUSTED"].contains(said ?? ""),
                        "\(path): \(answer.text)"
                    )
                }
                #expect(stand.upstream.requests.allSatisfy { $0.hasPrefix("GET") || !$0.contains("completions") })
                #expect(try stand.relay.integers("SELECT count(*) FROM ledger_movement") == [0])
            }
        }

        @Test func whatFailsIsNotCharged() async throws {
            try await Stand.billed { stand in
                _ = try await stand.exchange(Stand.chat()) { try await $0.answer("{}", status: 500) }
                _ = try await stand.exchange(Stand.chat()) { try await $0.answer("no JSON") }
                _ = try await stand.exchange(Stand.chat()) { try await $0.answer(#"{"choices":[]}"#) }
                _ = try await stand.exchange(Stand.streamedChat()) { call in
                    try await call.begin()
                    try await call.send(event: UpstreamCall.words("first"))
                    call.drop()
                }
                _ = try await stand.exchange(Stand.streamedChat()) { try await $0.stream(["a"], reportsUsage: false) }
                #expect(try await stand.balance() == ["1", "0"])
            }
        }

        @Test func whoLeavesPaysForWhatWasProduced() async throws {
            try await Stand.billed { stand in
                let (call, coming) = try await stand.streaming()
                coming.leave()
                try await call.disconnected.wait(within: 30, "the model stops")
                try await eventually(within: 30, "the call is charged") {
                    try stand.relay.integers("SELECT count(*) FROM ledger_movement WHERE kind = 'settlement'") == [1]
                }
                let estimated = try stand.relay.integers("SELECT estimated FROM usage_record WHERE status = 499")
                #expect(estimated == [1])
                #expect(try await stand.balance()[1] == "0")
            }
        }

        @Test func whoLeavesMayHaveToPayForTheWholeAnswer() async throws {
            try await Stand.billed(group: ", vanished_client = 'whole'") { stand in
                let (call, coming) = try await stand.streaming()
                coming.leave()
                for _ in 0..<20 { try await call.send(event: UpstreamCall.words("more")) }
                try await call.finishStream()
                try await eventually(within: 30, "the whole answer is charged") {
                    try stand.relay.integers("SELECT amount FROM ledger_movement WHERE kind = 'settlement'")
                        == [Stand.usualCost]
                }
            }
        }

        @Test(arguments: ["POST", "DELETE"])
        func whatIsCancelledEndsAtTheModel(_ method: String) async throws {
            try await Stand.billed(group: ", vanished_client = 'whole'") { stand in
                let body = #"{"model":"gemma-tunnel","input":"Hello","background":true}"#
                let begun = try await stand.caller.post("/v1/responses", body)
                let id = try #require(begun.json["id"].string)
                let call = try #require(try await stand.upstream.calls.next())
                try await call.begin()
                try await call.send(event: UpstreamCall.words("first"))
                let path = "/v1/responses/\(id)" + (method == "POST" ? "/cancel" : "")
                let answer = try await stand.caller.ask(method, path, body: "", within: 20)
                #expect(answer.status == 200, "\(answer.text)")
                try await call.disconnected.wait(within: 30, "the model stops")
                try await eventually(within: 30, "what was put aside is free again") {
                    try await stand.balance()[1] == "0"
                }
                // The model server was asked for a stream, its caller was not told one.
                try await eventually(within: 30, "it has its record") {
                    try stand.relay.integers("SELECT streamed FROM usage_record") == [0]
                }
            }
        }

        @Test func whatIsRememberedIsPutAsideToo() async throws {
            try await Stand.billed { stand in
                let long = String(repeating: "word ", count: 6_000)
                let first = #"{"model":"gemma-tunnel","input":"\#(long)","max_output_tokens":7}"#
                let (_, answer) = try await stand.exchange(first, path: "/v1/responses") {
                    try await $0.answer(UpstreamCall.chat("hi"))
                }
                let id = try #require(answer.json["id"].string, "\(answer.text)")
                // Enough for the words of the next call, but not for those that come before them.
                try await stand.relay.administer("balance", "adjust", Stand.user, "--", "-0.995")
                for more in [#""previous_response_id":"\#(id)","input":"go on""#, #""input":"\#(long)""#] {
                    let body = #"{"model":"gemma-tunnel","max_output_tokens":7,\#(more)}"#
                    let refused = try await stand.caller.post("/v1/responses", body)
                    #expect(refused.status == 402, "\(refused.text)")
                }
                try await stand.topUp(1_000_000)
                let body = #"{"model":"gemma-tunnel","stream":true,"previous_response_id":"\#(id)","input":"go on"}"#
                let (_, coming) = try await stand.streaming(nil, path: "/v1/responses", body)
                coming.leave()
                try await eventually(within: 30, "the call is charged") {
                    try stand.relay.integers("SELECT input FROM usage_record WHERE status = 499").first ?? 0 > 10_000
                }
            }
        }

        @Test(
            arguments: [
                (#""prompt":["a","b","c"],"max_tokens":1000"#, "/v1/completions"),
                (#""prompt":"a","best_of":3,"max_tokens":1000"#, "/v1/completions"),
                (
                    #""messages":[{"role":"user","content":"a"}],"max_completion_tokens":1,"max_tokens":3000"#,
                    "/v1/chat/completions"
                ),
                (#""prompt":"a","max_tokens":1,"n_predict":3000"#, "/v1/completions"),
                (#""prompt":"a","max_tokens":1,"n_predict":-1"#, "/v1/completions"),
                (#""prompt":"a","max_tokens":1000,"n_cmpl":3"#, "/v1/completions"),
                (#""prompt":"a","max_tokens":1000,"n":"3""#, "/v1/completions"),
                (
                    #""prompt":[{"prompt_string":"a"},{"prompt_string":"a"},{"prompt_string":"a"}],"max_tokens":1000"#,
                    "/v1/completions"
                ),
                (
                    #""messages":[{"role":"user","content":"a"}],"max_tokens":1,"max_completion_tokens":-1"#,
                    "/v1/chat/completions"
                ),
            ]
        )
        func whatCouldBecomeTooMuchIsRefused(_ members: String, _ path: String) async throws {
            try await Stand.billed(5_000) { stand in
                let answer = try await stand.caller.post(path, #"{"model":"gemma-tunnel",\#(members)}"#)
                #expect(answer.status == 402, "\(answer.text)")
            }
        }

        @Test func whoReadsNothingPaysForWhatWasProduced() async throws {
            try await Stand.billed(10_000_000, ["--timeouts-idle", "1s"]) { stand in
                let words = String(repeating: "w", count: 64 * 1024)
                stand.upstream.script("flood") { call in
                    try await call.begin()
                    for _ in 0..<512 { try await call.send(event: UpstreamCall.words(words)) }
                    try await call.finishStream()
                }
                let body = Stand.streamedChat("x", #","script":"flood""#)
                let coming = try await stand.caller.start(
                    "POST",
                    "/v1/chat/completions",
                    body: body,
                    receiveBuffer: 16 * 1024
                )
                try await withDeadline(20, "the stream begins") { _ = try await coming.head() }
                try await coming.connection.pauseReading()
                try await eventually(within: 30, "the call is charged") {
                    try stand.relay.integers("SELECT count(*) FROM ledger_movement WHERE kind = 'settlement'") == [1]
                }
                #expect(try await stand.balance()[1] == "0")
                let labels =
                    "{deployment=\"\(Stand.deployment)\",endpoint=\"chat\",outcome=\"requestTimeout\"}"
                try await eventually(within: 30, "the call is counted as the caller's fault") {
                    try await stand.metric("adit_calls_total\(labels)") == 1
                }
                coming.leave()
            }
        }

        @Test func aModelWithoutAPriceIsNotSold() async throws {
            try await Stand.billed { stand in
                await stand.relay.stop()
                try stand.relay.change(
                    "UPDATE deployment SET price_input = NULL, price_cached_input = NULL, price_output = NULL"
                )
                try await stand.relay.startAgain()
                let answer = try await stand.caller.post("/v1/chat/completions", Stand.chat())
                #expect(answer.status == 403, "\(answer.text)")
                #expect(answer.text.contains("no price"))
                // What cannot be called is not listed either.
                for path in ["/v1/models", "/v1beta/models"] {
                    let list = try await stand.caller.get(path)
                    #expect(list.status == 200 && !list.text.contains(Stand.deployment), "\(list.text)")
                    #expect(try await stand.caller.get("\(path)/\(Stand.deployment)").status == 404)
                }
            }
        }

        @Test func fiveHundredCallsSpendNoMoreThanThereIs() async throws {
            // Reserved: a token for every three bytes and one more, and the limit of the answer, which costs twice as much.
            let body = Stand.chat("Hello", #","max_tokens":7,"script":"hold""#)
            let reserved = Int64(body.utf8.count / 3 + 1 + 14)
            try await Stand.billed(100 * reserved) { stand in
                let go = Event<Void>()
                stand.upstream.script("hold") { call in
                    try await go.wait()
                    try await call.answer(UpstreamCall.chat("yes"))
                }
                let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<500 {
                        group.addTask {
                            try await stand.caller.ask("POST", "/v1/chat/completions", body: body, within: 200).status
                        }
                    }
                    var statuses: [Int: Int] = [:]
                    while let status = try await group.next() {
                        statuses[status, default: 0] += 1
                        if statuses[402] == 400 { go.fire(()) }
                    }
                    return statuses
                }
                #expect(statuses == [200: 100, 402: 400])
                #expect(
                    try stand.relay.integers("SELECT count(*) FROM ledger_movement WHERE kind = 'settlement'") == [100]
                )
                let left = 100 * (reserved - Stand.usualCost)
                let available = try stand.relay.integers(
                    "SELECT balance FROM ledger_account WHERE name = 'available:\(Stand.user)'"
                )
                #expect(available == [left])
            }
        }

        @Test func aCallThatIsSentTwiceIsPaidOnce() async throws {
            try await Stand.billed { stand in
                let name = [("idempotency-key", "first")]
                let (_, answer) = try await stand.exchange(Stand.chat(), headers: name) {
                    try await $0.answer(UpstreamCall.chat("hi"))
                }
                let again = try await stand.caller.post("/v1/chat/completions", Stand.chat(), headers: name)
                #expect(again.status == 200 && again.body == answer.body)
                let other = try await stand.caller.post("/v1/chat/completions", Stand.chat("Bye"), headers: name)
                #expect(other.status == 409, "\(other.text)")
                #expect(
                    try stand.relay.integers("SELECT count(*) FROM ledger_movement WHERE kind = 'settlement'") == [1]
                )
                let second = [("idempotency-key", "second")]
                _ = try await stand.exchange(Stand.chat(), headers: second) { try await $0.answer("{}", status: 500) }
                let (_, better) = try await stand.exchange(Stand.chat(), headers: second) {
                    try await $0.answer(UpstreamCall.chat("hi"))
                }
                #expect(better.status == 200)
                #expect(try stand.charges(better.head["x-request-id"] ?? "") == [Stand.usualCost])
            }
        }

        /// Old vLLM says an error by itself, with the status of an answer.
        @Test func anErrorInThePlaceOfAnAnswerIsNotRemembered() async throws {
            try await Stand.billed { stand in
                let name = [("idempotency-key", "first")]
                let (_, failed) = try await stand.exchange(Stand.chat(), headers: name) {
                    try await $0.answer(#"{"object":"error","message":"x","type":"InternalServerError","code":500}"#)
                }
                Refusal.badGateway.expect(failed)
                #expect(
                    try stand.relay.integers("SELECT count(*) FROM ledger_movement WHERE kind = 'settlement'") == [0]
                )
                let (_, better) = try await stand.exchange(Stand.chat(), headers: name) {
                    try await $0.answer(UpstreamCall.chat("hi"))
                }
                #expect(better.status == 200)
            }
        }

        @Test func aKnownAnswerCountsAgainstLimits() async throws {
            try await Stand.billed { stand in
                let key = try await stand.relay.administer("key", "create", "--rpm", "2")
                let caller = stand.caller.with(key: key["secret"].string)
                let name = [("idempotency-key", "first")]
                let (_, answer) = try await stand.exchange(Stand.chat(), headers: name, key: caller) {
                    try await $0.answer(UpstreamCall.chat("hi"))
                }
                let again = try await caller.post("/v1/chat/completions", Stand.chat(), headers: name)
                #expect(again.status == 200 && again.body == answer.body)
                let third = try await caller.post("/v1/chat/completions", Stand.chat(), headers: name)
                #expect(third.status == 429, "\(third.text)")
                let labels = "{deployment=\"\(Stand.deployment)\",endpoint=\"chat\",outcome=\"completed\"}"
                #expect(try await stand.metric("adit_calls_total\(labels)") == 2)
            }
        }

        @Test func whatIsKeptOfPaidCallsHoldsNoSecretAndNoWord() async throws {
            try await Stand.billed(1_000_000, ["--log-level", "trace", "--usage-addresses"]) { stand in
                let codes = try await stand.relay.administer("code", "create", "1")
                let code = try #require(codes.array?.first?["code"].string)
                try await stand.relay.administer("code", "redeem", code, "--user", Stand.user)
                let name = "the-name-of-this-call-7b"
                _ = try await stand.exchange(Stand.chat(), headers: [("idempotency-key", name)]) {
                    try await $0.answer(UpstreamCall.chat("hi"))
                }
                #expect(try stand.relay.texts("SELECT address FROM usage_record") == ["127.0.0.1"])
                try await SecretsTests.expectNothingTold(stand, further: [code, name])
            }
        }

        @Test func codesAndCorrectionsChangeABalance() async throws {
            try await Stand.billed(0) { stand in
                // More than a page holds.
                let many = try await stand.relay.administer("code", "create", "1", "--count", "101")
                #expect(many.array?.count == 101)
                let codes = try await stand.relay.administer("code", "create", "2.5", "--count", "2")
                #expect(try await stand.relay.administer("code", "list").array?.count == 103)
                let code = try #require(codes.array?.first?["code"].string)
                try await stand.relay.administer("code", "redeem", code, "--user", Stand.user)
                let again = try await stand.relay.administration(["code", "redeem", code, "--user", Stand.user])
                #expect(again.status == 1)
                try await stand.relay.administer("balance", "adjust", Stand.user, "--note", "a gift", "1")
                #expect(try await stand.balance() == ["3.5", "0"])
                let tooMuch = try await stand.relay.administration(["balance", "adjust", Stand.user, "--", "-4"])
                #expect(tooMuch.status != 0)
                let (_, answer) = try await stand.exchange(Stand.chat()) {
                    try await $0.answer(UpstreamCall.chat("hi"))
                }
                try await stand.relay.administer("balance", "refund", answer.head["x-request-id"] ?? "")
                #expect(try await stand.balance() == ["3.5", "0"])
                #expect(try stand.relay.integers("SELECT sum(amount) FROM ledger_posting") == [0])
            }
        }
    }
}
