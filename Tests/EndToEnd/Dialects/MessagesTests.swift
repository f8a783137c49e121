import TestSupport
import Testing

extension EndToEnd {
    /// Anthropic's Messages, from a model server that only knows Chat.
    @Suite(.stand())
    struct MessagesTests {
        private static let path = "/v1/messages"

        private static func body(_ more: String = "") -> String {
            """
            {"model":"\(Stand.deployment)","max_tokens":64,"system":"Be brief.",\
            "messages":[{"role":"user","content":[{"type":"text","text":"What is an adit?"}]}]\(more)}
            """
        }

        @Test(arguments: ["/v1/messages", "/v1/messages?beta=true", "/messages"])
        func aWholeAnswer(path: String) async throws {
            let stand = try Stand.lent
            let (call, answer) = try await stand.exchange(Self.body(), path: path) {
                try await $0.answer(UpstreamCall.chat("A way in."))
            }
            #expect(call.target == "/v1/chat/completions")
            #expect(call.json["model"].string == Stand.model)
            #expect(call.json["max_tokens"].int == 64)
            #expect(call.json["messages"][0]["role"].string == "system")
            #expect(call.json["messages"][0]["content"].string == "Be brief.")
            #expect(call.json["messages"][1]["content"].string == "What is an adit?")
            #expect(answer.status == 200)
            expectRequestID(answer.head)
            let digits = answer.head["request-id"]?.dropFirst("req_".count) ?? ""
            #expect(answer.json["id"].string == "msg_\(digits)")
            #expect(answer.json["type"].string == "message")
            #expect(answer.json["model"].string == Stand.deployment)
            #expect(answer.json["content"][0]["text"].string == "A way in.")
            #expect(answer.json["stop_reason"].string == "end_turn")
            #expect(answer.json["usage"]["output_tokens"].int == 7)
        }

        @Test func aStream() async throws {
            let stand = try Stand.lent
            let (call, answer) = try await stand.exchange(Self.body(#","stream":true"#), path: Self.path) {
                try await $0.stream(["A", " way", " in."])
            }
            #expect(call.json["stream_options"]["include_usage"] == .bool(true))
            #expect(answer.status == 200)
            #expect(answer.head["content-type"] == "text/event-stream; charset=utf-8")
            let stream = try NamedEvents(answer.text)
            #expect(stream.names.first == "message_start")
            #expect(stream.names.last == "message_stop")
            #expect(stream.names.filter { $0 == "content_block_start" }.count == 1)
            let text = stream.all("content_block_delta").map { $0["delta"]["text"].string ?? "" }.joined()
            #expect(text == "A way in.")
            #expect(stream.first("message_start")["message"]["model"].string == Stand.deployment)
            #expect(stream.first("message_delta")["delta"]["stop_reason"].string == "end_turn")
            #expect(stream.first("message_delta")["usage"]["output_tokens"].int == 7)
        }

        @Test func wordsArriveAsTheyAreSaid() async throws {
            let stand = try Stand.lent
            let coming = try await stand.caller.start("POST", Self.path, body: Self.body(#","stream":true"#))
            let call = try await stand.upstream.nextCall()
            try await call.begin()
            var text = ""
            for word in ["An", " adit", " is"] {
                try await call.send(event: UpstreamCall.words(word))
                text += try await withDeadline(10, "«\(word)» arrives") {
                    if word == "An" { #expect(try await coming.head().status == 200) }
                    return try await coming.text(until: "\"\(word)\"}}\n\n")
                }
            }
            try await call.finishStream()
            let stream = try NamedEvents(text + String(decoding: try await coming.rest(), as: UTF8.self))
            #expect(stream.names.last == "message_stop")
        }

        @Test func aToolIsCalled() async throws {
            let stand = try Stand.lent
            let tools = #","stream":true,"tools":[{"name":"look","input_schema":{"type":"object","properties":{}}}]"#
            let (call, answer) = try await stand.exchange(Self.body(tools), path: Self.path) { call in
                try await call.begin()
                let first = #"{"tool_calls":[{"index":0,"id":"c1","function":{"name":"look","arguments":"{\"a\""}}]}"#
                let second = #"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}"#
                try await call.send(event: UpstreamCall.chunk(first))
                try await call.send(event: UpstreamCall.chunk(second))
                try await call.send(event: UpstreamCall.chunk("{}", finish: "tool_calls"))
                try await call.send(event: "[DONE]")
                try await call.end()
            }
            #expect(call.json["tools"][0]["function"]["name"].string == "look")
            let stream = try NamedEvents(answer.text)
            #expect(stream.first("content_block_start")["content_block"]["name"].string == "look")
            let json = stream.all("content_block_delta").map { $0["delta"]["partial_json"].string ?? "" }.joined()
            #expect(json == #"{"a":1}"#)
            #expect(stream.first("message_delta")["delta"]["stop_reason"].string == "tool_use")
        }

        @Test(arguments: StreamTests.Break.allCases)
        func aStreamThatBreaksEndsWithAnErrorEvent(way: StreamTests.Break) async throws {
            let stand = try Stand.lent
            let coming = try await stand.caller.start("POST", Self.path, body: Self.body(#","stream":true"#))
            let call = try await stand.upstream.nextCall()
            try await call.begin()
            try await call.send(event: UpstreamCall.words("first"))
            let beginning = try await withDeadline(10, "the first word arrives") {
                #expect(try await coming.head().status == 200)
                return try await coming.text(until: "first\"}}\n\n")
            }
            switch way {
            case .closed: call.drop()
            case .reset: call.reset()
            case .endedWithoutDone: try await call.end()
            case .error: try await call.send(event: #"{"error":{"message":"CUDA out of memory","code":500}}"#)
            }
            let rest = try await withDeadline(10, "the stream ends") { try await coming.rest() }
            let stream = try NamedEvents(beginning + String(decoding: rest, as: UTF8.self))
            #expect(stream.names.last == "error")
            #expect(stream.last["error"]["type"].string == "api_error")
            #expect(stream.last["error"]["message"].string?.isEmpty == false)
            #expect(stream.last["request_id"].string?.hasPrefix("req_") == true)
            if way == .error { #expect(stream.last["error"]["message"].string?.contains("CUDA") == true) }
            try await stand.expectServing()
        }

        @Test(arguments: [
            (400, 400, "invalid_request_error"), (404, 404, "not_found_error"), (413, 413, "request_too_large"),
            (422, 422, "invalid_request_error"), (401, 502, "api_error"), (429, 429, "rate_limit_error"),
            (500, 502, "api_error"),
        ])
        func anErrorOfTheModelServer(status: Int, expected: Int, type: String) async throws {
            let stand = try Stand.lent
            for more in ["", #","stream":true"#] {
                let (_, answer) = try await stand.exchange(Self.body(more), path: Self.path) {
                    try await $0.answer(#"{"error":{"message":"no such tool"}}"#, status: status)
                }
                Self.expect(answer, expected, type)
                if expected == status { #expect(answer.json["error"]["message"].string == "no such tool") }
            }
        }

        @Test func refusalsHaveAnthropicsShape() async throws {
            let stand = try Stand.lent
            let caller = stand.caller
            Self.expect(try await caller.post(Self.path, "{"), 400, "invalid_request_error")
            Self.expect(try await caller.post(Self.path, #"{"model":"x"}"#), 400, "invalid_request_error")
            Self.expect(try await caller.with(key: nil).post(Self.path, Self.body()), 401, "authentication_error")
            Self.expect(try await caller.get(Self.path), 405, "invalid_request_error")
            let other = try await stand.relay.createKey(models: ["other"])
            Self.expect(try await caller.with(key: other.secret).post(Self.path, Self.body()), 403, "permission_error")
            let unknown = #"{"model":"nobody","max_tokens":1,"messages":[{"role":"user","content":"x"}]}"#
            Self.expect(try await caller.post(Self.path, unknown), 404, "not_found_error")
            let version = [("anthropic-version", "2023-06-01")]
            Self.expect(try await caller.get("/v1/nowhere", headers: version), 404, "not_found_error")
            Self.expect(try await caller.get("/v1/models/nobody", headers: version), 404, "not_found_error")
        }

        @Test func aNumberOfTokensIsEstimated() async throws {
            let stand = try Stand.lent
            let body = #"{"model":"\#(Stand.deployment)","messages":[{"role":"user","content":"What is an adit?"}]}"#
            let answer = try await stand.caller.post("/v1/messages/count_tokens?beta=true", body)
            #expect(answer.status == 200)
            #expect(answer.head["adit-token-count"] == "estimate")
            #expect(answer.json.keys == ["input_tokens"])
            #expect((5...100).contains(answer.json["input_tokens"].int ?? 0))
            let other = try await stand.relay.createKey(models: ["other"])
            let refused = try await stand.caller.with(key: other.secret).post("/v1/messages/count_tokens", body)
            Self.expect(refused, 403, "permission_error")
        }

        @Test func theListOfModels() async throws {
            let version = [("anthropic-version", "2026-10-21")]
            let answer = try await Stand.lent.caller.get("/v1/models?limit=5", headers: version)
            #expect(answer.json["data"][0]["id"].string == Stand.deployment)
            #expect(answer.json["data"][0]["type"].string == "model")
            #expect(answer.json["has_more"] == .bool(false))
            let one = try await Stand.lent.caller.get("/v1/models/\(Stand.deployment)", headers: version)
            #expect(one.json["display_name"].string == Stand.deployment)
        }

        @Test func somebodyIsThere() async throws {
            let caller = try Stand.lent.caller.with(key: nil)
            #expect(try await caller.get("/api/hello").status == 200)
            #expect(try await caller.ask("HEAD", "/").status == 200)
        }

        static func expect(
            _ answer: Answer,
            _ status: Int,
            _ type: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
            #expect(
                answer.json.keys == ["type", "error", "request_id"],
                "\(answer.text)",
                sourceLocation: sourceLocation
            )
            #expect(answer.json["error"]["type"].string == type, "\(answer.text)", sourceLocation: sourceLocation)
            #expect(answer.json["request_id"].string == answer.head["request-id"], sourceLocation: sourceLocation)
            expectRequestID(answer.head, sourceLocation: sourceLocation)
        }
    }

    /// Long silences before and inside Messages.
    @Suite(.stand(relay: ["--stream-keepalive", "200ms", "--stream-hold", "300ms"]))
    struct MessagesSilenceTests {
        @Test func silenceIsFilledWithPings() async throws {
            let stand = try Stand.lent
            let body =
                #"{"model":"gemma-tunnel","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"x"}]}"#
            let coming = try await stand.caller.start("POST", "/v1/messages", body: body)
            let call = try await stand.upstream.nextCall()
            try await call.begin()
            let head = try await withDeadline(10, "the head comes") { try await coming.head() }
            #expect(head.status == 200)
            var text = ""
            while text.split(separator: "event: ping").count < 4 {
                text += try await withDeadline(10, "a ping comes") { try await coming.text(until: "\n\n") }
            }
            try await call.send(event: UpstreamCall.words("first"))
            try await call.finishStream()
            text += String(decoding: try await coming.rest(), as: UTF8.self)
            let stream = try NamedEvents(text)
            #expect(stream.names.filter { $0 == "message_start" }.count == 1)
            #expect(stream.names.first == "message_start" && stream.names[1] == "ping")
            #expect(stream.names.last == "message_stop")
        }
    }
}
