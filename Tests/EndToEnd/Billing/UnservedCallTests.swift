import TestSupport
import Testing

extension EndToEnd {
    /// What is kept of calls that never came to a connector.
    @Suite(.timeLimit(.minutes(5)))
    struct UnservedCallTests {
        @Test func callsThatAreRefusedHaveARecordAndAreNotSummed() async throws {
            let flags = ["--hold-time", "1s", "--stream-keepalive", "1s"]
            try await Stand.billed(Stand.usualCost, flags + ["--billing-assumed-output", "7"]) { stand in
                let small = #"{"model":"gemma-tunnel","max_tokens":100000,"messages":[{"role":"user","content":"Hi"}]}"#
                #expect(try await stand.caller.post("/v1/chat/completions", small).status == 402)
                try await stand.topUp(1_000_000)

                try await stand.relay.administer("key", "set", stand.key.id, "--rpm", "1")
                _ = try await stand.exchange(Stand.chat()) { try await $0.answer(UpstreamCall.chat("Hi")) }
                #expect(try await stand.caller.post("/v1/chat/completions", Stand.chat()).status == 429)
                try await stand.relay.administer("key", "set", stand.key.id, "--rpm", "0")

                stand.connector.program.kill()
                _ = try await stand.connector.program.exited.wait()
                for body in [Stand.chat(), Stand.streamedChat()] {
                    #expect(try await stand.caller.post("/v1/chat/completions", body).status == 503)
                }
                // Whom a key may not call has nothing to do with it.
                #expect(
                    try await stand.caller.post("/v1/chat/completions", #"{"model":"none","messages":[{}]}"#).status
                        == 404
                )

                let wanted = [
                    "200 ", "402 insufficientBalance", "429 rateLimited", "503 connectorOffline",
                    "503 connectorOffline",
                ]
                try await eventually(within: 30, "each call has its record") {
                    try stand.relay.texts(
                        "SELECT status || ' ' || ifnull(error, '') FROM usage_record ORDER BY 1"
                    ) == wanted
                }
                #expect(
                    try stand.relay.integers("SELECT count(*) FROM usage_record WHERE connector IS NULL AND cost = 0")
                        == [4]
                )
                let usage = try await stand.caller.get("/v1/usage").json
                #expect(usage["total"]["calls"].int == 1)
            }
        }

        /// What the server that was found cannot be asked is refused for nothing: records of that have their bound too.
        @Test func whatNoServerWasAskedForNamesNoConnector() async throws {
            try await Stand.billed { stand in
                let members = #""input":"Hi","max_output_tokens":7,"previous_input_messages":[]"#
                // More than two minutes have room for.
                for _ in 0..<130 {
                    let body = #"{"model":"\#(Stand.deployment)",\#(members)}"#
                    #expect(try await stand.caller.post("/v1/responses", body).status == 400)
                }
                _ = try await stand.exchange(Stand.chat()) { try await $0.answer(UpstreamCall.chat("Hi")) }
                try await eventually(within: 30, "the last call has its record") {
                    try stand.relay.integers("SELECT count(*) FROM usage_record WHERE status = 200") == [1]
                }
                let refused = "SELECT count(*) FROM usage_record WHERE error = 'invalidRequest'"
                let records = try stand.relay.integers(refused)[0]
                #expect(records >= 60 && records <= 120, "\(records)")
                #expect(try stand.relay.integers("\(refused) AND connector IS NOT NULL") == [0])
            }
        }
    }
}
