import Dialects
import NIOCore
import Testing
import Vocabulary

@Suite("Chat: streams")
struct ChatEventStreamTests {
    private static func chunk(_ delta: String, choice: Int = 0, finish: String? = nil) -> String {
        let finish = finish.map { "\"\($0)\"" } ?? "null"
        return "data: {\"choices\":[{\"index\":\(choice),\"delta\":\(delta),\"finish_reason\":\(finish)}]}\n\n"
    }

    @Test("several choices take turns, and each has its own calls")
    func choices() {
        let call = #"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}"#
        let run = ChatStreamRun(
            Self.chunk(#"{"content":"a"}"#) + Self.chunk(#"{"content":"b"}"#, choice: 1) + Self.chunk(call, choice: 1)
                + Self.chunk(call) + Self.chunk("{}", choice: 1, finish: "tool_calls")
                + Self.chunk("{}", finish: "tool_calls") + Self.chunk(#"{"content":"c"}"#, choice: 2),
            choices: 2
        )
        #expect(
            run.lines == """
                text[0] a
                text[1] b
                call[1].0 call_d1d2_0 f
                arguments[1].0 {}
                call[0].0 call_d1d2_1 f
                arguments[0].0 {}
                finish[1] toolCalls
                finish[0] toolCalls
                complete

                """
        )
    }

    @Test("the stream is truncated while one of the choices that began has no end")
    func oneChoiceOpen() {
        let text = Self.chunk(#"{"content":"a"}"#) + Self.chunk(#"{"content":"b"}"#, choice: 1, finish: "stop")
        #expect(ChatStreamRun(text, choices: 2).ending == .truncated)
        #expect(ChatStreamRun(text + Self.chunk("{}", finish: "stop"), choices: 2).ending == .complete)
    }

    @Test("a byte-order mark at the beginning means nothing, and anywhere else spoils its line")
    func byteOrderMark() {
        let word = Self.chunk(#"{"content":"a"}"#)
        let text = "\u{FEFF}" + word + "\u{FEFF}" + word + Self.chunk("{}", finish: "stop")
        for (name, run) in ChatStreamRun.cuts(Array(text.utf8)) {
            #expect(run.lines == "text[0] a\nfinish[0] stop\ncomplete\n", "\(name)")
        }
        let alone = ChatStreamRun("\u{FEFF}" + Self.chunk(#"{"content":"a"}"#, finish: "stop").dropLast(2))
        #expect(alone.lines == "text[0] a\nfinish[0] stop\ncomplete\n")
    }

    @Test("an event with the name of an error is one, unless it says something of a choice")
    func namedError() {
        let said = Self.chunk(#"{"content":"a"}"#)
        let run = ChatStreamRun(said + "event: error\ndata: {\"message\":\"boom\",\"code\":400}\n\ndata: [DONE]\n\n")
        #expect(run.ending == .failed(GatewayError(.invalidRequest, "boom")))
        #expect(ChatStreamRun("event: error\n" + said + "data: [DONE]\n\n").ending == .complete)
    }

    @Test("where only one call at a time is wanted the others are dropped")
    func oneCall() {
        let run = ChatStreamRun(
            Self.chunk(#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"1"}}]}"#)
                + Self.chunk(#"{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"2"}}]}"#)
                + Self.chunk(#"{"tool_calls":[{"index":1,"function":{"arguments":"3"}}]}"#)
                + Self.chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"4"}}]}"#, finish: "stop"),
            allowsParallelToolCalls: false
        )
        #expect(
            run.lines == """
                call[0].0 a f
                arguments[0].0 1
                arguments[0].0 4
                finish[0] toolCalls
                complete

                """
        )
    }

    @Test("a mebibyte of arguments comes through, in one event of many pieces and in many events")
    func largeArguments() throws {
        let escaped = String(repeating: #"\"ä\n"#, count: 1 << 18)
        let one = Self.chunk(
            #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"\#(escaped)"}}]}"#,
            finish: "tool_calls"
        )
        let bytes = Array(one.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: 1_000).map {
            ByteBuffer(bytes: bytes[$0..<min($0 + 1_000, bytes.count)])
        }
        let run = ChatStreamRun(pieces)
        #expect(run.ending == .complete)
        #expect(Self.arguments(run) == escaped)

        let part = String(repeating: #"\u00e4"#, count: 64)
        let many = String(
            repeating: Self.chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":"\#(part)"}}]}"#),
            count: 4_096
        )
        let name = Self.chunk(#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f"}}]}"#)
        let second = ChatStreamRun(name + many + Self.chunk("{}", finish: "tool_calls"))
        #expect(second.ending == .complete)
        #expect(Self.arguments(second) == String(repeating: part, count: 4_096))
    }

    private static func arguments(_ run: ChatStreamRun) -> String {
        run.events.reduce(into: "") { text, event in
            if case .toolArguments(let more, _, _) = event { text += String(buffer: more.bytes) }
        }
    }

    @Test("an event that does not end is given up")
    func tooLarge() {
        var stream = ChatEventStream(Conversation(model: "m"), identity: .test)
        var events: [AnswerEvent] = []
        stream.receive(ByteBuffer(string: "data: \""), into: &events)
        let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
        for _ in 0...8 { stream.receive(piece, into: &events) }
        #expect(stream.failure?.code == .upstreamFailed)
        #expect(events.isEmpty)
        guard case .failed = stream.finish(into: &events) else {
            Issue.record("the stream has not failed")
            return
        }
    }

    @Test("the server has begun with its first choice, and not with a comment")
    func hasBegun() {
        var stream = ChatEventStream(Conversation(model: "m"), identity: .test)
        var events: [AnswerEvent] = []
        stream.receive(ByteBuffer(string: ": ping\n\n"), into: &events)
        #expect(!stream.hasBegun)
        stream.receive(ByteBuffer(string: Self.chunk(#"{"role":"assistant"}"#)), into: &events)
        #expect(stream.hasBegun)
        #expect(events.isEmpty)
    }

    @Test(
        "what is no chunk fails the stream",
        arguments: [
            "1", "[]", "null", "\"x\"", "{", "{\"choices\"", "{\"choices\":[",
            "{\"choices\":[{\"delta\":{\"content\":\"a\\x\"}}]}",
            "{\"choices\":[{\"delta\":{\"content\":\"a\tb\"}}]}",
            "{\"choices\":[{\"delta\":{\"content\":\"\\u12g4\"}}]}",
            "{\"choices\":[{\"delta\":{\"content\":\"\\u12\"}}]}", "{\"choices\":}", "{\"choices\" 1}", "{1:2}",
        ]
    )
    func notJSON(_ data: String) {
        guard case .failed(let error) = ChatStreamRun("data: \(data)\n\n").ending else {
            Issue.record("«\(data)» was taken")
            return
        }
        #expect(error.code == .upstreamFailed)
    }

    @Test("bytes that are not UTF-8 do not reach the caller")
    func notUTF8() {
        var bytes = Array("data: {\"choices\":[{\"delta\":{\"content\":\"a".utf8)
        bytes += [0xFF, 0xC3]
        bytes += Array("\\n\"},\"finish_reason\":\"stop\"}]}\n\n".utf8)
        let run = ChatStreamRun([ByteBuffer(bytes: bytes)])
        #expect(run.events.first == .text(EscapedText(ByteBuffer(string: "a\u{FFFD}\u{FFFD}\\n")), choice: 0))
        #expect(ChatEventChecker(run).faults == [])
    }

    @Test("deep values do no harm")
    func deep() {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        let run = ChatStreamRun(
            "data: {\"x\":\(deep),\"choices\":[{\"delta\":{\"content\":\(deep)},\"finish_reason\":\"stop\"}]}\n\n"
        )
        #expect(run.lines == "finish[0] stop\ncomplete\n")
    }
}
