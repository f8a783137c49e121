import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@testable import Dialects

/// What the reference streams do not show.
@Suite("Streams of Messages")
struct MessagesStreamTests {
    private func text(_ text: String) -> AnswerEvent { .text(EscapedText(text), choice: 0) }
    private func reasoning(_ text: String) -> AnswerEvent { .reasoning(EscapedText(text), choice: 0) }
    private func call(_ index: Int, _ name: String = "f") -> AnswerEvent {
        .toolCall(index: index, id: "call_\(index)", name: EscapedText(name), choice: 0)
    }
    private func arguments(_ text: String, _ index: Int) -> AnswerEvent {
        .toolArguments(EscapedText(text), index: index, choice: 0)
    }

    private func check(
        _ events: [AnswerEvent],
        _ members: [String: JSONValue] = [:],
        failing error: GatewayError? = nil
    ) throws -> MessagesStreamChecker {
        let bytes = MessagesStream.told(events, to: try MessagesRequest(with: members), failing: error)
        let checker = MessagesStreamChecker(bytes)
        #expect(checker.problems.isEmpty, "\(String(buffer: bytes).prefix(4_000))")
        return checker
    }

    @Test("thinking that is omitted has a block with a signature and no text")
    func omitted() throws {
        let members: [String: JSONValue] = ["thinking": ["type": "adaptive", "display": "omitted"]]
        let checker = try self.check([self.reasoning("a"), self.reasoning("b"), self.text("c")], members)
        #expect(checker.blocks.map(\.type) == ["thinking", "text"])
        #expect(checker.blocks[0].text.isEmpty && !checker.blocks[0].signature.isEmpty)
    }

    @Test("thinking that is disabled is not shown")
    func disabled() throws {
        let checker = try self.check([self.reasoning("a"), self.text("c")], ["thinking": ["type": "disabled"]])
        #expect(checker.blocks == [.init(type: "text", text: "c")])
        #expect(checker.usage?["output_tokens"] == 2)
    }

    @Test("a tool that wants it hears its arguments as they come, broken or not; another one does not")
    func eager() throws {
        let tool: JSONValue = ["name": "f", "input_schema": [:], "eager_input_streaming": true]
        let request = try MessagesRequest(with: ["tools": [tool]])
        var stream = MessagesStream(request, identity: MessagesReferences.identity)
        var bytes = ByteBuffer()
        stream.write(self.call(0, "f"), into: &bytes)
        stream.write(self.arguments("{\"a\"", 0), into: &bytes)
        #expect(String(buffer: bytes).contains(#""partial_json":"{\"a\"""#))
        stream.write(self.call(1, "g"), into: &bytes)
        stream.write(self.arguments("{\"b\"", 1), into: &bytes)
        stream.write(self.arguments(":1}", 0), into: &bytes)
        #expect(String(buffer: bytes).contains(#""partial_json":":1}""#))
        #expect(String(buffer: bytes).contains("call_1") && !String(buffer: bytes).contains(#"{\"b\""#))
        stream.write(self.arguments(":2}", 1), into: &bytes)
        stream.finish(into: &bytes)
        #expect(String(buffer: bytes).contains(#""partial_json":"{\"b\":2}""#))
    }

    @Test("an eager call that waits is told what came so far when its turn comes")
    func eagerWaiting() throws {
        let tools: JSONValue = [["name": "g", "input_schema": [:], "eager_input_streaming": true]]
        let events = [
            self.call(0), self.call(1, "g"), self.arguments("{\"b\"", 1), self.arguments("{}", 0),
            self.arguments(":2}", 1),
        ]
        #expect(try self.check(events, ["tools": tools]).blocks.map(\.text) == ["{}", #"{"b":2}"#])
    }

    @Test("one mebibyte of arguments comes whole, in lines that clients can read")
    func large() throws {
        let value = String(repeating: "zeile \"1\"\n\\ü😀", count: 60_000)
        let object = JSONValue.object(JSONObject([("text", .string(value))])).text
        var events = [self.call(0)]
        for piece in EscapedText(object).pieces(atMost: 8_000) {
            events.append(.toolArguments(piece, index: 0, choice: 0))
        }
        let checker = try self.check(events)
        let isSame = checker.blocks.map(\.text) == [object]
        #expect(object.utf8.count > 1 << 20 && isSame)
        #expect(checker.longestEvent < 40_000)
    }

    @Test("half a character waits for its other half")
    func halves() throws {
        let half = AnswerEvent.text(EscapedText(escaped: #"a\ud83d"#), choice: 0)
        let other = AnswerEvent.text(EscapedText(escaped: #"\ude00"#), choice: 0)
        let bytes = MessagesStream.told([half, other], to: try MessagesRequest(with: [:]))
        #expect(String(buffer: bytes).contains(#""text":"\ud83d\ude00""#))
        #expect(try self.check([half, other]).blocks == [.init(type: "text", text: "a😀")])
        #expect(try self.check([half]).blocks == [.init(type: "text", text: "a\u{FFFD}")])
        #expect(try self.check([half, self.call(0)]).blocks.map(\.text) == ["a\u{FFFD}", "{}"])
        let plain = AnswerEvent.text(EscapedText(escaped: #"a\\ud83d"#), choice: 0)
        #expect(try self.check([plain]).blocks == [.init(type: "text", text: #"a\ud83d"#)])
    }

    @Test("an answer of nothing but spaces is told")
    func spaces() throws {
        #expect(try self.check([self.text(" "), self.text("\n")]).blocks == [.init(type: "text", text: " \n")])
        #expect(try self.check([self.reasoning(" ")]).blocks.isEmpty)
    }

    @Test("a stream can fail at any place, and then says nothing more")
    func failing() throws {
        let error = GatewayError(.connectorOffline, "It is \"offline\".")
        for events in [[], [self.text("a")], [self.call(0), self.arguments("{", 0)], [self.reasoning("a")]] {
            let checker = try self.check(events, failing: error)
            #expect(checker.end == .error && checker.stopReason == nil)
        }
        var stream = MessagesStream(try MessagesRequest(with: [:]), identity: MessagesReferences.identity)
        var bytes = ByteBuffer()
        stream.begin(into: &bytes)
        stream.fail(error, into: &bytes)
        #expect(String(buffer: bytes).contains(#""type":"overloaded_error","message":"It is \"offline\".""#))
        let length = bytes.readableBytes
        stream.write(self.text("a"), into: &bytes)
        stream.keepAlive(minute: true, into: &bytes)
        stream.finish(into: &bytes)
        #expect(bytes.readableBytes == length)
    }

    @Test("a ping may come anywhere")
    func pings() throws {
        var stream = MessagesStream(try MessagesRequest(with: [:]), identity: MessagesReferences.identity)
        var bytes = ByteBuffer()
        stream.begin(into: &bytes)
        stream.keepAlive(minute: false, into: &bytes)
        stream.write(self.text("a"), into: &bytes)
        stream.keepAlive(minute: true, into: &bytes)
        stream.write(self.text("b"), into: &bytes)
        stream.finish(into: &bytes)
        let checker = MessagesStreamChecker(bytes)
        #expect(checker.problems.isEmpty && checker.pings == 3 && checker.blocks == [.init(type: "text", text: "ab")])
    }

    @Test("other choices, and the arguments of a call that never was, are nothing")
    func strangers() throws {
        let checker = try self.check([
            .text(EscapedText("x"), choice: 1), self.arguments("{}", 3), self.text("a"), .finish(.length, choice: 1),
        ])
        #expect(checker.blocks == [.init(type: "text", text: "a")] && checker.stopReason == "end_turn")
    }

    @Test(
        "why it is over",
        arguments: [
            (.stop, false, "end_turn"), (.toolCalls, false, "end_turn"), (.length, false, "max_tokens"),
            (.contentFilter, true, "refusal"), (.stopSequence("###"), false, "stop_sequence"),
            (.stopSequence("###"), true, "tool_use"), (.stop, true, "tool_use"), (.toolCalls, true, "tool_use"),
            (.length, true, "max_tokens"),
        ] as [(FinishReason, Bool, String)]
    )
    func reasons(_ reason: FinishReason, _ hasCall: Bool, _ word: String) throws {
        let events = hasCall ? [self.call(0)] : []
        #expect(try self.check(events + [.finish(reason, choice: 0)]).stopReason == word)
    }
}
