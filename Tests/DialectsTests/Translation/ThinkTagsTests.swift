import NIOCore
import Testing
import Vocabulary

@testable import Dialects

@Suite("Reasoning that stands in the text")
struct ThinkTagsTests {
    /// What a stream of texts becomes.
    private static func said(_ texts: [String], finish: Bool = true) -> (reasoning: String, text: String) {
        var tags = ThinkTags(choices: 1)
        var said = (reasoning: "", text: "")
        var all: [AnswerEvent] = []
        for text in texts {
            var events: [AnswerEvent] = [.text(EscapedText(escaped: text), choice: 0)]
            tags.split(&events)
            all += events
        }
        var events: [AnswerEvent] = finish ? [.finish(.stop, choice: 0)] : []
        tags.split(&events)
        tags.finish(into: &events)
        for event in all + events {
            switch event {
            case .reasoning(let text, 0): said.reasoning += String(buffer: text.bytes)
            case .text(let text, 0): said.text += String(buffer: text.bytes)
            default: break
            }
        }
        return said
    }

    /// A JSON text in pieces that are JSON texts themselves: cut in no escape.
    private static func cuts(_ text: String) -> [Int] {
        let bytes = Array(text.utf8)
        var places: [Int] = []
        var index = 0
        while index < bytes.count {
            places.append(index)
            guard bytes[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            index += bytes[index + 1] == UInt8(ascii: "u") ? 6 : 2
        }
        return places
    }

    @Test(
        "cut at every place",
        arguments: [
            ("<think>why</think>so", "why", "so"),
            (#"\n <think>\nwhy\n</think>\n\nso\n"#, #"why\n"#, #"so\n"#),
            (#"\u003cthink\u003ewhy\u003c/think\u003Eso"#, "why", "so"), (#"<think>a<\/think>b"#, "a", "b"),
            ("<think></think>so", "", "so"), ("<think>why", "why", ""), ("<think>a</thin", "a</thin", ""),
            ("<think>a<b></thinks></think>c", "a<b></thinks>", "c"), ("<think>x", "x", ""), ("<think>", "", ""),
            ("so <think>why</think>", "", "so <think>why</think>"), ("<thinking>a", "", "<thinking>a"),
            ("<thin", "", "<thin"), (#" \n so"#, "", #" \n so"#), ("", "", ""),
            (#"\\u003cthink>"#, "", #"\\u003cthink>"#),
            (#"<think>\ud83d\ude00</think>\ud83d\ude00"#, #"\ud83d\ude00"#, #"\ud83d\ude00"#),
            ("<think>a</think><think>b</think>", "a", "<think>b</think>"),
        ]
    )
    func tags(_ text: String, _ reasoning: String, _ rest: String) {
        for finish in [true, false] {
            for cut in Self.cuts(text) {
                let bytes = Array(text.utf8)
                let halves = [bytes[..<cut], bytes[cut...]].map { String(decoding: $0, as: UTF8.self) }
                #expect(Self.said(halves, finish: finish) == (reasoning, rest), "cut at \(cut)")
            }
            let places = Self.cuts(text) + [text.utf8.count]
            let single = zip(places, places.dropFirst()).map { range in
                String(decoding: Array(text.utf8)[range.0..<range.1], as: UTF8.self)
            }
            #expect(Self.said(single, finish: finish) == (reasoning, rest))
        }
    }

    @Test("a server that tells its reasoning apart is believed")
    func apart() {
        var tags = ThinkTags(choices: 1)
        let before: [AnswerEvent] = [
            .reasoning(EscapedText("why"), choice: 0), .text(EscapedText("<think>"), choice: 0),
        ]
        var events = before
        tags.split(&events)
        #expect(events == before)
    }

    @Test("what is held back comes before a tool call")
    func tool() {
        var tags = ThinkTags(choices: 1)
        let call = AnswerEvent.toolCall(index: 0, id: "c", name: EscapedText("f"), choice: 0)
        var events: [AnswerEvent] = [.text(EscapedText("<th"), choice: 0), call]
        tags.split(&events)
        #expect(events == [.text(EscapedText("<th"), choice: 0), call])
    }

    @Test("choices have tags of their own")
    func choices() {
        var tags = ThinkTags(choices: 2)
        var events: [AnswerEvent] = [.text(EscapedText("<think>a"), choice: 0), .text(EscapedText("b"), choice: 1)]
        tags.split(&events)
        #expect(events == [.reasoning(EscapedText("a"), choice: 0), .text(EscapedText("b"), choice: 1)])
    }

    @Test(
        "whole texts",
        arguments: [
            ("<think>\nwhy\n</think>\n\nso", "why\n", "so"), ("<think>why", "why", ""), (" <think>a</think>", "a", ""),
        ]
    )
    func whole(_ text: String, _ reasoning: String, _ rest: String) throws {
        #expect(try #require(ThinkTags.split(text)) == (reasoning, rest))
    }

    @Test(
        "a text is split alike whole and streamed, whatever stands around its tags",
        arguments: [
            "<think>\u{2028} plan</think>\u{3000}text", "<think>\u{A0}plan</think>\u{A0}text",
            " \r\n<think>\r\n plan\t</think>\t\r\n text", "\u{B}<think>plan</think>text",
            "<think>plan</think>\u{C}text",
            "<think>\u{301}plan</think>\u{301}text", "<think> \n", "<think>a</think> \n",
        ]
    )
    func alike(_ text: String) throws {
        var whole = (reasoning: "", text: text)
        if let parts = ThinkTags.split(text) { whole = parts }
        for cut in text.unicodeScalars.indices {
            var tags = ThinkTags(choices: 1)
            var said: [AnswerEvent] = []
            for half in [text[..<cut], text[cut...]] {
                var events: [AnswerEvent] = [.text(EscapedText(String(half)), choice: 0)]
                tags.split(&events)
                said += events
            }
            tags.finish(into: &said)
            var streamed = (reasoning: "", text: "")
            for event in said {
                switch event {
                case .reasoning(let text, _): streamed.reasoning += text.unescaped ?? ""
                case .text(let text, _): streamed.text += text.unescaped ?? ""
                default: break
                }
            }
            let isAlike =
                streamed.reasoning.utf8.elementsEqual(whole.reasoning.utf8)
                && streamed.text.utf8.elementsEqual(whole.text.utf8)
            #expect(isAlike, "cut at \(cut): \(streamed) and \(whole)")
        }
    }

    @Test("whole texts without", arguments: ["so", "so <think>a</think>", "<thinking>a</thinking>", ""])
    func without(_ text: String) {
        #expect(ThinkTags.split(text) == nil)
    }
}
