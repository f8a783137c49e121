import NIOCore
import Vocabulary

/// Walks through the bytes of one chunk of a stream, from value to value, and decodes none of them.
///
/// Strings that are taken are checked to be good JSON; what is passed over is only counted through. It is bound by the
/// bytes that are there and goes down without recursion, so no chunk can do harm.
struct ChunkCursor {
    /// A value that is of interest.
    struct Value {
        /// Where it stands; of a string what is between its quotes.
        var range: Range<Int>
        var isString: Bool
        /// Whether the bytes must still be checked to be UTF-8.
        var isASCII = true
    }

    /// The next byte.
    var index = 0

    init(at index: Int = 0) {
        self.index = index
    }

    static let notJSON = GatewayError(.upstreamFailed, "The model server's stream has an event that is not JSON.")

    /// Goes into an object or a list if one begins here.
    mutating func enters(_ bracket: UInt8, _ bytes: Span<UInt8>) -> Bool {
        self.skipSpace(bytes)
        guard self.index < bytes.count, bytes[self.index] == bracket else { return false }
        self.index += 1
        return true
    }

    /// The next key of the object that the cursor is in; `nil` behind the object's end. The cursor is before its value.
    mutating func key(_ bytes: Span<UInt8>) throws(GatewayError) -> Range<Int>? {
        guard try self.element(bytes, until: UInt8(ascii: "}")) else { return nil }
        guard bytes[self.index] == UInt8(ascii: "\"") else { throw Self.notJSON }
        let start = self.index + 1
        try self.skipString(bytes)
        let key = start..<self.index - 1
        self.skipSpace(bytes)
        guard self.index < bytes.count, bytes[self.index] == UInt8(ascii: ":") else { throw Self.notJSON }
        self.index += 1
        self.skipSpace(bytes)
        guard self.index < bytes.count else { throw Self.notJSON }
        return key
    }

    /// Whether another element follows in the list that the cursor is in; otherwise the cursor is behind its end.
    mutating func element(
        _ bytes: Span<UInt8>,
        until end: UInt8 = UInt8(ascii: "]")
    ) throws(GatewayError) -> Bool {
        self.skipSpace(bytes)
        if self.index < bytes.count, bytes[self.index] == UInt8(ascii: ",") {
            self.index += 1
            self.skipSpace(bytes)
        }
        guard self.index < bytes.count else { throw Self.notJSON }
        guard bytes[self.index] != end else {
            self.index += 1
            return false
        }
        return true
    }

    /// Takes the value that begins here; `nil` for null and for a string without text.
    mutating func value(_ bytes: Span<UInt8>) throws(GatewayError) -> Value? {
        guard self.index < bytes.count else { throw Self.notJSON }
        if bytes[self.index] == UInt8(ascii: "\"") { return try self.string(bytes) }
        let start = self.index
        try self.skip(bytes)
        guard bytes[start] != UInt8(ascii: "n") else { return nil }
        return Value(range: start..<self.index, isString: false)
    }

    /// Takes a whole number that is not negative; `nil` for everything else.
    mutating func integer(_ bytes: Span<UInt8>) throws(GatewayError) -> Int? {
        let start = self.index
        try self.skip(bytes)
        guard self.index - start <= 9, self.index > start else { return nil }
        var number = 0
        for place in start..<self.index {
            guard (0x30...0x39).contains(bytes[place]) else { return nil }
            number = number * 10 + Int(bytes[place] - 0x30)
        }
        return number
    }

    /// Passes over the value that begins here.
    mutating func skip(_ bytes: Span<UInt8>) throws(GatewayError) {
        let start = self.index
        var depth = 0
        while self.index < bytes.count {
            switch bytes[self.index] {
            case UInt8(ascii: "\""):
                try self.skipString(bytes)
                if depth == 0 { return }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                self.index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                // At depth 0 it is the end of what a number or a word stands in.
                guard depth > 0 else { return try self.check(start) }
                depth -= 1
                self.index += 1
                if depth == 0 { return }
            case UInt8(ascii: ","), 0x09...0x0D, 0x20:
                if depth == 0 { return try self.check(start) }
                self.index += 1
            default:
                self.index += 1
            }
        }
        throw Self.notJSON
    }

    /// A word must have letters.
    private func check(_ start: Int) throws(GatewayError) {
        guard self.index > start else { throw Self.notJSON }
    }

    mutating func skipSpace(_ bytes: Span<UInt8>) {
        while self.index < bytes.count, JSONScanner.isSpace(bytes[self.index]) { self.index += 1 }
    }

    // MARK: Strings

    private mutating func skipString(_ bytes: Span<UInt8>) throws(GatewayError) {
        var index = self.index + 1
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                self.index = index + 1
                return
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        throw Self.notJSON
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(GatewayError) -> Value? {
        let start = self.index + 1
        var index = start
        var high: UInt8 = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                self.index = index + 1
                guard index > start else { return nil }
                return Value(range: start..<index, isString: true, isASCII: high < 0x80)
            case UInt8(ascii: "\\"):
                index = try Self.escapeEnd(bytes, index)
            case ..<0x20:
                throw Self.notJSON
            default:
                high |= byte
                index += 1
            }
        }
        throw Self.notJSON
    }

    /// The offset behind an escape, which must be one that exists.
    private static func escapeEnd(_ bytes: Span<UInt8>, _ start: Int) throws(GatewayError) -> Int {
        guard start + 1 < bytes.count else { throw Self.notJSON }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            guard start + 6 <= bytes.count else { throw Self.notJSON }
            for index in start + 2..<start + 6 {
                switch bytes[index] {
                case 0x30...0x39, 0x41...0x46, 0x61...0x66: break
                default: throw Self.notJSON
                }
            }
            return start + 6
        default:
            throw Self.notJSON
        }
    }
}

extension ByteBuffer {
    /// What stands in a range that is counted from the first readable byte.
    func readableSlice(_ range: Range<Int>) -> ByteBuffer {
        self.getSlice(at: self.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    /// A string's text as it stands there; what is not UTF-8 in it becomes U+FFFD.
    func escapedText(_ value: ChunkCursor.Value) -> EscapedText {
        let slice = self.readableSlice(value.range)
        guard !value.isASCII, (try? UTF8Span(validating: slice.readableBytesUInt8Span)) == nil else {
            return EscapedText(slice)
        }
        return EscapedText(escaped: String(decoding: slice.readableBytesView, as: UTF8.self))
    }

    /// A string's text, decoded.
    func text(_ value: ChunkCursor.Value) -> String? {
        value.isString ? self.escapedText(value).unescaped : nil
    }
}
