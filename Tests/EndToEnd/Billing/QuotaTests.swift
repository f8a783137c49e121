import TestSupport
import Testing

extension EndToEnd {
    /// What keys may use up, over real connections and a restart.
    @Suite(.timeLimit(.minutes(5)))
    struct QuotaTests {
        /// Each call uses twelve tokens: five of the prompt and seven of the answer.
        @Test func aKeyThatHasUsedUpItsQuotaMakesNoCall() async throws {
            try await Stand.with(Stand.Plan()) { stand in
                try await stand.relay.administer("key", "set", stand.key.id, "--quota", "day=20", "5h=1000")
                let small = #"{"model":"gemma-tunnel","max_tokens":7,"messages":[{"role":"user","content":"Hello"}]}"#
                for _ in 0..<2 {
                    let answer = try await stand.exchange(small) { try await $0.answer(UpstreamCall.chat("Hi")) }.answer
                    #expect(answer.status == 200, "as long as something is left, a call is made: \(answer.text)")
                }
                try await Self.expectUsedUp(stand, small)
                await stand.relay.stop()
                try await stand.relay.startAgain()
                try await stand.isConnected()
                try await Self.expectUsedUp(stand, small)
                try await stand.relay.administer("key", "set", stand.key.id, "--quota", "day=0")
                let answer = try await stand.exchange(small) { try await $0.answer(UpstreamCall.chat("Hi")) }.answer
                #expect(answer.status == 200, "without the quota calls are made again: \(answer.text)")
            }
        }

        /// What is not known is estimated as it was when the call was let in: an image's bytes are no words.
        @Test func anImageOfACallThatWasLeftDoesNotUseUpAQuota() async throws {
            try await Stand.with(Stand.Plan()) { stand in
                try await stand.relay.administer("key", "set", stand.key.id, "--quota", "day=1000000")
                let image = String(repeating: "A", count: 4_000_000)
                let part = #"{"type":"image_url","image_url":{"url":"data:image/png;base64,\#(image)"}}"#
                let body =
                    #"{"model":"gemma-tunnel","stream":true,"max_tokens":7,"messages":[{"role":"user","content":[\#(part)]}]}"#
                let (call, coming) = try await stand.streaming(nil, body)
                coming.leave()
                try await call.disconnected.wait(within: 30, "the model stops")
                try await eventually(within: 30, "the call counts") {
                    let windows = try await stand.caller.get("/v1/usage").json["quota"]["windows"].array
                    return (1...200_002).contains(windows?.first?["used"].int ?? 0)
                }
            }
        }

        /// A word about the unit must not leave a key without limits.
        @Test func anotherUnitNeedsAmounts() async throws {
            let relay = try await RelayUnderTest.start()
            let key = try await relay.createKey().id
            func quota() async throws -> JSONValue { try await relay.administer("key", "show", key)["quota"] }
            try await relay.administer("key", "set", key, "--quota", "day=100", "life=500")
            let before = try await quota()
            let refused = try await relay.administration(["key", "set", key, "--quota-unit", "credits"])
            #expect(refused.status == 1)
            #expect(
                refused.complaint.contains("The quota is in tokens: say its amounts in credits"),
                "\(refused.complaint)"
            )
            #expect(try await quota() == before)
            try await relay.administer("key", "set", key, "--quota-unit", "credits", "--quota", "week=12.5")
            let after = try await quota()
            #expect(after["unit"].string == "credits" && after["week"].string == "12.5" && after["day"] == .null)
            try await relay.administer("key", "set", key, "--quota", "0")
            #expect(try await quota() == .null)
            await relay.stop()
        }

        private static func expectUsedUp(_ stand: Stand, _ body: String) async throws {
            let answer = try await stand.caller.post("/v1/chat/completions", body)
            #expect(answer.status == 429)
            #expect(answer.json["error"]["code"].string == "insufficient_quota")
            let message = answer.json["error"]["message"].string
            #expect(message?.contains("quota of 20 tokens a day is used up") == true, "\(answer.text)")
            #expect((1...86_400).contains(Int(answer.head["retry-after"] ?? "") ?? 0))
        }
    }
}
