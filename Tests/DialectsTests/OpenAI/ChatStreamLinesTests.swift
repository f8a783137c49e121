import NIOCore
import Testing

@testable import Dialects

/// Lines that OpenAI's SDKs do not bear do not reach them.
@Suite("Lines of a stream")
struct ChatStreamLinesTests {
    @Test(
        "what is no plain data line is taken out or written as one",
        arguments: [
            // Comments keep connections open: llama.cpp sends one each 30 s of silence (--sse-ping-interval).
            (":\n\n", ":\n\n"), (": ping\n\n", ": ping\n\n"), (": a\ndata: {}\n\n", ": a\ndata: {}\n\n"),
            ("\n", "\n"), ("\r\n", "\r\n"),
            // openai-python 3.52.0, _streaming.py, SSEDecoder.decode: each of these is an event with empty data, and
            // json() of that raises.
            ("id: 7\n\n", ""), ("retry: 7\n\n", ""), ("event: a\n\n", ""), ("data:\n\n", ""), ("data\n\n", ""),
            ("data: \n\n", ""), ("data:\ndata:\n\n", ""),
            ("id: 7\ndata: {}\n\n", "data: {}\n\n"), ("data: {}\nretry: 7\n\n", "data: {}\n\n"),
            ("foo: 7\ndata: {}\n\n", "data: {}\n\n"), (": a\nid: 7\ndata: {}\n\n", "data: {}\n\n"),
            ("event: message\ndata: {}\n\n", "data: {}\n\n"), ("event:\ndata: {}\n\n", "data: {}\n\n"),
            // SGLang: `event: sglext_ids`, which is no chunk.
            ("event: sglext_ids\ndata: {\"a\":1}\n\n", ""), ("event: sglext_ids\ndata: {\ndata: }\n\n", ""),
            // Several lines are one text with line ends in between (WHATWG HTML §9.2.6).
            ("data: {\"a\":\ndata: 1}\n\n", "data: {\"a\": 1}\n\n"),
            (
                "data: {\r\ndatabase: x\r\ndata:\"a\":\"\u{2028}\u{85}\"}\r\n\r\n",
                "data: { \"a\":\"\u{2028}\u{85}\"}\n\n"
            ),
            ("data: {\"model\":\rdata: \"own\"}\r\r", "data: {\"model\": \"public\"}\n\n"),
            // WHATWG HTML §9.2.5: one byte-order mark at the beginning means nothing; SDKs do not know that.
            ("\u{FEFF}data: {}\n\n", "data: {}\n\n"), ("\u{FEFF}: a\n\n", ""), ("\u{FEFF}\n", ""),
            ("data: {}\n\n\u{FEFF}data: {}\n\n", "data: {}\n\n"),
        ]
    )
    func lines(_ input: String, _ expected: String) {
        for (index, run) in StreamRun.cuts(input + Events.done).enumerated() {
            #expect(run.text == expected + Events.done, "cut at \(index)")
            #expect(run.ending == "complete", "cut at \(index)")
        }
    }

    @Test("a byte-order mark at the beginning is none where the last event has no blank line")
    func lastLine() {
        let run = StreamRun("\u{FEFF}data: [DONE]")
        #expect(run.text == Events.done && run.ending == "complete")
    }

    @Test("a stream comes out the same whatever ends its lines", arguments: ["\n", "\r\n", "\r"])
    func lineEnds(_ end: String) {
        let input = (Events.word() + ": a\n\n" + Events.stop() + Events.done).replacing("\n", with: end)
        let expected = Events.word("public") + ": a" + end + end + Events.stop("public")
        for run in StreamRun.cuts(input) {
            // The last CR may have been half of a line's end.
            let last = end == "\r" ? "\r\r\n" : end + end
            #expect(run.text == expected + "data: [DONE]" + last)
            #expect(run.ending == "complete")
        }
    }

    @Test("an event larger than any can be breaks the stream")
    func large() {
        var stream = ChatStream(publicModel: "public", keepsUsage: false)
        let half = ByteBuffer(repeating: 0x61, count: ChatStream.largestEvent / 2)
        #expect(stream.receive(ByteBuffer(string: "data: ")) == nil)
        #expect(stream.receive(half) == nil && !stream.isBroken)
        #expect(stream.receive(half) == nil && stream.isBroken)
        #expect(stream.receive(ByteBuffer(string: "\n\n" + Events.done)) == nil)
        #expect(stream.finish() == .truncated)
    }

    @Test("an event in many small pieces is not looked through again for each of them", .timeLimit(.minutes(1)))
    func smallPieces() {
        var stream = ChatStream(publicModel: "public", keepsUsage: false)
        let content = String(repeating: "a", count: 2 << 20)
        let bytes = Array(Events.data(#"{"model":"own","x":"\#(content)"}"#).utf8)
        var out = ByteBuffer()
        for start in stride(from: 0, to: bytes.count, by: 64) {
            let piece = ByteBuffer(bytes: bytes[start..<min(start + 64, bytes.count)])
            if let told = stream.receive(piece) { out.writeImmutableBuffer(told) }
        }
        #expect(String(buffer: out) == Events.data(#"{"model":"public","x":"\#(content)"}"#))
    }
}
