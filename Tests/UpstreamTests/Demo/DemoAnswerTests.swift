import FoundationEssentials
import Testing
import Vocabulary

@testable import Upstream

struct DemoAnswerTests {
    private func answer(_ service: UpstreamService, _ body: String) -> DemoAnswer {
        DemoAnswer(service, body: body.utf8, created: 1_790_000_000)
    }

    private func whole(_ service: UpstreamService, _ body: String, status: Int = 200) throws -> JSON {
        guard case .whole(let code, let text) = self.answer(service, body) else { throw Unexpected() }
        #expect(code == status)
        return try #require(JSON(text.utf8))
    }

    /// The data of the events of a stream, `[DONE]` included.
    private func events(_ service: UpstreamService, _ body: String) throws -> [String] {
        guard case .stream(let groups) = self.answer(service, body) else { throw Unexpected() }
        return try groups.joined().split(separator: "\n\n").map { event in
            try #require(event.hasPrefix("data: "))
            return String(event.dropFirst(6))
        }
    }

    private struct Unexpected: Error {}

    @Test func aWholeChat() throws {
        let json = try self.whole(
            .chat,
            #"{"model":"adit-demo","messages":[{"role":"system","content":"x"},{"role":"user","content":"a \"b\" c"}]}"#
        )
        #expect(json["object"]?.string == "chat.completion")
        #expect(json["model"]?.string == "adit-demo")
        #expect(json["created"]?.int == 1_790_000_000)
        #expect(json["id"]?.string?.hasPrefix("chatcmpl-demo-") == true)
        let choice = try #require(json["choices"]?.array?.first)
        #expect(choice["finish_reason"]?.string == "stop")
        #expect(choice["index"]?.int == 0)
        #expect(choice["message"]?["role"]?.string == "assistant")
        let text = try #require(choice["message"]?["content"]?.string)
        #expect(text.contains(#"«a "b" c»"#))
        let usage = try #require(json["usage"])
        #expect(usage["prompt_tokens"]?.int == 3)
        #expect(usage["completion_tokens"]?.int == DemoModel.count(text))
        #expect(usage["total_tokens"]?.int == 3 + DemoModel.count(text))
    }

    @Test func aStreamedChat() throws {
        let body =
            #"{"stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}"#
        let events = try self.events(.chat, body)
        #expect(events.last == "[DONE]")
        let chunks = try events.dropLast().map { try #require(JSON($0.utf8)) }
        #expect(Set(chunks.map { $0["id"] }).count == 1)
        #expect(!chunks.contains { $0["object"]?.string != "chat.completion.chunk" })
        let usage = try #require(chunks.last)
        #expect(usage["choices"]?.array == [])
        #expect((usage["usage"]?["completion_tokens"]?.int ?? 0) > 40)
        #expect(!chunks.dropLast().contains { $0["usage"] != .null })
        let finish = chunks[chunks.count - 2]["choices"]?.array?.first
        #expect(finish?["finish_reason"]?.string == "stop")
        #expect(finish?["delta"] == .object([:]))
        let deltas = chunks.dropLast(2).compactMap { $0["choices"]?.array?.first?["delta"] }
        #expect(deltas.first?["role"]?.string == "assistant")
        #expect(!deltas.dropFirst().contains { $0["role"] != nil })
        let text = deltas.compactMap { $0["content"]?.string }.joined()
        #expect(text == DemoModel.answer(to: "hi", limit: nil, stops: []).words.joined())
    }

    @Test func withoutUsage() throws {
        let events = try self.events(.chat, #"{"stream":true,"messages":[{"role":"user","content":"hi"}]}"#)
        #expect(!events.contains { $0.contains("usage") && $0.contains("prompt_tokens") })
        #expect(!events.contains { $0.contains(#""usage""#) })
    }

    @Test func aStreamOfNothing() throws {
        let body = #"{"stream":true,"stop":"This","messages":[{"role":"user","content":"hi"}]}"#
        let events = try self.events(.chat, body)
        #expect(events.count == 2)
        #expect(events[0].contains(#""finish_reason":"stop""#))
    }

    @Test(arguments: ["max_tokens", "max_completion_tokens"])
    func limits(name: String) throws {
        let json = try self.whole(.chat, #"{"\#(name)":3,"messages":[{"role":"user","content":"hi"}]}"#)
        #expect(json["choices"]?.array?.first?["message"]?["content"]?.string == "This is the")
        #expect(json["choices"]?.array?.first?["finish_reason"]?.string == "length")
        #expect(json["usage"]?["completion_tokens"]?.int == 3)
    }

    @Test func partsOfContent() throws {
        let parts =
            #"[{"type":"text","text":"two"},{"type":"image_url","image_url":{}},{"type":"text","text":"words"}]"#
        let json = try self.whole(.chat, #"{"messages":[{"role":"user","content":\#(parts)}]}"#)
        #expect(json["usage"]?["prompt_tokens"]?.int == 2)
    }

    @Test func completions() throws {
        let json = try self.whole(.completions, #"{"prompt":"once upon a time","max_tokens":2}"#)
        #expect(json["object"]?.string == "text_completion")
        #expect(json["choices"]?.array?.first?["text"]?.string == "This is")
        #expect(json["usage"]?["prompt_tokens"]?.int == 4)
        let events = try self.events(.completions, #"{"prompt":["once"],"max_tokens":2,"stream":true}"#)
        let chunks = events.dropLast().compactMap { JSON($0.utf8) }
        #expect(chunks.compactMap { $0["choices"]?.array?.first?["text"]?.string } == ["This", " is", ""])
    }

    @Test func embeddings() throws {
        let json = try self.whole(.embeddings, #"{"model":"e","input":["one","two words"],"dimensions":8}"#)
        let data = try #require(json["data"]?.array)
        #expect(data.map { $0["index"]?.int } == [0, 1])
        #expect(data.map { $0["embedding"]?.array?.count } == [8, 8])
        #expect(json["usage"]?["prompt_tokens"]?.int == 3)
        #expect(json["usage"]?["total_tokens"]?.int == 3)
        #expect(try self.whole(.embeddings, #"{"input":[1,2,3]}"#)["data"]?.array?.count == 1)
        #expect(try self.whole(.embeddings, #"{"input":[[1,2],[3]]}"#)["data"]?.array?.count == 2)
        let base64 = try self.whole(.embeddings, #"{"input":"one","dimensions":8,"encoding_format":"base64"}"#)
        let text = try #require(base64["data"]?.array?.first?["embedding"]?.string)
        let bytes = try #require(Data(base64Encoded: text))
        let first = bytes.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(bytes.count == 32)
        let expected = DemoModel.embedding(of: "one", dimensions: 8)[0]
        #expect(Float(bitPattern: first) == Float(expected))
    }

    @Test(arguments: [
        (UpstreamService.chat, "", nil), (.chat, "[]", nil), (.chat, "{", nil), (.chat, "{}", "messages"),
        (.chat, #"{"messages":[]}"#, "messages"), (.chat, #"{"messages":[{}],"max_tokens":0}"#, "max_tokens"),
        (.chat, #"{"messages":[{}],"max_tokens":"x"}"#, "max_tokens"), (.completions, "{}", "prompt"),
        (.completions, #"{"prompt":[]}"#, "prompt"), (.embeddings, #"{"input":7}"#, "input"),
        (.embeddings, #"{"input":"x","dimensions":5000}"#, "dimensions"),
    ])
    func faults(service: UpstreamService, body: String, parameter: String?) throws {
        let json = try self.whole(service, body, status: 400)
        #expect(json["error"]?["message"]?.string?.isEmpty == false)
        #expect(json["error"]?["type"]?.string == "invalid_request_error")
        #expect(json["error"]?["param"]?.string == parameter)
    }

    @Test func texts() throws {
        let text = "quote \" backslash \\ line \n tab \t bell \u{7} del \u{7F} é 🦊 \r"
        let json = try #require(JSON(#"{"a":\#(JSON.quoted(text))}"#.utf8))
        #expect(json["a"]?.string == text)
    }
}
