import TestSupport
import Testing

extension EndToEnd {
    /// Model servers that speak more than Chat, and connectors that are told what to make of it.
    @Suite
    struct NativeTests {
        private static let messages = """
            {"model":"\(Stand.deployment)","max_tokens":64,"system":[{"type":"text","text":"x-anthropic-billing-header: a=1"},\
            {"type":"text","text":"Be brief."}],"messages":[{"role":"user","content":"What is an adit?"}]
            """
        private static let responses = #"{"model":"\#(Stand.deployment)","input":"What is an adit?""#

        static func plan(
            _ kind: ScriptedUpstream.Kind,
            _ paths: Set<String>,
            native: String = "auto"
        ) -> Stand.Plan {
            var plan = Stand.Plan()
            plan.kind = kind
            plan.paths = paths
            plan.connector = ["--native", native]
            return plan
        }

        @Test func codexGetsItsOwnCatalogue() async throws {
            try await Stand.with(Self.plan(.vllm, [])) { stand in
                let answer = try await stand.caller.get("/v1/models?client_version=0.130.0")
                #expect(answer.status == 200)
                #expect(answer.json["models"][0]["slug"].string == Stand.deployment)
                #expect(answer.json["models"][0]["context_window"].int == 8192)
                let plain = try await stand.caller.get("/v1/models")
                #expect(plain.json["data"][0]["id"].string == Stand.deployment)
            }
        }

        @Test func aResponseInTheBackgroundIsTranslated() async throws {
            for native in ["auto", "force"] {
                try await Stand.with(Self.plan(.vllm, ["/v1/responses"], native: native)) { stand in
                    let (call, id) = try await stand.inBackground()
                    #expect(call.target == "/v1/chat/completions")
                    try await call.stream(["A", " way", " in."])
                    let told = try await stand.ended(id, as: "completed")
                    #expect(told["output"][0]["content"][0]["text"].string == "A way in.")
                }
            }
        }

        // MARK: Counting

        private static let counters: [(kind: ScriptedUpstream.Kind, path: String, answer: String)] = [
            (.llamaCpp, "/v1/chat/completions/input_tokens", #"{"object":"response.input_tokens","input_tokens":42}"#),
            (.vllm, "/tokenize", #"{"count":42,"max_model_len":8192,"tokens":[]}"#),
            (.sglang, "/v1/messages/count_tokens", #"{"input_tokens":42}"#),
        ]

        private static let questions: [(path: String, body: String, key: String)] = [
            ("/v1/messages/count_tokens", Self.messages + "}", "input_tokens"),
            ("/v1/responses/input_tokens", Self.responses + "}", "input_tokens"),
            (
                "/v1beta/models/\(Stand.deployment):countTokens",
                #"{"contents":[{"parts":[{"text":"What is an adit?"}]}]}"#, "totalTokens"
            ),
        ]

        @Test(arguments: counters)
        func tokensAreCountedExactly(kind: ScriptedUpstream.Kind, path: String, reply: String) async throws {
            try await Stand.with(Self.plan(kind, [path])) { stand in
                for question in Self.questions {
                    let (call, answer) = try await stand.exchange(question.body, path: question.path) {
                        try await $0.answer(reply)
                    }
                    #expect(call.target == path)
                    #expect(call.json["model"].string == Stand.model)
                    #expect(call.text.contains("What is an adit?"))
                    #expect(!call.text.contains("billing"))
                    #expect(answer.status == 200)
                    #expect(answer.head["adit-token-count"] == "exact")
                    #expect(answer.json[question.key].int == 42, "\(answer.text)")
                }
                // What the server does not say is estimated, and it is asked again the next time.
                for _ in 0..<2 {
                    let (_, answer) = try await stand.exchange(Self.questions[0].body, path: Self.questions[0].path) {
                        try await $0.answer(#"{"error":{"message":"out of memory"}}"#, status: 500)
                    }
                    #expect(answer.head["adit-token-count"] == "estimate")
                    #expect((answer.json["input_tokens"].int ?? 0) > 1)
                }
                // A server that has lost the path is not asked again.
                let (_, lost) = try await stand.exchange(Self.questions[0].body, path: Self.questions[0].path) {
                    try await $0.answer("nothing here", status: 404, type: "text/plain")
                }
                #expect(lost.head["adit-token-count"] == "estimate")
                let asked = stand.upstream.requests.count { $0 == "POST \(path)" }
                let again = try await stand.caller.post(Self.questions[0].path, Self.questions[0].body)
                #expect(again.head["adit-token-count"] == "estimate")
                #expect(stand.upstream.requests.count { $0 == "POST \(path)" } == asked)
                try await stand.expectServing()
            }
        }

        @Test func anOlderLlamaCppCountsInTwoSteps() async throws {
            try await Stand.with(Self.plan(.llamaCpp, ["/apply-template", "/tokenize"])) { stand in
                let asking = Task { try await stand.caller.post(Self.questions[0].path, Self.questions[0].body) }
                let first = try await stand.upstream.nextCall()
                #expect(first.target == "/apply-template")
                #expect(first.json["messages"][0]["content"].string == "Be brief.")
                try await first.answer(#"{"prompt":"<s>What is an adit?"}"#)
                let second = try await stand.upstream.nextCall()
                #expect(second.target == "/tokenize")
                #expect(second.json["content"].string == "<s>What is an adit?")
                try await second.answer(#"{"tokens":[1,2,3,4,5]}"#)
                let answer = try await asking.value
                #expect(answer.head["adit-token-count"] == "exact")
                #expect(answer.json["input_tokens"].int == 5)
            }
        }

        // MARK: Messages

        private static let messagesStream = """
            event: message_start
            data: {"type":"message_start","message":{"id":"chatcmpl-1","type":"message","role":"assistant","content":[],\
            "model":"scripted","usage":{"input_tokens":5,"output_tokens":0}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"A way in."}}


            """
        private static let messagesEnd = """
            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":5,"output_tokens":7}}

            event: message_stop
            data: {"type":"message_stop"}

            data: [DONE]


            """

        @Test(arguments: [ScriptedUpstream.Kind.vllm, .lmStudio])
        func messagesPass(kind: ScriptedUpstream.Kind) async throws {
            try await Stand.with(Self.plan(kind, ["/v1/messages"])) { stand in
                let versions = [("anthropic-version", "2026-10-21"), ("anthropic-beta", "x-1")]
                let (call, answer) = try await stand.exchange(
                    Self.messages + #","stream":true}"#,
                    path: "/v1/messages",
                    headers: versions
                ) { call in
                    try await call.begin()
                    try await call.send(Self.messagesStream)
                    try await call.send(Self.messagesEnd)
                    try? await call.end()
                }
                #expect(call.target == "/v1/messages")
                #expect(call.header("anthropic-version") == "2026-10-21")
                #expect(call.header("anthropic-beta") == "x-1")
                #expect(call.json["model"].string == Stand.model)
                #expect(call.json["system"][0]["text"].string == "Be brief.")
                let stream = try NamedEvents(answer.text)
                #expect(stream.names.first == "message_start")
                #expect(stream.names.last == "message_stop")
                #expect(stream.first("message_start")["message"]["model"].string == Stand.deployment)
                #expect(stream.first("message_start")["message"]["id"].string?.hasPrefix("msg_") == true)
                #expect(stream.first("content_block_delta")["delta"]["text"].string == "A way in.")
                #expect(stream.first("message_delta")["usage"]["output_tokens"].int == 7)
                let whole =
                    #"{"id":"x","type":"message","role":"assistant","model":"scripted","content":["#
                    + #"{"type":"text","text":"A way in."}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":7}}"#
                let (_, plain) = try await stand.exchange(Self.messages + "}", path: "/v1/messages") {
                    try await $0.answer(whole)
                }
                #expect(plain.json["model"].string == Stand.deployment)
                #expect(plain.json["content"][0]["text"].string == "A way in.")
                // An error of the server is told in the dialect's own shape.
                let (_, refused) = try await stand.exchange(Self.messages + "}", path: "/v1/messages") {
                    try await $0.answer(
                        #"{"error":{"message":"too long","type":"BadRequestError","code":400}}"#,
                        status: 400
                    )
                }
                #expect(refused.status == 400)
                #expect(refused.json["type"].string == "error")
                #expect(refused.json["error"]["type"].string == "invalid_request_error")
            }
        }

        @Test func anAnswerThatBreaksOffEndsWithAnError() async throws {
            try await Stand.with(Self.plan(.vllm, ["/v1/messages", "/v1/responses"])) { stand in
                let coming = try await stand.caller.start(
                    "POST",
                    "/v1/messages",
                    body: Self.messages + #","stream":true}"#
                )
                let call = try await stand.upstream.nextCall()
                try await call.begin()
                try await call.send(Self.messagesStream)
                #expect(try await coming.head().status == 200)
                _ = try await coming.text(until: "A way in.\"}}\n\n")
                call.drop()
                let rest = try NamedEvents(String(decoding: try await coming.rest(), as: UTF8.self))
                #expect(rest.names == ["error"])
                #expect(rest.last["error"]["type"].string == "api_error")
            }
        }

        @Test func aServerThatLostTheDialectIsAskedInChat() async throws {
            try await Stand.with(Self.plan(.vllm, ["/v1/messages"])) { stand in
                let asking = Task { try await stand.caller.post("/v1/messages", Self.messages + "}") }
                let first = try await stand.upstream.nextCall()
                #expect(first.target == "/v1/messages")
                try await first.answer(#"{"detail":"Not Found"}"#, status: 404)
                let second = try await stand.upstream.nextCall()
                #expect(second.target == "/v1/chat/completions")
                try await second.answer(UpstreamCall.chat("A way in."))
                #expect(try await asking.value.json["content"][0]["text"].string == "A way in.")
                let (call, _) = try await stand.exchange(Self.messages + "}", path: "/v1/messages") {
                    try await $0.answer(UpstreamCall.chat("A way in."))
                }
                #expect(call.target == "/v1/chat/completions")
            }
        }

        @Test(arguments: [
            (ScriptedUpstream.Kind.vllm, "off", "/v1/chat/completions"), (.llamaCpp, "auto", "/v1/chat/completions"),
            (.llamaCpp, "force", "/v1/messages"), (.ollama, "auto", "/v1/chat/completions"),
            (.generic, "force", "/v1/messages"),
            (.sglang, "auto", "/v1/chat/completions"), (.sglang, "force", "/v1/chat/completions"),
        ])
        func theConnectorSaysWhatIsUsed(kind: ScriptedUpstream.Kind, native: String, target: String) async throws {
            try await Stand.with(Self.plan(kind, ["/v1/messages"], native: native)) { stand in
                let (call, _) = try await stand.exchange(Self.messages + "}", path: "/v1/messages") {
                    try await $0.answer(#"{"error":{"message":"no"}}"#, status: 400)
                }
                #expect(call.target == target)
            }
        }

        /// Claude Code sends such turns. Older servers refuse the role, and newer ones have templates that do.
        @Test func aTurnOfTheSystemIsPutInFront() async throws {
            let turn = #"{"role":"system","content":"In French."},{"role":"user","content":"Why?"}"#
            let body = Self.messages.dropLast() + ",\(turn)]}"
            try await Stand.with(Self.plan(.vllm, ["/v1/messages"])) { stand in
                let (call, answer) = try await stand.exchange(String(body), path: "/v1/messages") {
                    try await $0.answer(UpstreamCall.chat("A way in."))
                }
                #expect(answer.status == 200)
                #expect(call.target == "/v1/chat/completions")
                #expect(call.json["messages"].array?.map { $0["role"].string } == ["system", "user"])
                #expect(call.json["messages"][0]["content"].string == "Be brief.\n\nIn French.")
            }
        }

        @Test func whatSGLangReadFromItsCacheIsCountedOnce() async throws {
            try await Stand.with(Self.plan(.sglang, ["/v1/messages"])) { stand in
                // It would say in Messages that the cached tokens come on top of the 10,000 of which they are a part.
                let answer =
                    #"{"choices":[{"index":0,"message":{"role":"assistant","content":"A way in."},"finish_reason":"stop"}],"#
                    + #""usage":{"prompt_tokens":10000,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":9000}}}"#
                for more in ["}", #","thinking":{"type":"adaptive"}}"#] {
                    let (call, told) = try await stand.exchange(Self.messages + more, path: "/v1/messages") {
                        try await $0.answer(answer)
                    }
                    #expect(call.target == "/v1/chat/completions")
                    #expect(told.json["usage"]["input_tokens"].int == 1_000)
                    #expect(told.json["usage"]["cache_read_input_tokens"].int == 9_000)
                }
            }
        }

        // MARK: Responses

        static let responsesWhole =
            #"{"id":"resp_x","object":"response","created_at":1,"model":"scripted","#
            + #""status":"completed","output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant","#
            + #""content":[{"type":"output_text","text":"A way in.","annotations":[]}]}],"#
            + #""usage":{"input_tokens":5,"output_tokens":7,"total_tokens":12}}"#

        /// The names of a stream's events, and their members.
        static let responsesEvents: [(String, String)] = {
            let begun = #""response":{"status":"in_progress","model":"scripted"}"#
            let item = #"{"id":"msg_1","type":"message","status":"STATUS","role":"assistant","content":[CONTENT]}"#
            let part = #"{"type":"output_text","text":"A way in.","annotations":[]}"#
            let place = #""item_id":"msg_1","output_index":0,"content_index":0"#
            let empty = item.replacing("STATUS", with: "in_progress").replacing("CONTENT", with: "")
            let done = item.replacing("STATUS", with: "completed").replacing("CONTENT", with: part)
            return [
                ("created", begun), ("in_progress", begun),
                ("output_item.added", #""output_index":0,"item":\#(empty)"#),
                ("content_part.added", #"\#(place),"part":\#(part.replacing("A way in.", with: ""))"#),
                ("output_text.delta", #"\#(place),"delta":"A way in.","logprobs":[]"#),
                ("output_text.done", #"\#(place),"text":"A way in.","logprobs":[]"#),
                ("content_part.done", #"\#(place),"part":\#(part)"#),
                ("output_item.done", #""output_index":0,"item":\#(done)"#),
                ("completed", #""response":\#(Self.responsesWhole)"#),
            ]
        }()

        static func responsesEvent(_ event: (name: String, members: String), number: Int) -> String {
            let type = "response.\(event.name)"
            return "event: \(type)\ndata: {\"type\":\"\(type)\",\"sequence_number\":\(number),\(event.members)}\n\n"
        }

        @Test(arguments: [ScriptedUpstream.Kind.vllm, .sglang, .lmStudio])
        func responsesPass(kind: ScriptedUpstream.Kind) async throws {
            try await Stand.with(Self.plan(kind, ["/v1/responses"])) { stand in
                let (call, answer) = try await stand.exchange(
                    Self.responses + #","stream":true}"#,
                    path: "/v1/responses"
                ) {
                    try await $0.begin()
                    for (number, event) in Self.responsesEvents.enumerated() {
                        try await $0.send(Self.responsesEvent(event, number: number))
                    }
                    try? await $0.end()
                }
                #expect(call.target == "/v1/responses")
                #expect(call.json["model"].string == Stand.model)
                #expect(call.json["store"] == .bool(false))
                let stream = try NamedEvents(answer.text)
                #expect(stream.names == Self.responsesEvents.map { "response.\($0.0)" })
                #expect(stream.last["response"]["model"].string == Stand.deployment)
                let id = try #require(stream.last["response"]["id"].string)
                #expect(stream.first("response.created")["response"]["id"].string == id)
                // The relay keeps it; what goes on from it is translated, with all that came before.
                let stored = try await stand.caller.get("/v1/responses/\(id)")
                #expect(stored.json["output"][0]["content"][0]["text"].string == "A way in.")
                let next = Self.responses + #","previous_response_id":"\#(id)"}"#
                let (second, _) = try await stand.exchange(next, path: "/v1/responses") {
                    try await $0.answer(UpstreamCall.chat("Yes."))
                }
                #expect(second.target == "/v1/chat/completions")
                #expect(second.json["messages"][1]["content"].string == "A way in.")
            }
        }

        @Test func aResponseThatTheServerCallsFailedIsNeitherChargedNorKept() async throws {
            try await Stand.billed(plan: Self.plan(.vllm, ["/v1/responses"])) { stand in
                let body = Self.responses + #","stream":true}"#
                let coming = try await stand.caller.start("POST", "/v1/responses", body: body)
                let call = try await stand.upstream.nextCall()
                let failed =
                    #"{"status":"failed","error":{"code":"server_error","message":"out of memory"},"#
                    + #""usage":{"input_tokens":1000,"output_tokens":500}}"#
                var told = ""
                try await call.begin()
                let begun = #"{"status":"in_progress"}"#
                let events = [("created", begun), ("in_progress", begun), ("failed", failed)]
                for (number, (name, response)) in events.enumerated() {
                    let data = #"{"type":"response.\#(name)","sequence_number":\#(number),"response":\#(response)}"#
                    try await call.send("event: response.\(name)\ndata: \(data)\n\n")
                    if told.isEmpty { #expect(try await coming.head().status == 200) }
                    told += try await coming.text(until: "\n\n")
                }
                let stream = try NamedEvents(told)
                #expect(stream.names == ["response.created", "response.in_progress", "response.failed"])
                #expect(stream.last["response"]["error"]["code"].string == "server_error")
                let id = try #require(stream.last["response"]["id"].string)
                #expect(try await stand.caller.get("/v1/responses/\(id)").status == 404)
                #expect(try await stand.balance() == ["1", "0"])
                let labels =
                    "{deployment=\"\(Stand.deployment)\",endpoint=\"responses\",outcome=\"upstreamFailed\"}"
                try await eventually(within: 30, "the call is counted as the server's fault") {
                    try await stand.metric("adit_calls_total\(labels)") == 1
                }
            }
        }
    }
}
