/// Members of objects (RFC 8259 §4) whose key and value are there in one piece.
extension JSONScanner {
    /// Takes member after member, as long as each is as most are and all of it is there; answers where the rest begins.
    @inline(__always)
    mutating func takeMembers(
        _ bytes: Span<UInt8>,
        from start: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) -> Int {
        var index = Self.spaceEnd(bytes, from: start)
        while index < bytes.count, bytes[index] == UInt8(ascii: "\"") {
            let end = Self.plainEnd(bytes, from: index + 1)
            guard end < bytes.count, bytes[end] == UInt8(ascii: "\""), end - index <= Self.longestText else { break }
            let colon = Self.spaceEnd(bytes, from: end + 1)
            guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else { break }
            let value = Self.spaceEnd(bytes, from: colon + 1)
            guard value < bytes.count else { break }
            self.state = .value
            try self.beginValue(
                bytes[value],
                of: bytes.extracting(index + 1..<end),
                at: self.offset + value,
                &delegate
            )
            index = self.takeRest(bytes, from: value + 1, &delegate)
            guard case .commaOrEnd = self.state, index < bytes.count, bytes[index] == UInt8(ascii: ",") else { break }
            self.state = .key
            index = Self.spaceEnd(bytes, from: index + 1)
        }
        return index
    }

    /// Takes what is left of a value that has just begun, if it is no container, is as most are, and all of it is there; else
    /// nothing. Answers where the rest begins.
    @inline(__always)
    private mutating func takeRest(
        _ bytes: Span<UInt8>,
        from start: Int,
        _ delegate: inout some JSONScannerDelegate
    ) -> Int {
        switch self.state {
        case .string:
            let end = Self.plainEnd(bytes, from: start)
            guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return start }
            if self.keepsText { self.keep(bytes, start..<end) }
            self.endString(at: self.offset + end + 1, &delegate)
            return end + 1
        case .number(.integer):
            var end = start
            while end < bytes.count, bytes[end] >= 0x30, bytes[end] <= 0x39 { end += 1 }
            guard end < bytes.count, bytes[end] == UInt8(ascii: ",") || bytes[end] == UInt8(ascii: "}") else {
                return start
            }
            self.endValue(at: self.offset + end, text: nil, &delegate)
            return end
        case .literal(let literal, _):
            let end = start + literal.text.utf8CodeUnitCount - 1
            guard end <= bytes.count, bytes.matches(literal.text, at: start - 1) else { return start }
            self.endValue(at: self.offset + end, text: nil, &delegate)
            return end
        default:
            return start
        }
    }

    /// The first byte from `start` on that is no space, or the end.
    private static func spaceEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
        return index
    }
}
