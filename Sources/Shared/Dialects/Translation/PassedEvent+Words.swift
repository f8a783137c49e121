import NIOCore

/// How much a delta says, found without decoding it.
extension PassedEvent {
    /// How many bytes of words it has, where it is a delta.
    var words: Int {
        guard self.isNamed(endingIn: "delta") else { return 0 }
        let bytes = self.data.readableBytesUInt8Span
        let end = bytes.count
        var index = 0
        while index < end {
            guard bytes[index] == UInt8(ascii: "\"") else {
                index += 1
                continue
            }
            let close = ChunkProbe.stringEnd(bytes, from: index + 1, end: end)
            let value = ChunkProbe.skipSpace(bytes, from: close + 1, end: end)
            guard value < end, bytes[value] == UInt8(ascii: ":"), bytes.matches("\"delta\"", at: index) else {
                index = close + 1
                continue
            }
            return Self.words(bytes, of: ChunkProbe.skipSpace(bytes, from: value + 1, end: end), end)
        }
        return 0
    }

    /// - Parameter value: where the delta's value is: a text (Responses), or an object that holds it beside its kind (Messages).
    private static func words(_ bytes: borrowing Span<UInt8>, of value: Int, _ end: Int) -> Int {
        guard value < end else { return 0 }
        if bytes[value] == UInt8(ascii: "\"") {
            return ChunkProbe.stringEnd(bytes, from: value + 1, end: end) - value - 1
        }
        guard bytes[value] == UInt8(ascii: "{") else { return 0 }
        var longest = 0
        var index = value
        while index < end, bytes[index] != UInt8(ascii: "}") {
            guard bytes[index] == UInt8(ascii: "\"") else {
                index += 1
                continue
            }
            let close = ChunkProbe.stringEnd(bytes, from: index + 1, end: end)
            longest = max(longest, close - index - 1)
            index = close + 1
        }
        return longest > Self.longestKind ? longest : 0
    }

    /// The longest name of a kind of delta in Messages, in bytes: a text that is no longer is taken for one, as it is a few tokens.
    private static let longestKind = "input_json_delta".utf8.count
}
