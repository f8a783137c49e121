import NIOCore
import StreamCheckers
import Testing
import Vocabulary

@testable import Dialects

@Suite("Gemini: streams")
struct GeminiStreamTests {
    @Test("an array is one however it ends", arguments: [true, false], [true, false])
    func array(hasText: Bool, isFinished: Bool) throws {
        var writer = try Self.writer(.array)
        var bytes = ByteBuffer()
        writer.keepAlive(minute: false, into: &bytes)
        writer.begin(into: &bytes)
        writer.keepAlive(minute: true, into: &bytes)
        if hasText { writer.write(.text(EscapedText("a"), choice: 0), into: &bytes) }
        writer.keepAlive(minute: false, into: &bytes)
        writer.write(.finish(.stop, choice: 0), into: &bytes)
        if isFinished {
            writer.finish(into: &bytes)
        } else {
            writer.fail(GatewayError(.upstreamTimeout, "Late."), into: &bytes)
        }
        let seen = try GeminiStreamCheck(bytes, .array)
        #expect(seen.chunks == (hasText ? 2 : 1))
        #expect(seen.error?["code"]?.int == (isFinished ? nil : 504))
        #expect(seen.candidates[0]?.text == (hasText ? "a" : isFinished ? "" : nil))
    }

    @Test("an array as Google writes it")
    func arrayBytes() throws {
        var writer = try Self.writer(.array)
        var bytes = ByteBuffer()
        writer.begin(into: &bytes)
        writer.write(.text(EscapedText("a"), choice: 0), into: &bytes)
        writer.fail(GatewayError(.upstreamTimeout, "Late."), into: &bytes)
        #expect(
            String(buffer: bytes) == """
                [{"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]},"index":0}],"modelVersion":"m:1b",\
                "responseId":"0123456789abcdef01234567"}
                ,\r
                {"error":{"code":504,"message":"Late.","status":"DEADLINE_EXCEEDED","details":[{"@type":\
                "type.googleapis.com/google.rpc.RequestInfo","requestId":"req_0123456789abcdef01234567"}]}}
                ]
                """
        )
    }

    @Test("keepalives are bare newlines, and an error may come first")
    func failure() throws {
        var writer = try Self.writer(.events)
        var bytes = ByteBuffer()
        writer.begin(into: &bytes)
        writer.keepAlive(minute: false, into: &bytes)
        writer.keepAlive(minute: true, into: &bytes)
        #expect(String(buffer: bytes) == "\n\n")
        writer.fail(GatewayError(.upstreamBusy, "A\u{2028}b\nc", retryAfter: 2), into: &bytes)
        let seen = try GeminiStreamCheck(bytes)
        #expect(seen.error?["message"]?.string == "A\u{2028}b\nc")
        #expect(seen.error?["status"]?.string == "RESOURCE_EXHAUSTED")
    }

    @Test("arguments of a mebibyte, in small pieces")
    func longArguments() throws {
        var writer = try Self.writer(.events)
        var bytes = ByteBuffer()
        writer.write(.toolCall(index: 0, id: "c", name: EscapedText("f"), choice: 0), into: &bytes)
        writer.write(.toolArguments(EscapedText("{\"a\":\""), index: 0, choice: 0), into: &bytes)
        for _ in 0..<(1 << 16) {
            writer.write(.toolArguments(EscapedText("0123456789abcde\\n"), index: 0, choice: 0), into: &bytes)
        }
        writer.write(.toolArguments(EscapedText("\"}"), index: 0, choice: 0), into: &bytes)
        writer.write(.finish(.toolCalls, choice: 0), into: &bytes)
        #expect(bytes.readableBytes == 0)
        writer.finish(into: &bytes)
        let seen = try GeminiStreamCheck(bytes)
        #expect(seen.candidates[0]?.calls.first?.args["a"]?.string?.utf8.count == 1 << 20)
    }

    @Test(
        "halves of a pair of surrogates are put together, or replaced",
        arguments: [
            (["\\ud83d", "\\ude00"], "😀", 1), (["a\\uD83D", "\\uDE00b"], "a😀b", 2),
            (["\\\\ud83d", "x"], "\\ud83dx", 2),
            (["\\\\\\ud83d", "\\ude00"], "\\😀", 2), (["\\ud83d", "\\ud83d", "\\ude00"], "\u{FFFD}😀", 2),
            (["\\ud83d"], "\u{FFFD}", 0), (["\\u00e9", "\\ude00"], "é\u{FFFD}", 2), (["\\ud83d", "x"], "\u{FFFD}x", 1),
            (["\\ud7ff", "\\ue000"], "\u{D7FF}\u{E000}", 2),
        ]
    )
    func surrogates(pieces: [String], text: String, chunks: Int) throws {
        for isThought in [false, true] {
            var writer = try Self.writer(.events)
            var bytes = ByteBuffer()
            for piece in pieces {
                let piece = EscapedText(escaped: piece)
                writer.write(isThought ? .reasoning(piece, choice: 0) : .text(piece, choice: 0), into: &bytes)
            }
            // A thought's half cannot meet a text's.
            writer.write(isThought ? .text(EscapedText("!"), choice: 0) : .finish(.stop, choice: 0), into: &bytes)
            writer.finish(into: &bytes)
            let candidate = try GeminiStreamCheck(bytes).candidates[0]
            #expect((isThought ? candidate?.thought : candidate?.text) == text)
            if !isThought { #expect(try GeminiStreamCheck(bytes).chunks == chunks + 1) }
        }
    }

    @Test("choices and calls that nobody asked for are dropped")
    func foreign() throws {
        var writer = try Self.writer(.events)
        var bytes = ByteBuffer()
        writer.write(.text(EscapedText("a"), choice: 2), into: &bytes)
        writer.write(.text(EscapedText("a"), choice: -1), into: &bytes)
        writer.write(.toolArguments(EscapedText("{"), index: 4, choice: 0), into: &bytes)
        writer.write(.finish(.stop, choice: 0), into: &bytes)
        writer.write(.finish(.stop, choice: 9), into: &bytes)
        writer.finish(into: &bytes)
        #expect(try GeminiStreamCheck(bytes).candidates == [0: .init(finish: "STOP")])
    }

    static func writer(_ framing: GeminiStream.Framing, choices: Int = 1) throws -> GeminiStream {
        let body: JSONValue = [
            "contents": [["parts": [["text": "?"]]]],
            "generationConfig": ["candidateCount": JSONValue(choices), "thinkingConfig": ["includeThoughts": true]],
        ]
        return try GeminiStream(
            GeminiRequest(reading: body, model: "m:1b", framing: framing),
            identity: GeminiReferences.identity
        )
    }
}
