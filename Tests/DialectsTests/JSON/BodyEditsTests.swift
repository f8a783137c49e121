import NIOCore
import Testing

@testable import Dialects

@Suite("Edits of a body")
struct BodyEditsTests {
    /// A body whose readable bytes do not begin at the buffer's first one, as those that come from the network.
    private func body(_ text: String) -> ByteBuffer {
        var buffer = ByteBuffer(string: "before" + text)
        buffer.moveReaderIndex(forwardBy: 6)
        return buffer
    }

    private func joined(_ pieces: [ByteBuffer]) -> String { pieces.map { String(buffer: $0) }.joined() }

    @Test(
        "what is not named stays byte for byte",
        arguments: [
            ([(0..<1, "X")], "X123456789"), ([(9..<10, "X")], "012345678X"), ([(4..<6, "")], "01236789"),
            ([(0..<0, "X")], "X0123456789"), ([(10..<10, "X")], "0123456789X"), ([(0..<10, "X")], "X"),
            ([(2..<3, "X"), (7..<8, "YY")], "01X3456YY89"), ([(7..<8, "YY"), (2..<3, "X")], "01X3456YY89"),
            ([(2..<4, "X"), (4..<6, "Y")], "01XY6789"), ([(1..<1, "X"), (5..<6, "Y"), (9..<10, "Z")], "0X1234Y678Z"),
            ([], "0123456789"),
        ] as [([(Range<Int>, String)], String)]
    )
    func places(_ changes: [(Range<Int>, String)], _ expected: String) {
        var edits = BodyEdits()
        for (range, text) in changes { edits.replace(range, with: text) }
        #expect(edits.isEmpty == changes.isEmpty)
        #expect(self.joined(edits.apply(to: self.body("0123456789"))) == expected)
    }

    @Test("a string is put in as JSON")
    func json() {
        var edits = BodyEdits()
        edits.replace(1..<2, withJSON: "a\"\\\n\u{1}é")
        #expect(self.joined(edits.apply(to: self.body("[0]"))) == #"["a\"\\\n\u0001é"]"#)
    }

    @Test("nothing to change is the body itself, and an empty body no piece")
    func untouched() {
        let body = self.body("abc")
        #expect(BodyEdits().apply(to: body) == [body])
        #expect(BodyEdits().apply(to: ByteBuffer()).isEmpty)
    }

    @Test("what a JSON string is written as is read as the same")
    func written() {
        for scalar in (UInt32(0)...0x3000).compactMap(Unicode.Scalar.init) {
            var buffer = ByteBuffer()
            buffer.writeString("{\"v\":")
            buffer.writeJSONString(String(scalar))
            buffer.writeString("}")
            #expect(Scan(String(buffer: buffer)).texts == [String(scalar)], "U+\(String(scalar.value, radix: 16))")
        }
    }
}
