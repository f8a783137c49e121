import NIOCore

/// Pairs of surrogates whose escapes stand in two pieces of a text (RFC 8259 §7).
extension EscapedText {
    /// What stands for half of a pair of surrogates whose other half never came: U+FFFD, escaped.
    static let replacement = EscapedText(ByteBuffer(string: "\\ufffd"))

    /// Whether the text ends in the escape of a first surrogate (`\ud83d`), whose second would begin the next piece.
    var endsInHalfPair: Bool {
        let bytes = self.bytes.readableBytesUInt8Span
        let start = bytes.count - 6
        guard start >= 0, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u"),
            Self.isHighSurrogate(bytes, at: start)
        else { return false }
        // An even number of backslashes before it leaves it an escape.
        var before = start
        while before > 0, bytes[before - 1] == UInt8(ascii: "\\") { before -= 1 }
        return (start - before).isMultiple(of: 2)
    }

    /// Takes the escape of a first surrogate off the end, if the text ends in one.
    mutating func removeHalfPair() -> EscapedText? {
        guard self.endsInHalfPair else { return nil }
        let place = self.bytes.readableBytes - 6
        let half = self.slice(place..<place + 6)
        self = self.slice(0..<place)
        return half
    }
}
