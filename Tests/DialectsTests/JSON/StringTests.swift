import Testing

@testable import Dialects

/// Strings (RFC 8259 §7), their characters (RFC 3629 §4) and halves of surrogate pairs (RFC 8259 §8.2).
@Suite("Strings of JSON")
struct StringTests {
    private static let prefix = Array(#"{"v":""#.utf8)

    private func scan(_ content: [UInt8], cutAt index: Int? = nil) -> Scan {
        let bytes = Self.prefix + content + Array("\"}".utf8)
        guard let index else { return Scan([bytes]) }
        return Scan(bytes, cutAt: index)
    }

    @Test(
        "an escape is undone, wherever it is cut",
        arguments: [
            (#"\""#, "\""), (#"\\"#, "\\"), (#"\/"#, "/"), (#"\b"#, "\u{8}"), (#"\f"#, "\u{C}"), (#"\n"#, "\n"),
            (#"\r"#, "\r"), (#"\t"#, "\t"), (#"\u0041"#, "A"), (#"\u00e9"#, "é"), (#"\u00E9"#, "é"),
            (#"\u20AC"#, "€"), (#"\u0000"#, "\0"), (#"\uffff"#, "\u{FFFF}"), (#"\ud83d\ude00"#, "😀"),
            (#"\uD83D\uDE00"#, "😀"), (#"\uD800\uDC00"#, "\u{10000}"), (#"\uDBFF\uDFFF"#, "\u{10FFFF}"),
            (#"a\u0041\\u0041"#, #"aA\u0041"#), ("é€😀\u{7F}", "é€😀\u{7F}"), ("", ""),
        ]
    )
    func escapes(_ content: String, _ expected: String) {
        let bytes = Array(content.utf8)
        for index in 0...(Self.prefix.count + bytes.count) {
            let result = self.scan(bytes, cutAt: index)
            #expect(result.isAccepted && result.texts == [expected], "cut at \(index)")
        }
    }

    @Test(
        "half of a pair alone is taken and stands for no character",
        arguments: [
            (#"\ud83d"#, "\u{FFFD}"), (#"\ude00"#, "\u{FFFD}"), (#"\ud83dx"#, "\u{FFFD}x"),
            (#"\ud83d\n"#, "\u{FFFD}\n"),
            (#"\ud83d\u0041"#, "\u{FFFD}A"), (#"\ud83d\ud83d\ude00"#, "\u{FFFD}😀"), (#"\ud83dé"#, "\u{FFFD}é"),
            (#"\ude00\ud83d"#, "\u{FFFD}\u{FFFD}"),
        ]
    )
    func halves(_ content: String, _ expected: String) {
        let bytes = Array(content.utf8)
        for index in 0...(Self.prefix.count + bytes.count) {
            let result = self.scan(bytes, cutAt: index)
            #expect(result.isAccepted && result.texts == [expected], "cut at \(index)")
        }
    }

    @Test(
        "an escape that does not exist is refused where it stands",
        arguments: [
            (#"\x"#, 1), (#"\'"#, 1), (#"\U0041"#, 1), (#"\ "#, 1), (#"\u12g4"#, 4), (#"\u123"#, 5), (#"\u+123"#, 2),
            (#"ab\q"#, 3),
        ]
    )
    func noEscapes(_ content: String, _ offset: Int) {
        let fault = JSONFault(offset: Self.prefix.count + offset, reason: "an escape that is none")
        #expect(self.scan(Array(content.utf8)).fault == fault)
    }

    @Test("a control character is refused", arguments: UInt8(0)..<0x20)
    func controls(_ byte: UInt8) {
        let fault = JSONFault(offset: Self.prefix.count + 1, reason: "a control character inside a string")
        #expect(self.scan([0x61, byte]).fault == fault)
    }

    @Test("bytes are UTF-8 for the scanner when they are for the standard library", arguments: UInt8(0x80)...0xFF)
    func encoding(_ lead: UInt8) {
        let seconds: [UInt8] = [0x22, 0x5C, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        for second in seconds {
            for tail in 0...3 {
                let bytes = [lead, second] + Array(repeating: UInt8(0x80), count: tail)
                let isValid = String(validating: bytes, as: UTF8.self) != nil
                #expect(self.scan(bytes).isAccepted == isValid, "\(bytes)")
            }
        }
        #expect(!self.scan([lead]).isAccepted)
    }

    @Test("a text longer than any that is asked for is not told")
    func long() {
        let fits = Array(repeating: UInt8(ascii: "a"), count: JSONScanner.longestText)
        #expect(self.scan(fits).texts == [String(decoding: fits, as: UTF8.self)])
        let result = self.scan(fits + [0x61])
        #expect(result.isAccepted && result.texts.isEmpty)
    }

    @Test("what is passed over eight bytes at a time is checked as well as what is read", arguments: 0..<20)
    func passedOver(_ length: Int) {
        for special: UInt8 in [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7E, 0x7F, 0x80, 0xC3, 0xFF] {
            for position in 0...length {
                var content = Array(repeating: UInt8(ascii: "a"), count: length)
                content.insert(special, at: position)
                let bytes = Self.prefix + content + Array("\"}".utf8)
                let quick = Scan([bytes], wantsText: false)
                #expect(quick.fault == Scan([bytes]).fault, "\(special) at \(position)")
            }
        }
    }
}
