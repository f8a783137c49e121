import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@testable import Dialects

@Suite("Messages that pass as a server tells them")
struct PassedMessagesTests {
    private static let identity = AnswerIdentity(digits: "0123456789ab", created: 1_790_000_000, model: "public")

    private static func event(_ data: String) -> String {
        let type = (try? JSONValue(reading: data))?["type"]?.string ?? ""
        return "event: \(type)\ndata: \(data)\n\n"
    }

    private static func delta(_ index: Int, _ delta: String) -> String {
        Self.event(#"{"type":"content_block_delta","index":\#(index),"delta":\#(delta)}"#)
    }

    private static let start = Self.event(
        #"{"type":"message_start","message":{"id":"chatcmpl-1","type":"message","role":"assistant","content":[],"#
            + #""model":"own","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":0}}}"#
    )
    private static let text = Self.event(
        #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#
    )
    private static let word = Self.delta(0, #"{"type":"text_delta","text":"Ünï \" \\n"}"#)
    private static let stop = Self.event(#"{"type":"content_block_stop","index":0}"#)
    private static let end =
        Self.event(
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":5,"output_tokens":7}}"#
        )
        + Self.event(#"{"type":"message_stop"}"#)

    private static let thought =
        Self.event(#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#)
        + Self.delta(0, #"{"type":"thinking_delta","thinking":"Let me"}"#)
        + Self.delta(0, #"{"type":"signature_delta","signature":"ab12"}"#) + Self.stop
    private static let call =
        Self.event(
            #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"look"}}"#
        )
        + Self.delta(1, #"{"type":"input_json_delta","partial_json":"{\"x\":1}"}"#)

    /// Streams in each server's style, with the blocks that they tell.
    static let streams: [(name: String, stream: String, blocks: [String])] = [
        ("vLLM", start + text + word + word + stop + end + "data: [DONE]\n\n", ["text"]),
        (
            "vLLM, with thoughts and a call",
            start + thought + call + event(#"{"type":"content_block_stop","index":1}"#) + end + "data: [DONE]\n\n",
            ["thinking", "tool_use"]
        ),
        (
            "LM Studio, with pings and CRLF",
            (event(#"{"type":"ping"}"#) + start + event(#"{"type":"ping"}"#) + text + word + stop + end)
                .replacing("\n", with: "\r\n"), ["text"]
        ),
        (
            "llama.cpp, whose blocks all end at the end",
            start + text + word + call + stop + event(#"{"type":"content_block_stop","index":1}"#) + end,
            ["text", "tool_use"]
        ),
        (
            "without names",
            (start + text + word + stop + end).split(separator: "\n").filter { !$0.hasPrefix("event:") }
                .map { $0 + "\n\n" }.joined(), ["text"]
        ),
        (
            "without the last event",
            start + text + word + stop
                + end.prefix { _ in true }.replacing(event(#"{"type":"message_stop"}"#), with: ""), ["text"]
        ),
        ("without the reason of the stop", start + text + word + stop + event(#"{"type":"message_stop"}"#), ["text"]),
        ("without a start", text + word + stop + end, ["text"]),
        ("without the last blank line", String((start + text + word + stop + end).dropLast()), ["text"]),
    ]

    private func run(_ pieces: [ByteBuffer]) -> (out: ByteBuffer, ending: AnswerEnding, usage: Usage?) {
        var stream = PassedStream(PassedMessages(Self.identity))
        var out = ByteBuffer()
        for piece in pieces where !stream.hasEnded { out.writeImmutableBuffer(stream.receive(piece)) }
        let ending = stream.finish(now: 1_790_000_009)
        switch ending {
        case .complete(let rest): out.writeImmutableBuffer(rest)
        case .failed(let error, let said):
            out.writeImmutableBuffer(said)
            out.writeImmutableBuffer(stream.fail(error))
        }
        return (out, ending, stream.usage)
    }

    private func cut(_ text: String, at index: Int) -> [ByteBuffer] {
        let bytes = Array(text.utf8)
        return [ByteBuffer(bytes: bytes[..<index]), ByteBuffer(bytes: bytes[index...])]
    }

    @Test("they come out whole and the same, however they are cut", arguments: streams)
    func grammar(name: String, stream: String, blocks: [String]) async {
        let whole = self.run([ByteBuffer(string: stream)])
        // A server's CRLF stays in what passes untouched.
        let checker = MessagesStreamChecker(ByteBuffer(string: String(buffer: whole.out).replacing("\r\n", with: "\n")))
        #expect(checker.problems == [])
        #expect(checker.end == .whole)
        #expect(checker.blocks.map(\.type) == blocks)
        #expect(String(buffer: whole.out).contains(#""id":"msg_0123456789ab""#))
        #expect(!String(buffer: whole.out).contains("own"))
        for index in 0...stream.utf8.count {
            await Task.yield()
            #expect(self.run(self.cut(stream, at: index)).out == whole.out, "cut at \(index)")
        }
        guard name != "without the reason of the stop" else { return }
        #expect(whole.usage == Usage(input: 5, output: 7))
    }

    @Test("words pass as the very bytes that came")
    func untouched() {
        var stream = PassedStream(PassedMessages(Self.identity))
        _ = stream.receive(ByteBuffer(string: Self.start + Self.text))
        let words = ByteBuffer(string: Self.word + Self.word)
        #expect(stream.receive(words) == words)
    }

    @Test(
        "a stream that breaks off ends with an error",
        arguments: ["", start, start + text + word, start + text + "event: "]
    )
    func truncated(stream: String) async {
        for index in 0...stream.utf8.count {
            await Task.yield()
            let result = self.run(self.cut(stream, at: index))
            guard case .failed(let error, _) = result.ending else {
                _ = Issue.record("it is complete")
                return
            }
            #expect(error.code == .upstreamFailed)
            let text = String(buffer: result.out)
            #expect(text.hasSuffix("\n\n"))
            #expect(text.contains("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\""))
        }
    }

    @Test(
        "an error of the server is told in the dialect's shape",
        arguments: [
            #"event: error\#ndata: {"type":"error","error":{"type":"overloaded_error","message":"too much"}}\#n\#n"#,
            #"data: {"error":{"message":"too much","code":503,"type":"x"}}\#n\#n"#,
            #"event: error\#ndata: {"message":"too much","code":503,"type":"x"}\#n\#n"#,
            #"event: error\#ndata: {"message":"too much","code":503}\#n\#n"#,
        ]
    )
    func failure(event: String) {
        let result = self.run([ByteBuffer(string: Self.start + Self.text + Self.word + event)])
        guard case .failed(let error, _) = result.ending else {
            _ = Issue.record("it is complete")
            return
        }
        #expect(error.message.contains("too much"))
        #expect(MessagesStreamChecker(result.out).end == .error)
    }

    @Test("signs of life are pings, and comments before the stream has begun")
    func keepAlive() {
        var stream = PassedStream(PassedMessages(Self.identity))
        #expect(String(buffer: stream.keepAlive(minute: true)) == ": keep-alive\n\n")
        _ = stream.receive(ByteBuffer(string: Self.start))
        #expect(String(buffer: stream.keepAlive(minute: false)) == "event: ping\ndata: {\"type\":\"ping\"}\n\n")
    }

    @Test("an event without an end is not kept for ever")
    func tooLarge() {
        var stream = PassedStream(PassedMessages(Self.identity))
        for _ in 0..<9 where !stream.hasEnded { _ = stream.receive(ByteBuffer(repeating: 0x61, count: 1 << 20)) }
        #expect(stream.hasEnded)
        guard case .failed = stream.finish(now: 0) else {
            _ = Issue.record("it is complete")
            return
        }
    }

    @Test("numbers that no model can reach are believed up to a limit")
    func hugeNumbers() throws {
        let answer = """
            {"type":"message","content":[],"usage":{"input_tokens":9223372036854775807,"output_tokens":1e18,\
            "cache_read_input_tokens":9223372036854775807,"cache_creation_input_tokens":1e300}}
            """
        let (_, usage) = try Self.request("")
            .passedReply(ByteBuffer(string: answer), identity: Self.identity, now: 0)
        #expect(usage == Usage(input: Usage.most, cachedInput: Usage.most, output: Usage.most))
    }

    private static func request(_ more: String, content: String = #""x""#) throws -> Translation {
        let body = #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":\#(content)}]\#(more)}"#
        return try Translation(.messages, reading: ByteBuffer(string: body))
    }

    @Test("a whole answer has our id and name, and all that SDKs read")
    func whole() throws {
        let answer = """
            {"id":"chatcmpl-1","type":"message","role":"assistant","model":"own","content":[{"type":"thinking",\
            "thinking":"Hm"},{"type":"tool_use","id":"t1","name":"look"}],"stop_reason":"tool_use",\
            "usage":{"input_tokens":5,"output_tokens":7,"cache_read_input_tokens":2}}
            """
        let (body, usage) = try Self.request("")
            .passedReply(ByteBuffer(string: answer), identity: Self.identity, now: 0)
        let expected = """
            {"id":"msg_0123456789ab","type":"message","role":"assistant","model":"public","content":[{"type":"thinking",\
            "thinking":"Hm","signature":""},{"type":"tool_use","id":"t1","name":"look","input":{}}],\
            "stop_reason":"tool_use","usage":{"input_tokens":5,"output_tokens":7,"cache_read_input_tokens":2,\
            "cache_creation_input_tokens":0},"stop_sequence":null}
            """
        #expect(String(buffer: body) == expected)
        #expect(usage == Usage(input: 7, cachedInput: 2, output: 7))
        for broken in ["[]", "{}", #"{"error":{"message":"no"}}"#, #"{"type":"error","error":{"message":"no"}}"#] {
            #expect(throws: GatewayError.self) {
                try Self.request("").passedReply(ByteBuffer(string: broken), identity: Self.identity, now: 0)
            }
        }
    }

    @Test(
        "a request passes where the server understands all of it",
        arguments: [
            ("", #""x""#, UpstreamKind.vllm, true), ("", #""x""#, .sglang, false), ("", #""x""#, .lmStudio, true),
            (#","thinking":{"type":"adaptive"},"output_config":{"effort":"low"}"#, #""x""#, .vllm, true),
            (#","thinking":{"type":"adaptive"}"#, #""x""#, .sglang, false),
            (#","output_config":{"effort":"low"}"#, #""x""#, .lmStudio, false),
            (#","thinking":{"type":"disabled"}"#, #""x""#, .vllm, false),
            (#","output_config":{"format":{"type":"json_schema","schema":{}}}"#, #""x""#, .vllm, false),
            (#","tools":[{"type":"web_search_20250305","name":"web_search"}]"#, #""x""#, .vllm, false),
            (
                #","tools":[{"name":"f","input_schema":{}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#,
                #""x""#, .vllm, false
            ),
            ("", #"[{"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"}}]"#, .vllm, false),
            ("", #"[{"type":"tool_result","tool_use_id":"t","content":"x","is_error":true}]"#, .vllm, false),
            (
                "",
                #"[{"type":"text","text":"x"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}]"#,
                .vllm, true
            ),
            // What changes nothing, or is null, is no reason to translate.
            (
                #","metadata":{"user_id":"u"},"temperature":0.5,"top_k":3,"stop_sequences":["x"],"seed":null"#, #""x""#,
                .vllm, true
            ),
            (#","context_management":{"edits":[]},"service_tier":"auto""#, #""x""#, .lmStudio, true),
            (#","kv_transfer_params":{"a":1}"#, #""x""#, .vllm, true),
            (#","kv_transfer_params":{"a":1}"#, #""x""#, .lmStudio, false),
            ("", #""x""#, .llamaCpp, true),
            // What they would drop without a word.
            (#","seed":1"#, #""x""#, .vllm, false), (#","frequency_penalty":1"#, #""x""#, .vllm, false),
            (#","presence_penalty":1"#, #""x""#, .lmStudio, false), (#","min_p":0.1"#, #""x""#, .vllm, false),
            (#","guided_json":{"type":"object"}"#, #""x""#, .vllm, false),
            (#","chat_template_kwargs":{"a":1}"#, #""x""#, .vllm, false), (#","odd":{"a":1}"#, #""x""#, .vllm, false),
            (#","tools":[{"name":"f","input_schema":{},"strict":true}]"#, #""x""#, .vllm, false),
            (#","tools":[{"name":"f","input_schema":{},"strict":false}]"#, #""x""#, .vllm, true),
            // A system's turn behind the user's.
            ("", #""x"},{"role":"system","content":"y""#, .vllm, false),
            ("", #""x"},{"role":"assistant","content":"y""#, .vllm, true),
        ] as [(String, String, UpstreamKind, Bool)]
    )
    func faithful(more: String, content: String, kind: UpstreamKind, passes: Bool) throws {
        let translation = try Self.request(more, content: content)
        let server = ModelServer(kind: kind, services: [.chat, .messages])
        #expect(translation.manner(for: server) == (passes ? .native(.messages) : .translated))
        #expect(translation.manner(for: ModelServer(kind: kind)) == .translated)
    }

    @Test("what goes to the server is the request as it came, under its own name for the model")
    func request() throws {
        let more = #","system":"x-anthropic-billing-header: cc=1;\nBe brief.","temperature":0.50,"odd":{"a":1}"#
        let body = try Self.request(more).body(.native(.messages), upstreamModel: "own", kind: .vllm)
        let expected = """
            {"model":"own","max_tokens":9,"messages":[{"role":"user","content":"x"}],"system":"Be brief.",\
            "temperature":0.50,"odd":{"a":1}}
            """
        #expect(String(buffer: body) == expected)
    }
}
