import Dialects
import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@Suite("Responses: messages of a WebSocket")
struct ResponsesMessageTests {
    private func read(_ text: String) throws(GatewayError) -> ResponsesClientMessage {
        try ResponsesClientMessage(reading: ByteBuffer(string: text))
    }

    @Test("a turn is a request and a lane")
    func create() throws {
        let message = try self.read(
            #"{"type":"response.create","stream_id":"a_1.b-","model":"m","input":"x","generate":false,"store":false}"#
        )
        let body: JSONValue = ["model": "m", "input": "x", "store": false, "stream": true]
        #expect(message == .create(body: body, generates: false, lane: "a_1.b-"))
        let plain = try self.read(#"{"type":"response.create","model":"m","stream":true}"#)
        #expect(plain == .create(body: ["model": "m", "stream": true], generates: true, lane: nil))
        let prewarm = try self.read(#"{"type":"response.create","prompt_cache_options":{"prewarm":true}}"#)
        let options: JSONValue = ["prompt_cache_options": ["prewarm": true], "stream": true]
        #expect(prewarm == .create(body: options, generates: false, lane: nil))
    }

    @Test("steering is understood, and told to fail")
    func steer() throws {
        let message = try self.read(
            #"{"type":"response.steer","previous_response_id":"r","input":"x","stream_id":"l"}"#
        )
        #expect(message == .steer(previousResponseID: "r", lane: "l"))
        let answer = try JSONValue(reading: Responses.steerFailed("r", lane: "l"))
        #expect(answer["type"] == "response.steer.failed" && answer["stream_id"] == "l")
        #expect(answer["error"]?["code"] == "steering_not_supported")
    }

    @Test(
        "what is no message is refused",
        arguments: [
            ("{", nil, nil), ("[]", nil, nil), ("{}", "type", nil), (#"{"type":"response.append"}"#, "type", nil),
            (#"{"type":"response.create","stream_id":""}"#, "stream_id", "invalid_stream_id"),
            (#"{"type":"response.create","stream_id":"a b"}"#, "stream_id", "invalid_stream_id"),
            (
                #"{"type":"response.create","stream_id":"\#(String(repeating: "a", count: 257))"}"#, "stream_id",
                "invalid_stream_id"
            ),
        ] as [(String, String?, String?)]
    )
    func refused(_ text: String, _ parameter: String?, _ code: String?) throws {
        let error = try #require(#expect(throws: GatewayError.self) { try self.read(text) })
        #expect(error.parameter == parameter)
        let told = try JSONValue(reading: Responses.errorMessage(error))
        #expect(told["status"] == 400 && told["status_code"] == nil && told["type"] == "error")
        #expect(told["error"]?["code"]?.string == code)
    }

    @Test("limits of a connection")
    func limits() throws {
        let old = try JSONValue(reading: Responses.connectionLimitReached(minutes: 60))
        #expect(old["error"]?["code"] == "websocket_connection_limit_reached" && old["status"] == 400)
        let lanes = try JSONValue(reading: Responses.laneLimitReached(32, lane: "l"))
        #expect(lanes["error"]?["code"] == "websocket_stream_limit_reached" && lanes["status"] == 429)
        #expect(lanes["stream_id"] == "l")
    }

    @Test("a warm-up is a response without output")
    func warmUp() throws {
        let request = try ResponsesRequest(text: #"{"model":"m","input":[]}"#, generates: false)
        var stream = ResponsesStream(request, identity: .test, framing: .messages(lane: nil))
        let told = ResponsesScript(steps: [.finish]).play(into: &stream).flatMap(Responses.messages(in:))
        let types = try told.map { try JSONValue(reading: $0)["type"]?.string }
        #expect(types == ["response.created", "response.in_progress", "response.completed"])
        #expect(stream.output.isEmpty)
    }
}

@Suite("Responses: failures of a stream")
struct ResponsesFailureTests {
    @Test(
        "the code is one that clients know",
        arguments: [
            (
                GatewayError(.upstreamBusy, "Busy.", retryAfter: 2), nil, "rate_limit_exceeded",
                "Busy. Please try again in 2s."
            ),
            (GatewayError(.upstreamFailed, "Broken."), nil, "server_error", "Broken."),
            (GatewayError(.connectorOffline, "Gone."), nil, "server_error", "Gone."),
            (GatewayError(.invalidRequest, "Bad."), nil, "invalid_prompt", "Bad."),
            (GatewayError(.invalidRequest, "Long."), "context_length_exceeded", "context_length_exceeded", "Long."),
        ] as [(GatewayError, String?, String, String)]
    )
    func codes(_ error: GatewayError, _ code: String?, _ expected: String, _ message: String) throws {
        var stream = ResponsesStream(try ResponsesRequest(text: #"{"model":"m","input":"x"}"#), identity: .test)
        var bytes = ByteBuffer()
        stream.begin(into: &bytes)
        var error = error
        error.reason = code
        stream.fail(error, into: &bytes)
        let checker = ResponsesStreamChecker(bytes)
        #expect(checker.faults == [])
        let told = checker.events.last?["response"]?["error"]
        #expect(told?["code"]?.string == expected && told?["message"]?.string == message)
        // It has ended: nothing more is told.
        let length = bytes.readableBytes
        stream.fail(error, into: &bytes)
        stream.finish(into: &bytes)
        stream.keepAlive(minute: true, into: &bytes)
        #expect(bytes.readableBytes == length)
    }

    @Test("a stream that fails before everything else is a response that has failed")
    func early() throws {
        let request = try ResponsesRequest(text: #"{"model":"m","input":"x"}"#)
        let error = GatewayError(.connectorOffline, "Gone.")
        var stream = ResponsesStream(request, identity: .test)
        var bytes = ByteBuffer()
        stream.keepAlive(minute: true, into: &bytes)
        #expect(String(buffer: bytes) == ": keep-alive\n\n")
        stream.fail(error, into: &bytes)
        stream.finish(into: &bytes)
        let checker = ResponsesStreamChecker(bytes)
        #expect(checker.faults == [])
        #expect(checker.events.last?["response"]?["error"]?["message"] == "Gone.")
        var lane = ResponsesStream(request, identity: .test, framing: .messages(lane: "l"))
        bytes.clear()
        lane.keepAlive(minute: true, into: &bytes)
        #expect(bytes.readableBytes == 0)
        lane.fail(error, into: &bytes)
        let messages = try Responses.messages(in: bytes).map { try JSONValue(reading: $0) }
        #expect(messages.map { $0["type"]?.string } == checker.events.map { $0["type"]?.string })
        #expect(messages.allSatisfy { $0["stream_id"] == "l" })
    }

    @Test("a turn of a WebSocket that waits says nothing: its connection has pings of its own")
    func waiting() throws {
        let turn = try JSONValue(reading: #"{"model":"m","input":"x"}"#)
        let translation = try Translation(turn: turn, generates: true, lane: "l")
        #expect(translation.signOfWaiting.readableBytes == 0)
    }
}
