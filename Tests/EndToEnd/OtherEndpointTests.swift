import TestSupport
import Testing

extension EndToEnd {
    /// Everything but chat.
    @Suite(.stand())
    struct OtherEndpointTests {
        @Test(arguments: ["/v1/completions", "/completions"])
        func completions(path: String) async throws {
            let stand = try Stand.lent
            let body = #"{"model":"gemma-tunnel","prompt":"Once","stream":false}"#
            let (call, answer) = try await stand.exchange(body, path: path) {
                try await $0.answer(#"{"object":"text_completion","model":"scripted","choices":[{"text":" upon"}]}"#)
            }
            #expect(call.target == "/v1/completions")
            #expect(answer.text == #"{"object":"text_completion","model":"gemma-tunnel","choices":[{"text":" upon"}]}"#)
        }

        @Test func streamedCompletions() async throws {
            let stand = try Stand.lent
            let body = #"{"model":"gemma-tunnel","prompt":"Once","stream":true}"#
            let (_, answer) = try await stand.exchange(body, path: "/v1/completions") { call in
                try await call.begin()
                try await call.send(event: #"{"model":"scripted","choices":[{"text":" upon","finish_reason":null}]}"#)
                try await call.send(event: #"{"model":"scripted","choices":[{"text":"","finish_reason":"stop"}]}"#)
                try await call.send(event: "[DONE]")
                try await call.end()
            }
            let stream = try EventStream(answer.text)
            #expect(
                stream.events.first == #"{"model":"gemma-tunnel","choices":[{"text":" upon","finish_reason":null}]}"#
            )
            #expect(stream.isDone)
        }

        @Test(arguments: ["/v1/embeddings", "/embeddings"])
        func embeddings(path: String) async throws {
            let stand = try Stand.lent
            let body = #"{"model":"gemma-tunnel","input":["a","b"]}"#
            let (call, answer) = try await stand.exchange(body, path: path) { call in
                try await call.answer(Self.vectors("[1,-0.5]"))
            }
            #expect(call.target == "/v1/embeddings")
            #expect(answer.text == Self.vectors("[1,-0.5]", model: "gemma-tunnel"))
        }

        @Test func embeddingsAreEncodedWhenTheServerIgnoresIt() async throws {
            let stand = try Stand.lent
            let body = #"{"model":"gemma-tunnel","input":"a","encoding_format":"base64"}"#
            let (_, answer) = try await stand.exchange(body, path: "/v1/embeddings") { call in
                try await call.answer(Self.vectors("[1,-0.5]"))
            }
            // Two little-endian 32-bit floats: 00 00 80 3f 00 00 00 bf.
            #expect(answer.json["data"][0]["embedding"].string == "AACAPwAAAL8=")
        }

        @Test(arguments: ["/v1/models", "/models"])
        func theListOfModels(path: String) async throws {
            let stand = try Stand.lent
            let answer = try await stand.caller.get(path)
            #expect(answer.status == 200)
            #expect(answer.json["object"].string == "list")
            let model = answer.json["data"][0]
            #expect(answer.json["data"].array?.count == 1)
            #expect(model["id"].string == "gemma-tunnel")
            #expect(model["object"].string == "model")
            #expect(model["created"].int != nil)
            #expect(model["owned_by"].string != nil)
            expectRequestID(answer.head)
        }

        @Test(arguments: ["/v1/models/", "/models/"])
        func oneModel(path: String) async throws {
            let stand = try Stand.lent
            #expect(try await stand.caller.get("\(path)gemma-tunnel").json["id"].string == "gemma-tunnel")
            Refusal.unknownModel.expect(try await stand.caller.get("\(path)nobody/knows:it"))
            Refusal.unknownModel.expect(try await stand.caller.get("\(path)nobody%2Fknows:it"))
            Refusal.unauthorized.expect(try await stand.caller.with(key: nil).get("\(path)gemma-tunnel"))
        }

        @Test(arguments: ["org/model:7b", "org%2Fmodel:7b", "org%2fmodel%3A7b"])
        func namesWithSlashesAndColons(spelling: String) async throws {
            let stand = try Stand.lent
            _ = try? await stand.relay.createDeployment("org/model:7b")
            let answer = try await stand.caller.get("/v1/models/\(spelling)")
            #expect(answer.json["id"].string == "org/model:7b", "\(answer.text)")
            try await stand.relay.administer("deployment", "delete", "org/model:7b")
        }

        @Test(arguments: ["GET", "HEAD"])
        func theFrontPage(method: String) async throws {
            let caller = try Stand.lent.caller.with(key: nil)
            for target in ["/", "/healthz", "/readyz"] {
                let answer = try await caller.ask(method, target)
                #expect(answer.status == 200, "\(target): \(answer.text)")
                #expect(answer.body.isEmpty == (method == "HEAD"), "\(target)")
                expectRequestID(answer.head)
            }
        }

        @Test func aHeadLeavesTheConnectionInOrder() async throws {
            let caller = try Stand.lent.caller
            let connection = try await caller.connect()
            try await connection.send(caller.head("HEAD", "/") + caller.head("GET", "/healthz"))
            let first = try await ComingAnswer(connection: connection, isForHead: true).head()
            #expect(first.status == 200)
        }

        @Test func metrics() async throws {
            let stand = try Stand.lent
            try await stand.expectServing()
            let answer = try await stand.caller.with(key: nil).get("/metrics")
            #expect(answer.status == 200)
            #expect(answer.head["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            // Each sample line is a name, labels in order, and a number.
            let sample = /[a-z_]+(\{[a-z_]+="[^"\\\n]*"(,[a-z_]+="[^"\\\n]*")*\})? (\+Inf|[0-9.e+-]+)/
            for line in answer.text.split(separator: "\n") where !line.hasPrefix("#") {
                #expect(line.wholeMatch(of: sample) != nil, "\(line)")
            }
            #expect(answer.text.contains(#""gemma-tunnel""#))
            for word in ["call", "first_byte", "token", "stream", "tunnel", "bytes"] {
                #expect(answer.text.contains(word), "no metric of \(word)")
            }
        }

        @Test(arguments: ["/v1/chat/completions", "/v1/models", "/chat/completions"])
        func aBrowserMayAsk(path: String) async throws {
            let caller = try Stand.lent.caller.with(key: nil)
            let answer = try await caller.ask(
                "OPTIONS",
                path,
                headers: [
                    ("origin", "https://app.example"), ("access-control-request-method", "POST"),
                ]
            )
            #expect([200, 204].contains(answer.status))
            #expect(answer.body.isEmpty)
            #expect(answer.head["access-control-allow-origin"] == "*")
            #expect(answer.head["access-control-allow-methods"]?.contains("POST") == true)
            let allowed = answer.head["access-control-allow-headers"]?.lowercased() ?? ""
            for name in ["authorization", "content-type", "x-api-key", "x-stainless-lang", "openai-beta"] {
                #expect(allowed.contains(name), "\(allowed)")
            }
        }

        /// SDKs send other headers with every release, and browsers send what scripts tell them.
        @Test func aBrowserMayAskForAnyHeader() async throws {
            let caller = try Stand.lent.caller.with(key: nil)
            let names = ["authorization", "user-agent", "x-server-timeout", "x-stainless-helper", "x-from-tomorrow"]
            let asked = (names + ["not a name"]).joined(separator: ",")
            let answer = try await caller.ask(
                "OPTIONS",
                "/v1/chat/completions",
                headers: [
                    ("origin", "https://app.example"), ("access-control-request-method", "POST"),
                    ("access-control-request-headers", asked),
                ]
            )
            #expect(answer.status == 204)
            #expect(answer.head["access-control-allow-headers"] == names.joined(separator: ", "))
        }

        @Test func aBrowserSeesAnswersAndErrors() async throws {
            let stand = try Stand.lent
            let origin = [("origin", "https://app.example")]
            let good = try await stand.caller.get("/v1/models", headers: origin)
            let bad = try await stand.caller.with(key: "sk-adit-wrong").get("/v1/models", headers: origin)
            for answer in [good, bad] {
                #expect(answer.head["access-control-allow-origin"] == "*")
                #expect(answer.head["access-control-expose-headers"]?.contains("x-request-id") == true)
            }
        }

        private static func vectors(_ vector: String, model: String = "scripted") -> String {
            """
            {"object":"list","data":[{"object":"embedding","index":0,"embedding":\(vector)}],"model":"\(model)",\
            "usage":{"prompt_tokens":3,"total_tokens":3}}
            """
        }
    }
}
