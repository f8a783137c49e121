import TestSupport
import Testing

extension EndToEnd {
    /// Gemini's API, from a model server that only knows Chat.
    @Suite(.stand())
    struct GeminiTests {
        private static let models = "/v1beta/models"
        private static let model = "\(Self.models)/\(Stand.deployment)"

        private static func body(_ more: String = "") -> String {
            #"{"contents":[{"role":"user","parts":[{"text":"What is an adit?"}]}]\#(more)}"#
        }

        /// A caller that sends its key as Google's programs do.
        private static func google(_ stand: Stand) -> [(String, String)] { [("x-goog-api-key", stand.key.secret)] }

        @Test(arguments: ["/v1beta", "/v1", "/v1alpha"])
        func aWholeAnswer(version: String) async throws {
            let stand = try Stand.lent
            let more =
                #","systemInstruction":{"parts":[{"text":"Be brief."}]},"generationConfig":{"maxOutputTokens":64}"#
            let path = "\(version)/models/\(Stand.deployment):generateContent"
            let (call, answer) = try await stand.exchange(Self.body(more), path: path) {
                try await $0.answer(UpstreamCall.chat("A way in."))
            }
            #expect(call.target == "/v1/chat/completions")
            #expect(call.json["model"].string == Stand.model)
            #expect(call.json["max_tokens"].int == 64)
            #expect(call.json["messages"][0]["content"].string == "Be brief.")
            #expect(call.json["messages"][1]["content"].string == "What is an adit?")
            #expect(answer.status == 200)
            expectRequestID(answer.head)
            let candidate = answer.json["candidates"][0]
            #expect(candidate["content"]["parts"][0]["text"].string == "A way in.")
            #expect(candidate["finishReason"].string == "STOP")
            #expect(answer.json["usageMetadata"]["totalTokenCount"].int == 12)
            #expect(answer.json["modelVersion"].string == Stand.deployment)
        }

        @Test func aStreamOfEvents() async throws {
            let stand = try Stand.lent
            let path = "\(Self.model):streamGenerateContent?alt=sse"
            let (call, answer) = try await stand.exchange(Self.body(), path: path) {
                try await $0.stream(["A", " way", " in."])
            }
            #expect(call.json["stream"] == .bool(true))
            #expect(answer.head["content-type"] == "text/event-stream; charset=utf-8")
            Self.expectWhole(try GeminiChunks(answer.text).chunks)
        }

        @Test func aStreamOfOneArray() async throws {
            let stand = try Stand.lent
            let (_, answer) = try await stand.exchange(Self.body(), path: "\(Self.model):streamGenerateContent") {
                try await $0.stream(["A", " way", " in."])
            }
            #expect(answer.head["content-type"]?.hasPrefix("application/json") == true)
            Self.expectWhole(try GeminiChunks(answer.text).chunks)
        }

        private static func expectWhole(_ chunks: [JSONValue]) {
            let text = chunks.map { $0["candidates"][0]["content"]["parts"][0]["text"].string ?? "" }.joined()
            #expect(text == "A way in.")
            #expect(chunks.last?["candidates"][0]["finishReason"].string == "STOP")
            #expect(chunks.last?["usageMetadata"]["promptTokenCount"].int == 5)
        }

        @Test(arguments: StreamTests.Break.allCases, ["?alt=sse", ""])
        func aStreamThatBreaksEndsWithAnError(way: StreamTests.Break, query: String) async throws {
            let stand = try Stand.lent
            let target = "\(Self.model):streamGenerateContent\(query)"
            let coming = try await stand.caller.start("POST", target, body: Self.body())
            let call = try await stand.upstream.nextCall()
            try await call.begin()
            try await call.send(event: UpstreamCall.words("first"))
            let head = try await withDeadline(10, "the head comes") { try await coming.head() }
            #expect(head.status == 200)
            switch way {
            case .closed: call.drop()
            case .reset: call.reset()
            case .endedWithoutDone: try await call.end()
            case .error: try await call.send(event: #"{"error":{"message":"CUDA out of memory","code":500}}"#)
            }
            let rest = try await withDeadline(10, "the stream ends") { try await coming.rest() }
            let text = String(decoding: rest, as: UTF8.self)
            let last = try GeminiChunks(text).chunks.last
            #expect(last?["error"]["code"].int == 503, "\(text)")
            #expect(last?["error"]["status"].string == "UNAVAILABLE", "\(text)")
        }

        @Test(arguments: [
            (400, 400, "INVALID_ARGUMENT"), (404, 404, "NOT_FOUND"), (422, 422, "INVALID_ARGUMENT"),
            (429, 429, "RESOURCE_EXHAUSTED"), (401, 503, "UNAVAILABLE"), (500, 503, "UNAVAILABLE"),
        ])
        func anErrorOfTheModelServer(status: Int, expected: Int, name: String) async throws {
            let stand = try Stand.lent
            for method in ["generateContent", "streamGenerateContent?alt=sse"] {
                let (_, answer) = try await stand.exchange(Self.body(), path: "\(Self.model):\(method)") {
                    try await $0.answer(#"{"error":{"message":"no such tool"}}"#, status: status)
                }
                Self.expect(answer, expected, name)
            }
        }

        /// As everywhere else; Google has no such field.
        @Test(arguments: ["generateContent", "streamGenerateContent", "streamGenerateContent?alt=sse"])
        func streamInTheBodyAsksForEvents(method: String) async throws {
            let stand = try Stand.lent
            for wanted in ["true", "false"] {
                let body = #"{"contents":[{"parts":[{"text":"x"}]}],"stream":\#(wanted)}"#
                let (_, answer) = try await stand.exchange(body, path: "\(Self.model):\(method)") { call in
                    if wanted == "true" || method != "generateContent" {
                        try await call.stream(["Hel", "lo"])
                    } else {
                        try await call.answer(UpstreamCall.chat("Hello"))
                    }
                }
                #expect(answer.status == 200, "\(answer.text)")
                let isStreamed = wanted == "true" || method.hasSuffix("sse")
                let type = answer.head["content-type"] ?? ""
                #expect(type.hasPrefix(isStreamed ? "text/event-stream" : "application/json"), "\(type)")
                #expect(answer.text.hasPrefix("data: {") == isStreamed, "\(answer.text)")
            }
        }

        @Test func refusalsHaveGooglesShape() async throws {
            let stand = try Stand.lent
            let caller = stand.caller
            let path = "\(Self.model):generateContent"
            Self.expect(try await caller.post(path, "{"), 400, "INVALID_ARGUMENT")
            Self.expect(try await caller.with(key: nil).post(path, Self.body()), 401, "UNAUTHENTICATED")
            for target in ["\(path)?key=\(stand.key.secret)", "/v1/models?key=\(stand.key.secret)"] {
                let answer = try await caller.with(key: nil).ask("GET", target)
                Self.expect(answer, 400, "INVALID_ARGUMENT")
                #expect(!answer.text.contains(stand.key.secret))
            }
            Self.expect(try await caller.get(path), 405, "INVALID_ARGUMENT")
            Self.expect(try await caller.post("\(Self.model):sing", "{}"), 405, "INVALID_ARGUMENT")
            let nobody = "\(Self.models)/nobody"
            Self.expect(try await caller.post("\(nobody):generateContent", Self.body()), 404, "NOT_FOUND")
            Self.expect(try await caller.get(nobody), 404, "NOT_FOUND")
            let google = Self.google(stand)
            Self.expect(try await caller.with(key: nil).get("/nowhere", headers: google), 404, "NOT_FOUND")
            let other = try await stand.relay.createKey(models: ["other"])
            Self.expect(try await caller.with(key: other.secret).post(path, Self.body()), 403, "PERMISSION_DENIED")
        }

        @Test func models() async throws {
            let stand = try Stand.lent
            let caller = stand.caller.with(key: nil)
            let google = Self.google(stand)
            for path in ["/v1beta/models", "/v1alpha/models", "/v1/models"] {
                let list = try await caller.get(path, headers: google)
                #expect(list.json["models"][0]["name"].string == "models/\(Stand.deployment)", "\(list.text)")
                let one = try await caller.get("\(path)/\(Stand.deployment)", headers: google)
                #expect(one.json["name"].string == "models/\(Stand.deployment)", "\(one.text)")
            }
            #expect(try await stand.caller.get("/v1beta/models").json["models"].array?.count == 1)
        }

        @Test func aNumberOfTokensIsEstimated() async throws {
            let answer = try await Stand.lent.caller.post("\(Self.model):countTokens", Self.body())
            #expect(answer.status == 200)
            #expect(answer.head["adit-token-count"] == "estimate")
            #expect((5...100).contains(answer.json["totalTokens"].int ?? 0), "\(answer.text)")
        }

        @Test func embeddings() async throws {
            let stand = try Stand.lent
            let one = #"{"content":{"parts":[{"text":"a"}]},"outputDimensionality":2}"#
            let (call, answer) = try await stand.exchange(one, path: "\(Self.model):embedContent") {
                try await $0.answer(Self.vectors(1))
            }
            #expect(call.target == "/v1/embeddings")
            #expect(call.json["model"].string == Stand.model)
            #expect(call.json["input"][0].string == "a" && call.json["dimensions"].int == 2)
            #expect(answer.json["embedding"]["values"] == .array([.number(1), .number(-0.5)]))
            let two = #"{"requests":[{"content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]}}]}"#
            let (_, batch) = try await stand.exchange(two, path: "\(Self.model):batchEmbedContents") {
                try await $0.answer(Self.vectors(2))
            }
            #expect(batch.json["embeddings"].array?.count == 2)
            let (_, short) = try await stand.exchange(two, path: "\(Self.model):batchEmbedContents") {
                try await $0.answer(Self.vectors(1))
            }
            Self.expect(short, 503, "UNAVAILABLE")
        }

        private static func vectors(_ count: Int) -> String {
            let data = (0..<count).map { #"{"object":"embedding","index":\#($0),"embedding":[1,-0.5]}"# }
            return """
                {"object":"list","data":[\(data.joined(separator: ","))],"model":"scripted",\
                "usage":{"prompt_tokens":3,"total_tokens":3}}
                """
        }

        private static func expect(
            _ answer: Answer,
            _ status: Int,
            _ name: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
            let error = answer.json["error"]
            #expect(answer.json.keys == ["error"], "\(answer.text)", sourceLocation: sourceLocation)
            #expect(error["code"].int == status, "\(answer.text)", sourceLocation: sourceLocation)
            #expect(error["status"].string == name, "\(answer.text)", sourceLocation: sourceLocation)
            #expect(error["message"].string?.isEmpty == false, "\(answer.text)", sourceLocation: sourceLocation)
            expectRequestID(answer.head, sourceLocation: sourceLocation)
        }
    }

    /// Long silences in Gemini's streams.
    @Suite(.stand(relay: ["--stream-keepalive", "200ms", "--stream-hold", "300ms"]))
    struct GeminiSilenceTests {
        @Test(arguments: ["?alt=sse", ""])
        func silenceIsFilledWithLineFeeds(query: String) async throws {
            let stand = try Stand.lent
            let body = #"{"contents":[{"parts":[{"text":"x"}]}]}"#
            let target = "/v1beta/models/\(Stand.deployment):streamGenerateContent\(query)"
            let coming = try await stand.caller.start("POST", target, body: body)
            let call = try await stand.upstream.nextCall()
            try await call.begin()
            let head = try await withDeadline(10, "the head comes") { try await coming.head() }
            #expect(head.status == 200)
            let silence = try await withDeadline(10, "line feeds come") { try await coming.text(until: "\n\n\n") }
            #expect(silence.allSatisfy { "[\n".contains($0) })
            try await call.send(event: UpstreamCall.words("first"))
            try await call.finishStream()
            let text = silence + String(decoding: try await coming.rest(), as: UTF8.self)
            #expect(text.contains("first") && text.contains("STOP"))
            #expect(try !GeminiChunks(text).chunks.isEmpty)
        }
    }
}
