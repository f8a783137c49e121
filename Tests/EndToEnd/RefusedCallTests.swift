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
                let tooLarge = try await stand.caller.post("/v1/chat/completions", large)
                #expect(tooLarge.status == 413)
                let plain = [("content-type", "text/plain")]
                let noJSON = try await stand.caller.post("/v1/chat/completions", body, headers: plain)
                #expect(noJSON.status == 415)
                for (deployment, outcome) in [
                    ("away", "connectorOffline"), ("", "unknownDeployment"), ("", "invalidRequest"), ("", "invalidKey"),
                    ("", "bodyTooLarge"), ("", "unsupportedMediaType"),
                ] {
                    let labels = "{deployment=\"\(deployment)\",endpoint=\"chat\",outcome=\"\(outcome)\"}"
                    #expect(try await stand.metric("adit_calls_total\(labels)") == 1, "\(outcome)")
                }
                for (answer, outcome) in [
                    (away, "connectorOffline"), (tooLarge, "bodyTooLarge"), (noJSON, "unsupportedMediaType"),
                ] {
                    let call = try #require(answer.head["x-request-id"])
                    try await eventually("the log has it") {
                        stand.relay.program.logText.split(separator: "\n").contains {
                            $0.contains(call) && $0.contains(outcome) && $0.contains(stand.key.id)
                        }
                    }
                }
            }
        }

        @Test func soIsATurnOfAWebSocketWhoseKeyWasDisabled() async throws {
            try await Stand.with { stand in
                let key = try await stand.relay.createKey()
                let socket = try await SocketCaller.open(stand.caller.with(key: key.secret))
                try await stand.relay.administer("key", "disable", key.id)
                try await socket.say(#"{"type":"response.create","model":"\#(Stand.deployment)","input":"Hi"}"#)
                let refused = try await socket.messages(until: "error")
                #expect(refused.last?["status"].int == 401, "\(refused)")
                let labels = #"{deployment="",endpoint="responses",outcome="invalidKey"}"#
                #expect(try await stand.metric("adit_calls_total\(labels)") == 1)
                try await eventually("the log has it") {
                    stand.relay.program.logText.split(separator: "\n").contains {
                        $0.contains("invalidKey") && $0.contains(key.id)
                    }
                }
            }
        }
    }
}
