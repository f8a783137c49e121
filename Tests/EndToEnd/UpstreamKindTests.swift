import TestSupport
import Testing

extension EndToEnd {
    /// Each model server that a connector knows, with its own discovery and its own words for errors.
    @Suite
    struct UpstreamKindTests {
        private static let names: [ScriptedUpstream.Kind: String] = [
            .ollama: "ollama", .llamaCpp: "llama.cpp", .vllm: "vllm", .sglang: "sglang", .lmStudio: "lmstudio",
            .generic: "openai",
        ]

        @Test(arguments: ScriptedUpstream.Kind.allCases)
        func itIsRecognisedAndItsErrorsAreUnderstood(kind: ScriptedUpstream.Kind) async throws {
            var plan = Stand.Plan()
            plan.kind = kind
            try await Stand.with(plan) { stand in
                let said = stand.connector.announcement.lowercased().filter { $0 != " " && $0 != "-" }
                #expect(said.contains(Self.names[kind] ?? ""), "\(stand.connector.announcement)")
                #expect(stand.connector.announcement.contains("gemma-tunnel → scripted"))
                #expect(stand.connector.announcement.contains(stand.upstream.url))
                try await stand.expectServing()
                for complaint in kind.complaints {
                    for body in [Stand.chat(), Stand.streamedChat()] {
                        let (_, answer) = try await stand.exchange(body) {
                            try await $0.answer(complaint.body, status: complaint.status)
                        }
                        #expect(answer.status == complaint.seenAs, "\(complaint) became \(answer.text)")
                        let error = answer.json["error"]
                        #expect(error["message"].string?.isEmpty == false, "\(answer.text)")
                        #expect(error["type"].string != nil, "\(answer.text)")
                        if case .number = error["code"] { Issue.record("the code is a number: \(answer.text)") }
                        if [429, 503].contains(answer.status) { #expect(answer.head["retry-after"] != nil) }
                    }
                }
            }
        }

        @Test func theConnectorsOwnDemoModel() async throws {
            let relay = try await RelayUnderTest.start()
            try await relay.createDeployment("demo")
            let caller = try relay.caller(key: try await relay.createKey().secret)
            let token = try await relay.createToken("demo")
            let connector = try await ConnectorUnderTest.start(relay: relay, token: token.secret, upstream: nil)
            let more = #","stream_options":{"include_usage":true}"#
            let body = #"{"model":"demo","stream":true\#(more),"messages":[{"role":"user","content":"Who are you?"}]}"#
            let first = try await caller.post("/v1/chat/completions", body)
            let again = try await caller.post("/v1/chat/completions", body)
            let stream = try EventStream(first.text)
            #expect(stream.isDone)
            #expect(stream.events.count > 5)
            #expect(stream.content.lowercased().contains("demo"))
            #expect(try EventStream(again.text).content == stream.content)
            let last = try JSONValue(stream.events.dropLast().last ?? "null")
            #expect((last["usage"]["total_tokens"].int ?? 0) > 0, "\(first.text.suffix(500))")
            await connector.stop()
            await relay.stop()
        }
    }
}
