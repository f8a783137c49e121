import Testing

@testable import Dialects

/// Events and their lines (WHATWG HTML §9.2.5 and §9.2.6).
@Suite("Lines of an event stream")
struct EventLinesTests {
    /// An event as its reader sees it.
    private struct Seen: Equatable {
        var data: String?
        var dataLines = 0
        var name: String?
        var error: String?
        var hasForeignLines = false
        var rest = ""
    }

    private func next(_ text: String, from start: Int = 0) -> Seen? {
        let bytes = Array(text.utf8)
        guard let event = EventLines.next(in: bytes.span, from: start) else { return nil }
        func string(_ range: Range<Int>?) -> String? { range.map { String(decoding: bytes[$0], as: UTF8.self) } }
        return Seen(
            data: string(event.data),
            dataLines: event.dataLines,
            name: string(event.name),
            error: string(event.error),
            hasForeignLines: event.hasForeignLines,
            rest: String(decoding: bytes[event.end...], as: UTF8.self)
        )
    }

    @Test(
        "the value of data",
        arguments: [
            ("data: a\n\n", "a"), ("data:a\n\n", "a"), ("data:  a\n\n", " a"), ("data: a \n\n", "a "),
            ("data:\n\n", ""),
            ("data: \n\n", ""), ("data\n\n", ""), ("data:a:b\n\n", "a:b"), ("data:\ta\n\n", "\ta"),
            ("data: é😀\u{2028}\u{85}\n\n", "é😀\u{2028}\u{85}"), (": c\ndata: a\n\n", "a"), ("data: a\n: c\n\n", "a"),
            (":\ndata: a\n\n", "a"), ("data: a\r\n\r\n", "a"), ("data: a\r\rx", "a"), ("data: a\r\n\n", "a"),
            ("data: a\n\r\n", "a"), ("data: a\r\n\rx", "a"),
        ]
    )
    func data(_ text: String, _ expected: String) throws {
        let seen = try #require(self.next(text))
        #expect(seen.data == expected)
        #expect(seen.dataLines == 1 && !seen.hasForeignLines && seen.name == nil && seen.error == nil)
        #expect(seen.rest == (text.hasSuffix("x") ? "x" : ""))
    }

    @Test(
        "an event without data",
        arguments: ["\n", "\r\n", "\rx", ": c\n\n", ":\n\n", ":data: a\n\n"]
    )
    func comments(_ text: String) {
        #expect(self.next(text) == Seen(rest: text.hasSuffix("x") ? "x" : ""))
    }

    @Test(
        "lines that clients of OpenAI's API do not bear",
        arguments: [
            ("event: a\n\n", Seen(name: "a", hasForeignLines: true)),
            ("event:a\ndata: b\n\n", Seen(data: "b", dataLines: 1, name: "a", hasForeignLines: true)),
            ("data: b\nevent\n\n", Seen(data: "b", dataLines: 1, name: "", hasForeignLines: true)),
            ("event: a\nevent: b\n\n", Seen(name: "b", hasForeignLines: true)),
            ("id: 7\n\n", Seen(hasForeignLines: true)), ("retry: 7\n\n", Seen(hasForeignLines: true)),
            ("id: 7\ndata: b\n\n", Seen(data: "b", dataLines: 1, hasForeignLines: true)),
            ("error: {}\n\n", Seen(error: "{}", hasForeignLines: true)),
            // Not these fields: a field's name is all before the first colon, and case counts.
            ("database: a\n\n", Seen(hasForeignLines: true)), ("data : a\n\n", Seen(hasForeignLines: true)),
            (" data: a\n\n", Seen(hasForeignLines: true)), ("Data: a\n\n", Seen(hasForeignLines: true)),
            ("events: a\n\n", Seen(hasForeignLines: true)), ("errors: a\n\n", Seen(hasForeignLines: true)),
            ("dat\n\n", Seen(hasForeignLines: true)), ("{}\n\n", Seen(hasForeignLines: true)),
        ] as [(String, Seen)]
    )
    private func foreign(_ text: String, _ expected: Seen) {
        #expect(self.next(text) == expected)
    }

    @Test("several lines of data are counted and none is the value", arguments: [2, 3, 4])
    func several(_ count: Int) {
        let text = String(repeating: "data: a\n", count: count) + "\n"
        #expect(self.next(text) == Seen(dataLines: count))
    }

    @Test("an event ends with its blank line and not before, however the lines end", arguments: ["\n", "\r", "\r\n"])
    func ends(_ end: String) {
        let first = ["event: a", "data: b", ": c", ""].map { $0 + end }.joined()
        let text = first + "data: d" + end + end + "x"
        let seen = self.next(text)
        #expect(seen?.data == "b" && seen?.name == "a")
        #expect(seen?.rest == "data: d\(end)\(end)x")
        #expect(self.next(text, from: first.utf8.count) == Seen(data: "d", dataLines: 1, rest: "x"))
        // A CR that nothing follows may be half of a line's end.
        let whole = end == "\r" ? first.utf8.count + 1 : first.utf8.count
        for index in 0..<whole {
            #expect(self.next(String(decoding: Array(text.utf8)[..<index], as: UTF8.self)) == nil, "cut at \(index)")
        }
        #expect(self.next(String(decoding: Array(text.utf8)[..<whole], as: UTF8.self)) != nil)
    }
}
