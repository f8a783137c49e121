import TestSupport
import Testing

extension EndToEnd {
    /// Calls that are refused at once: whoever hosts the relay sees them all the same.
    @Suite
    struct RefusedCallTests {
        @Test func theyAreInTheMetricsAndInTheLog() async throws {
            var plan = Stand.Plan()
            plan.relay = ["--hold-time", "0", "--limits-body", "1MiB"]
            try await Stand.with(plan) { stand in
                try await stand.relay.administer("deployment", "create", "away")
                let body = #"{"model":"away","messages":[{"role":"user","content":"Hi"}]}"#
                let away = try await stand.caller.post("/v1/chat/completions", body)
                Refusal.offline.expect(away)
                #expect(
                    try await stand.caller.post("/v1/chat/completions", #"{"model":"none","messages":[{}]}"#).status
                        == 404
                )
                #expect(try await stand.caller.post("/v1/chat/completions", "{").status == 400)
                #expect(try await stand.caller.with(key: "sk-wrong").post("/v1/chat/completions", body).status == 401)
                let large = String(repeating: " ", count: 1_048_577)
                #expect(try await stand.caller.post("/v1/chat/completions", large).status == 413)
                for (deployment, outcome) in [
                    ("away", "connectorOffline"), ("", "unknownDeployment"), ("", "invalidRequest"), ("", "invalidKey"),
                    ("", "bodyTooLarge"),
                ] {
                    let labels = "{deployment=\"\(deployment)\",endpoint=\"chat\",outcome=\"\(outcome)\"}"
                    #expect(try await stand.metric("adit_calls_total\(labels)") == 1, "\(outcome)")
                }
                let call = try #require(away.head["x-request-id"])
                try await eventually("the log has it") {
                    stand.relay.program.logText.split(separator: "\n").contains {
                        $0.contains(call) && $0.contains("connectorOffline")
                    }
                }
            }
        }
    }
}
