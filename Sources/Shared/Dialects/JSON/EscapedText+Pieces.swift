import NIOCore

extension EscapedText {
    /// Whether it is nothing but spaces and line ends, plain or escaped.
    var isSpace: Bool {
        let bytes = self.bytes.readableBytesUInt8Span
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count {
                switch bytes[index + 1] {
                case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): index += 2
                default: return false
                }
            } else if bytes[index] == 0x20 {
                index += 1
            } else {
                return false
            }
        }
        return true
    }

    /// The text in pieces of at most so many bytes, each of which is a text of its own: cut inside no character, no escape
    /// and no escaped pair of surrogates.
    func pieces(atMost limit: Int) -> [EscapedText] {
        guard self.bytes.readableBytes > limit else { return [self] }
        let bytes = self.bytes.readableBytesUInt8Span
        var pieces: [EscapedText] = []
        var start = 0
        var index = 0
        while index < bytes.count {
            let next = min(index + Self.unitLength(bytes, at: index), bytes.count)
            if next - start > limit, index > start {
                pieces.append(self.slice(start..<index))
                start = index
            }
            index = next
        }
        pieces.append(self.slice(start..<bytes.count))
        return pieces
    }

    /// How many bytes stand for the character at an offset.
    private static func unitLength(_ bytes: Span<UInt8>, at index: Int) -> Int {
        switch bytes[index] {
        case UInt8(ascii: "\\"):
            guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "u") else { return 2 }
            // The first half of a pair takes the escape behind it along.
            guard Self.isHighSurrogate(bytes, at: index) else { return 6 }
            return bytes.matches("\\u", at: index + 6) ? 12 : 6
        case 0xF0...: return 4
        case 0xE0...: return 3
        case 0xC0...: return 2
        default: return 1
        }
    }

    static func isHighSurrogate(_ bytes: Span<UInt8>, at escape: Int) -> Bool {
        guard escape + 3 < bytes.count, bytes[escape + 2] | 0x20 == UInt8(ascii: "d") else { return false }
        return switch bytes[escape + 3] | 0x20 {
        case UInt8(ascii: "8"), UInt8(ascii: "9"), UInt8(ascii: "a"), UInt8(ascii: "b"): true
        default: false
        }
    }

    func slice(_ range: Range<Int>) -> EscapedText {
        EscapedText(
            self.bytes.getSlice(at: self.bytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
        )
    }
}
