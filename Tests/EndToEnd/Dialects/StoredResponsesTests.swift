import TestSupport
import Testing

extension EndToEnd {
    /// Responses that outlive the relay, and those that do not.
    struct StoredResponsesTests {
        private static func turn(
            _ stand: Stand,
            _ input: String,
            _ more: String = ""
        ) async throws -> (UpstreamCall, String) {
            let body = #"{"model":"\#(Stand.deployment)","input":"\#(input)"\#(more)}"#
            let (call, answer) = try await stand.exchange(body, path: "/v1/responses") {
                try await $0.answer(UpstreamCall.chat("answer to \(input)"))
            }
            return (call, try #require(answer.json["id"].string, "\(answer.text)"))
        }

        private static func restart(_ stand: Stand) async throws {
            await stand.relay.stop()
            try await stand.relay.startAgain()
            try await stand.isServing(within: 60)
        }

        @Test func aRestartForgetsNothingWhereThatIsWanted() async throws {
            var plan = Stand.Plan()
            plan.relay = ["--responses-persist"]
            try await Stand.with(plan) { stand in
                let (_, first) = try await Self.turn(stand, "One")
                let (_, gone) = try await Self.turn(stand, "Gone")
                #expect(try await stand.caller.ask("DELETE", "/v1/responses/\(gone)").status == 200)
                let (_, unkept) = try await Self.turn(stand, "Unkept", #","store":false"#)
                let told = try await stand.caller.get("/v1/responses/\(first)")
                try await Self.restart(stand)
                #expect(try await stand.caller.get("/v1/responses/\(first)").json == told.json)
                for id in [gone, unkept] { #expect(try await stand.caller.get("/v1/responses/\(id)").status == 404) }
                let (call, _) = try await Self.turn(stand, "Two", #","previous_response_id":"\#(first)""#)
                let said = (call.json["messages"].array ?? []).map { $0["content"].string }
                #expect(said == ["One", "answer to One", "Two"])
                let other = stand.caller.with(key: try await stand.relay.createKey().secret)
                #expect(try await other.get("/v1/responses/\(first)").status == 404)
            }
        }

        @Test func nothingIsWrittenUnlessItIsWanted() async throws {
            try await Stand.with { stand in
                let (_, id) = try await Self.turn(stand, "a-prompt-of-mine")
                try await Self.restart(stand)
                #expect(try await stand.caller.get("/v1/responses/\(id)").status == 404)
            }
        }
    }
}
