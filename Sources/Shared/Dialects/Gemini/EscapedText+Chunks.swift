import NIOCore

extension EscapedText {
    /// What stands for half of a pair of surrogates whose other half never came: U+FFFD, escaped.
    static let replacement = EscapedText(ByteBuffer(string: "\\ufffd"))

    /// Whether the text ends in the escape of a first surrogate (`\ud83d`), whose second would begin the next piece.
    var endsInHalfPair: Bool {
        let end = self.bytes.writerIndex
        guard self.bytes.readableBytes >= 6, self.bytes.byte(at: end - 6) == UInt8(ascii: "\\"),
            self.bytes.byte(at: end - 5) == UInt8(ascii: "u")
        else { return false }
        guard self.bytes.byte(at: end - 4) | 0x20 == UInt8(ascii: "d"),
            [0x38, 0x39, 0x61, 0x62].contains(self.bytes.byte(at: end - 3) | 0x20)
        else { return false }
        // The backslash is one of its own unless another one escapes it.
        var start = end - 6
        while start > self.bytes.readerIndex, self.bytes.byte(at: start - 1) == UInt8(ascii: "\\") { start -= 1 }
        return (end - 6 - start) % 2 == 0
    }

    /// Takes the escape of a first surrogate off the end, if the text ends in one.
    mutating func removeHalfPair() -> EscapedText? {
        guard self.endsInHalfPair else { return nil }
        var rest = self.bytes
        var half = self.bytes
        rest.moveWriterIndex(to: rest.writerIndex - 6)
        half.moveReaderIndex(to: half.writerIndex - 6)
        self = EscapedText(rest)
        return EscapedText(half)
    }
}

extension ByteBuffer {
    fileprivate func byte(at index: Int) -> UInt8 {
        self.getInteger(at: index) ?? 0
    }

    /// The same JSON without the characters, legal in its strings, that many clients take for the end of a line of an event
    /// stream (U+0085, U+2028 and U+2029, by Python's `splitlines`): they are escaped.
    var inOneLine: ByteBuffer {
        let bytes = self.readableBytesUInt8Span
        for index in bytes.indices where bytes[index] == 0xC2 || bytes[index] == 0xE2 {
            if Self.lineEnd(bytes, at: index) != nil { return self.escapingLineEnds() }
        }
        return self
    }

    private func escapingLineEnds() -> ByteBuffer {
        let bytes = self.readableBytesUInt8Span
        var out = ByteBuffer()
        out.reserveCapacity(bytes.count + 16)
        var index = 0
        while index < bytes.count {
            if let end = Self.lineEnd(bytes, at: index) {
                out.writeStaticString(end.escape)
                index += end.length
            } else {
                out.writeInteger(bytes[index])
                index += 1
            }
        }
        return out
    }

    private static func lineEnd(_ bytes: Span<UInt8>, at index: Int) -> (escape: StaticString, length: Int)? {
        if bytes[index] == 0xC2, index + 1 < bytes.count, bytes[index + 1] == 0x85 { return ("\\u0085", 2) }
        guard bytes[index] == 0xE2, index + 2 < bytes.count, bytes[index + 1] == 0x80 else { return nil }
        switch bytes[index + 2] {
        case 0xA8: return ("\\u2028", 3)
        case 0xA9: return ("\\u2029", 3)
        default: return nil
        }
    }
}
