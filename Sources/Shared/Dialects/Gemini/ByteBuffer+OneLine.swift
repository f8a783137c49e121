import NIOCore

extension ByteBuffer {
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
