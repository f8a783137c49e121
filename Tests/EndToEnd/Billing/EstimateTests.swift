import TestSupport
import Testing

extension EndToEnd {
    /// What answers cost whose server does not say what they used.
    @Suite struct EstimateTests {
        @Test func withoutUsageAnAnswerMayBeEstimated() async throws {
            try await Stand.billed(group: ", missing_usage = 'estimated'") { stand in
                let (_, answer) = try await stand.exchange(Stand.streamedChat()) {
                    try await $0.stream(["a", "b"], reportsUsage: false)
                }
                #expect(answer.status == 200)
                #expect(try stand.charges(answer.head["x-request-id"] ?? "").count == 1)
                #expect(try stand.relay.integers("SELECT estimated FROM usage_record") == [1])
            }
        }

        /// Servers put many tokens into one event, and whoever leaves behind the last one has had them.
        @Test func manyTokensInOneEventAreNotOne() async throws {
            let words = String(repeating: "w", count: 4_000)
            try await Stand.billed(group: ", missing_usage = 'estimated'") { stand in
                let calls = DialectCancelTests.calls("Hello") + [("/v1/chat/completions", Stand.streamedChat())]
                for (path, body) in calls {
                    let (_, answer) = try await stand.exchange(body, path: path) {
                        try await $0.stream([words, words, words], reportsUsage: false)
                    }
                    #expect(answer.status == 200, "\(path)")
                    let output = try stand.relay.integers("SELECT output FROM usage_record ORDER BY rowid DESC LIMIT 1")
                    #expect((2_900...3_100).contains(output.first ?? 0), "\(path): \(output)")
                }
                let coming = try await stand.caller.start("POST", "/v1/chat/completions", body: Stand.streamedChat())
                let call = try await stand.upstream.nextCall()
                try await call.begin()
                try await call.send(event: UpstreamCall.words(words))
                try await withDeadline(10, "the words arrive") {
                    _ = try await coming.head()
                    var text = ""
                    while !text.contains(words) { text += try await coming.text(until: "\n\n") }
                }
                coming.leave()
                let left = "SELECT output FROM usage_record WHERE status = 499"
                try await eventually(within: 30, "the call is charged") { try stand.relay.integers(left).count == 1 }
                let output = try stand.relay.integers(left)
                #expect((950...1_050).contains(output.first ?? 0), "\(output)")
            }
        }

        @Test func embeddingsProduceNoTokens() async throws {
            try await Stand.billed(group: ", missing_usage = 'estimated'") { stand in
                let numbers = (0..<1_536).map { "0.\($0)" }.joined(separator: ",")
                let body = #"{"model":"gemma-tunnel","input":"hello"}"#
                let (_, answer) = try await stand.exchange(body, path: "/v1/embeddings") {
                    try await $0.answer(#"{"object":"list","data":[{"index":0,"embedding":[\#(numbers)]}]}"#)
                }
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try stand.relay.integers("SELECT output FROM usage_record") == [0])
                #expect(try stand.charges(answer.head["x-request-id"] ?? "") == [Int64(body.utf8.count / 3 + 1)])
            }
        }
    }
}
