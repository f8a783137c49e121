import TestSupport
import Testing

extension EndToEnd {
    /// Nothing that is secret or private is written down anywhere, not even with the most talkative log.
    @Suite(.stand(relay: ["--log-level", "trace"], connector: ["--log-level", "trace"]))
    struct SecretsTests {
        private static let prompt = "the-prompt-of-this-test-1f0e"
        private static let said = "the-answer-of-this-test-9c2d"

        @Test func logsDatabaseAndMetricsKnowNoSecretAndNoWord() async throws {
            try await Self.expectNothingTold(try Stand.lent)
        }

        /// Every stand looks for what it has made when it is taken down; this is what it would find.
        @Test func aStandFindsWhatWasWrittenDown() async throws {
            let failure = await #expect(throws: ProgramFailure.self) {
                try await Stand.with { stand in
                    _ = try await stand.exchange(Stand.chat(Self.prompt)) {
                        try await $0.answer(UpstreamCall.chat(Self.said))
                    }
                    let further = try await stand.relay.createKey()
                    let start = ContinuousClock.now
                    let none = try stand.leaks()
                    print("looking for secrets takes \(ContinuousClock.now - start)")
                    #expect(none == [])
                    let plants = [
                        "x" + stand.key.secret, String(stand.token.secret.dropFirst(8)), further.secret, Self.prompt,
                        Self.said, UpstreamCall.words("a"),
                    ]
                    for plant in plants {
                        for directory in [stand.relay.directory, stand.connector.directory] {
                            try directory.write("a line\n" + plant, to: "planted.log")
                            let leaks = try stand.leaks()
                            #expect(leaks.count == 1 && leaks[0].contains("planted.log"), "\(plant): \(leaks)")
                            try directory.write("", to: "planted.log")
                        }
                        #expect(try stand.leaks(metrics: plant).count == 1, "\(plant)")
                    }
                    await stand.relay.stop()
                    try stand.relay.change("UPDATE key SET label = '\(Self.prompt)'")
                }
            }
            let found = failure?.description ?? ""
            #expect(found.contains("adit.sqlite") && found.contains(Self.prompt.prefix(40)), "\(found)")
        }

        /// Makes calls of every kind, stops everything, and looks for secrets and words in whatever was written.
        /// - Parameter further: what else must not stand anywhere.
        static func expectNothingTold(_ stand: Stand, further: [String] = []) async throws {
            try await Self.makeEveryKindOfCall(stand)
            let metrics = try await stand.caller.get("/metrics").text
            let status = try await stand.relay.administration(["status"]).output
            let connectorStatus = "\(try await stand.connector.status())"
            await stand.connector.stop()
            await stand.relay.stop()

            var places = [("metrics", metrics), ("status", status), ("connector status", connectorStatus)]
            for directory in [stand.relay.directory, stand.connector.directory] {
                for file in try directory.contents() {
                    places.append((file.path, String(decoding: file.bytes, as: UTF8.self)))
                }
            }
            let logs = places.filter { $0.0.hasSuffix(".log") }
            #expect(logs.count == 2)
            for log in logs { #expect(log.1.count > 200, "\(log.0) is empty: this test would prove nothing") }
            let confidential =
                further + [Self.prompt, Self.said, stand.key.secret, stand.token.secret]
                // Parts of a secret are secrets too; the eight letters before them say only what kind it is.
                + [stand.key.secret, stand.token.secret].map { String($0.dropFirst(8).prefix(20)) }
            for (name, content) in places {
                for word in confidential { #expect(!content.contains(word), "\(name) holds \(word)") }
            }
        }

        private static func makeEveryKindOfCall(_ stand: Stand) async throws {
            _ = try await stand.exchange(Stand.chat(Self.prompt)) { try await $0.answer(UpstreamCall.chat(Self.said)) }
            _ = try await stand.exchange(Stand.streamedChat(Self.prompt)) { try await $0.stream([Self.said]) }
            _ = try await stand.exchange(Stand.chat(Self.prompt)) {
                try await $0.answer(#"{"error":{"message":"bad: \#(Self.prompt) \#(Self.said)"}}"#, status: 400)
            }
            _ = try await stand.exchange(Stand.streamedChat(Self.prompt)) { call in
                try await call.begin()
                try await call.send(event: UpstreamCall.words(Self.said))
                try await call.send(event: #"{"error":{"message":"\#(Self.said)"}}"#)
                call.drop()
            }
            try await Self.makeCallsOfEveryDialect(stand)
            let (call, coming) = try await stand.streaming()
            try await call.send(event: UpstreamCall.words(Self.said))
            coming.leave()
            try await call.disconnected.wait(within: 5, "the upstream request is closed")
            _ = try await stand.caller.post("/v1/chat/completions", "{\"\(Self.prompt)")
            _ = try await stand.caller.post("/v1/chat/completions?key=\(stand.key.secret)", Stand.chat(Self.prompt))
            _ = try await stand.caller.with(key: stand.key.secret + "x").post(
                "/v1/chat/completions",
                Stand.chat(Self.prompt)
            )
            _ = try await stand.caller.get("/v1/nowhere?key=\(stand.key.secret)")
        }

        /// Responses among them, which the relay remembers.
        private static func makeCallsOfEveryDialect(_ stand: Stand) async throws {
            for (path, body) in DialectCancelTests.calls(Self.prompt) {
                _ = try await stand.exchange(body, path: path) { try await $0.stream([Self.said]) }
                _ = try await stand.exchange(body, path: path) {
                    try await $0.answer(#"{"error":{"message":"\#(Self.prompt) \#(Self.said)"}}"#, status: 400)
                }
                _ = try await stand.caller.post(path, "{\"\(Self.prompt)")
            }
        }
    }
}
