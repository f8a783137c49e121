import Terminal
import Testing

@Suite("What people read")
struct TerminalTests {
    @Test("what a terminal would obey is not printed: controls, orders to turn the writing round, what nobody sees")
    func printable() {
        #expect("red \u{1B}[31m\r\n\u{9B}2Jü 😀".printable == "red ?[31m???2Jü 😀")
        #expect("a\u{202E}b\u{2066}c\u{200B}d\u{2028}".printable == "a?b?c?d?")
        #expect(Columns.lines([["a\u{202E}", "b"], ["longer", "c"]]) == ["a?      b", "longer  c"])
    }

    @Test(
        "spans of time in their two largest units",
        arguments: [
            (-5, "0 s"), (0, "0 s"), (8, "8 s"), (60, "1 min"), (3599, "59 min 59 s"), (3600, "1 h"),
            (3725, "1 h 2 min"), (90_061, "1 d 1 h"), (86_400 + 59, "1 d"),
        ]
    )
    func elapsed(_ seconds: Int, _ text: String) {
        #expect(Elapsed.text(seconds: seconds) == text)
    }
}
