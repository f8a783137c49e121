import TestSupport
import Testing

extension EndToEnd {
    /// Responses over a WebSocket, frame by frame.
    @Suite(.stand(relay: ["--limits-body", "64KiB", "--websocket-ping", "200ms", "--stream-in-progress", "300ms"]))
    struct ResponsesSocketTests {
        static func create(_ input: String = "What is an adit?", _ more: String = "") -> String {
            #"{"type":"response.create","model":"\#(Stand.deployment)","input":"\#(input)"\#(more)}"#
        }

        /// One turn, answered by the model server with these words.
        static func turn(
            _ socket: SocketCaller,
            _ message: String,
            _ words: [String]
        ) async throws -> (call: UpstreamCall, messages: [JSONValue]) {
            try await socket.say(message)
            let call = try await Stand.lent.upstream.nextCall(within: 60)
            try await call.stream(words)
            return (call, try await socket.messages(until: "response.completed"))
        }

        @Test(arguments: ["/v1/responses", "/responses"])
        func turnsThatGoOn(path: String) async throws {
            let stand = try Stand.lent
            let socket = try await SocketCaller.open(stand.caller, path)
            let (_, first) = try await Self.turn(socket, Self.create("One", #","store":false"#), ["A", " way"])
            #expect(first.first?["type"].string == "response.created")
            #expect(first.map { $0["sequence_number"].int } == Array(0..<first.count))
            let id = try #require(first.last?["response"]["id"].string)
            #expect(try await stand.caller.get("/v1/responses/\(id)").status == 404, "it is the connection's own")
            let more = #","store":false,"previous_response_id":"\#(id)""#
            let (call, _) = try await Self.turn(socket, Self.create("Two", more), ["in"])
            let said = (call.json["messages"].array ?? []).map { $0["content"].string }
            #expect(said == ["One", "A way", "Two"])
            let other = try await SocketCaller.open(stand.caller)
            try await other.say(Self.create("Three", more))
            let refused = try await other.messages(until: "error")
            #expect(refused.last?["error"]["code"].string == "previous_response_not_found")
        }

        @Test func aMessageInPieces() async throws {
            let socket = try await SocketCaller.open(Stand.lent.caller)
            let bytes = Array(Self.create("in ä pieces").utf8)
            for index in bytes.indices {
                let isLast = index == bytes.count - 1
                try await socket.send(index == 0 ? .text : .continuation, [bytes[index]], isLast: isLast)
                if index == 40 { try await socket.send(.ping, [1]) }
            }
            let call = try await Stand.lent.upstream.nextCall(within: 60)
            #expect(call.json["messages"][0]["content"].string == "in ä pieces")
            try await call.stream(["yes"])
            _ = try await socket.messages(until: "response.completed")
        }

        @Test func errorsDoNotEndIt() async throws {
            let stand = try Stand.lent
            let socket = try await SocketCaller.open(stand.caller)
            for (message, code) in [
                ("{", nil), (#"{"type":"response.append"}"#, nil), (Self.create("x", #","model":7"#), nil),
                (#"{"type":"response.create","model":"nobody","input":"x","stream_id":"a"}"#, "model_not_found"),
            ] as [(String, String?)] {
                try await socket.say(message)
                let error = try #require(try await socket.frame()).json
                #expect(error["type"].string == "error" && (error["status"].int ?? 0) >= 400)
                if let code {
                    #expect(error["error"]["code"].string == code && error["stream_id"].string == "a")
                }
            }
            try await socket.say(Self.create())
            let call = try await stand.upstream.nextCall(within: 60)
            try await call.answer(#"{"error":{"message":"too long","code":400}}"#, status: 400)
            let refused = try #require(try await socket.frame()).json
            #expect(refused["status"].int == 400 && refused["error"]["message"].string?.contains("too long") == true)
            _ = try await Self.turn(socket, Self.create(), ["yes"])
        }

        @Test func aKeyThatIsDisabledMakesNoFurtherTurn() async throws {
            let stand = try Stand.lent
            let key = try await stand.relay.createKey()
            let socket = try await SocketCaller.open(stand.caller.with(key: key.secret))
            _ = try await Self.turn(socket, Self.create(), ["yes"])
            _ = try await stand.relay.administer("key", "disable", key.id)
            try await socket.say(Self.create())
            let error = try #require(try await socket.frame()).json
            #expect(error["status"].int == 401 && error["error"]["code"].string == "invalid_api_key")
        }

        @Test func whoMayNotComeInIsToldInHTTP() async throws {
            let stand = try Stand.lent
            for key in [nil, "sk-adit-wrong"] {
                let answer = try await stand.caller.with(key: key).get("/v1/responses", headers: SocketCaller.headers)
                Refusal.unauthorized.expect(answer)
            }
            let old = SocketCaller.headers.map { $0.0 == "sec-websocket-version" ? ($0.0, "8") : $0 }
            let answer = try await stand.caller.get("/v1/responses", headers: old)
            #expect(answer.status == 426 && answer.head["sec-websocket-version"] == "13")
            #expect(try await stand.caller.get("/v1/chat/completions", headers: SocketCaller.headers).status == 405)
        }

        @Test(arguments: [
            ("unmasked", 1002), ("binary", 1003), ("tooLarge", 1009), ("manyPieces", 1009), ("order", 1002),
        ])
        func whatBreaksTheProtocol(_ kind: String, _ code: Int) async throws {
            let socket = try await SocketCaller.open(Stand.lent.caller)
            let large = [UInt8](repeating: 0x20, count: 40 * 1_024)
            switch kind {
            case "unmasked": try await socket.send(.text, Array("{}".utf8), isMasked: false)
            case "binary": try await socket.send(.binary, [1])
            case "tooLarge": try await socket.send(.text, large + large)
            case "manyPieces":
                try await socket.send(.text, large, isLast: false)
                try await socket.send(.continuation, large)
            default: try await socket.send(.continuation, [1])
            }
            let frame = try #require(try await socket.frame())
            #expect(frame.kind == .close && frame.code == code && !frame.isMasked)
            try await socket.send(.close, Array(frame.data.prefix(2)))
            #expect(try await socket.frame() == nil)
        }

        @Test func whoeverLeavesIsCancelled() async throws {
            let stand = try Stand.lent
            let socket = try await SocketCaller.open(stand.caller)
            for lane in ["a", "b"] { try await socket.say(Self.create("x", #","stream_id":"\#(lane)""#)) }
            let calls = [try await stand.upstream.nextCall(within: 60), try await stand.upstream.nextCall(within: 60)]
            socket.wire.leave()
            for call in calls { try await call.disconnected.wait(within: 60, "the model server sees it") }
        }

        @Test func signsOfLife() async throws {
            let stand = try Stand.lent
            let socket = try await SocketCaller.open(stand.caller)
            try await socket.say(Self.create())
            let call = try await stand.upstream.nextCall(within: 60)
            try await call.begin()
            try await call.send(event: UpstreamCall.words("first"))
            _ = try await socket.messages(until: "response.output_text.delta")
            // The model server is silent: the event comes again and again, with the next number, and pings do.
            for _ in 0..<2 {
                let message = try #require(try await socket.frame()).json
                #expect(message["type"].string == "response.in_progress")
            }
            while try await socket.anyFrame()?.kind != .ping {}
            try await call.finishStream()
            let rest = try await socket.messages(until: "response.completed")
            #expect(rest.last?["response"]["output"][0]["content"][0]["text"].string == "first")
        }

        @Test func anHTTPStreamRepeatsItToo() async throws {
            let stand = try Stand.lent
            let body = #"{"model":"\#(Stand.deployment)","input":"x","stream":true}"#
            let coming = try await stand.caller.start("POST", "/v1/responses", body: body)
            let call = try await stand.upstream.nextCall(within: 60)
            try await call.begin()
            try await call.send(event: UpstreamCall.words("first"))
            let text = try await withDeadline(60, "it is told again") {
                #expect(try await coming.head().status == 200)
                var text = ""
                while text.components(of: "event: response.in_progress") < 3 {
                    text += try await coming.text(until: "\n\n")
                }
                return text
            }
            try await call.finishStream()
            let all = text + String(decoding: try await coming.rest(), as: UTF8.self)
            let stream = try NamedEvents(all)
            #expect(stream.names.last == "response.completed")
            #expect(stream.events.map { $0.data["sequence_number"].int } == Array(0..<stream.events.count))
        }

        @Test func lanesRunSideBySide() async throws {
            let stand = try Stand.lent
            let socket = try await SocketCaller.open(stand.caller)
            for (input, lane) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
                try await socket.say(Self.create(input, #","stream_id":"\#(lane)""#))
            }
            var calls: [String: UpstreamCall] = [:]
            for _ in 0..<2 {
                let call = try await stand.upstream.nextCall(within: 60)
                calls[call.json["messages"][0]["content"].string ?? ""] = call
            }
            #expect(Set(calls.keys) == ["a1", "b1"])
            try await calls["b1"]?.stream(["b"])
            let b = try await socket.messages(until: "response.completed")
            #expect(b.last?["stream_id"].string == "b")
            try await calls["a1"]?.stream(["a"])
            let next = try await stand.upstream.nextCall(within: 60)
            #expect(next.json["messages"][0]["content"].string == "a2")
            try await next.stream(["a"])
            for _ in 0..<2 { _ = try await socket.messages(until: "response.completed") }
        }
    }

    /// How a WebSocket bears what is slow, and how it ends by itself.
    struct ResponsesSocketEndTests {
        @Test func aSlowReaderStallsOnlyItself() async throws {
            try await Stand.with { stand in
                let slow = try await SocketCaller.open(stand.caller, receiveBuffer: 4_096)
                try await slow.say(ResponsesSocketTests.create("x"))
                let call = try await stand.upstream.nextCall(within: 60)
                try await call.begin()
                try await slow.wire.pauseReading()
                let word = String(repeating: "x", count: 30_000)
                let flood = Task {
                    for _ in 0..<400 { try await call.send(event: UpstreamCall.words(word)) }
                    try await call.finishStream()
                }
                let quick = try await SocketCaller.open(stand.caller)
                for _ in 0..<3 {
                    _ = try await ResponsesSocketTests.turn(quick, ResponsesSocketTests.create(), ["quick"])
                }
                try await slow.wire.resumeReading()
                let all = try await slow.messages(until: "response.completed")
                try await flood.value
                let text = all.last?["response"]["output"][0]["content"][0]["text"].string
                #expect(text?.utf8.count == 400 * 30_000)
            }
        }

        @Test func aRelayThatStopsLetsTheTurnEnd() async throws {
            try await Stand.with { stand in
                let idle = try await SocketCaller.open(stand.caller)
                let busy = try await SocketCaller.open(stand.caller)
                let create = #"{"type":"response.create","model":"\#(Stand.deployment)","input":"x"}"#
                try await busy.say(create)
                let call = try await stand.upstream.nextCall(within: 60)
                try await call.begin()
                try await call.send(event: UpstreamCall.words("first"))
                _ = try await busy.messages(until: "response.output_text.delta")
                stand.relay.program.terminate()
                #expect(try await idle.frame()?.code == 1001)
                try await busy.say(create)
                #expect(try await busy.frame()?.json["status"].int == 503)
                try await call.finishStream()
                _ = try await busy.messages(until: "response.completed")
                #expect(try await busy.frame()?.code == 1001)
            }
        }

        @Test func itsAgeEndsIt() async throws {
            var plan = Stand.Plan()
            plan.relay = ["--websocket-age", "1s"]
            try await Stand.with(plan) { stand in
                let socket = try await SocketCaller.open(stand.caller)
                let last = try await socket.messages(until: "error")
                #expect(last.last?["error"]["code"].string == "websocket_connection_limit_reached")
                #expect(try await socket.frame()?.code == 1001)
            }
        }
    }
}

extension String {
    /// How often a text stands in this one.
    fileprivate func components(of text: String) -> Int { self.ranges(of: text).count }
}
