package import NIOCore

/// What a conversation begins with, as a number: the same for all turns of it that a caller sends, as far as its client writes
/// them alike.
///
/// It covers the system prompt, the tools and the messages up to the first of the user, whose later turns only add to them. The
/// body is read as far as that is, and never more than 128 KiB; nothing of it is kept.
package enum ConversationPrefix {
    private static let longest = 128 << 10
    private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The number; `nil` when the body has none of that.
    package static func number(of body: ByteBuffer) -> UInt64? {
        let length = min(body.readableBytes, Self.longest)
        guard let head = body.getSlice(at: body.readerIndex, length: length) else { return nil }
        return Self.number(of: head.readableBytesUInt8Span)
    }

    private static func number(of bytes: borrowing Span<UInt8>) -> UInt64? {
        var position = Self.skipBlanks(bytes, from: 0)
        guard position < bytes.count, bytes[position] == UInt8(ascii: "{") else { return nil }
        position += 1
        var sum: UInt64?
        while position < bytes.count {
            let key = Self.skipBlanks(bytes, from: position)
            guard key < bytes.count, bytes[key] == UInt8(ascii: "\"") else { break }
            let keyEnd = Self.skipValue(bytes, from: key)
            let colon = Self.skipBlanks(bytes, from: keyEnd)
            guard colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else { break }
            let value = Self.skipBlanks(bytes, from: colon + 1)
            let number: UInt64?
            switch Self.kind(of: Self.text(bytes, key + 1..<max(key + 1, keyEnd - 1))) {
            case .nothing:
                number = nil
                position = Self.skipValue(bytes, from: value)
            case .whole:
                position = Self.skipValue(bytes, from: value)
                number = Self.hash(bytes, value..<position)
            case .turns:
                let first = Self.endOfFirstTurn(bytes, from: value)
                number = Self.hash(bytes, value..<first)
                position = Self.skipValue(bytes, from: value)
            }
            // Whatever the order of the members is.
            if let number { sum = (sum ?? 0) &+ number }
            position = Self.skipBlanks(bytes, from: position)
            guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { break }
            position += 1
        }
        return sum
    }

    private enum Kind {
        case nothing
        case whole
        case turns
    }

    private static func kind(of key: String) -> Kind {
        switch key {
        case "messages", "contents", "input": .turns
        case "system", "tools", "instructions", "systemInstruction", "system_instruction", "prompt": .whole
        default: .nothing
        }
    }

    /// Where the first message of the user ends in a list of messages; the end of a text.
    private static func endOfFirstTurn(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        guard start < bytes.count, bytes[start] == UInt8(ascii: "[") else { return Self.skipValue(bytes, from: start) }
        var position = start + 1
        while position < bytes.count {
            let element = Self.skipBlanks(bytes, from: position)
            guard element < bytes.count, bytes[element] != UInt8(ascii: "]") else { return element }
            position = Self.skipValue(bytes, from: element)
            let said = element..<position
            // Gemini's first message need not say whose it is.
            if Self.find("\"user\"", in: bytes, said) || !Self.find("\"role\"", in: bytes, said) { return position }
            position = Self.skipBlanks(bytes, from: position)
            guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { return position }
            position += 1
        }
        return min(position, bytes.count)
    }

    private static func skipBlanks(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        var position = start
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
        return position
    }

    /// Where a value ends: behind its closing bracket or quote, or before what follows it.
    private static func skipValue(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        var position = start
        var depth = 0
        var isInside = false
        while position < bytes.count {
            let byte = bytes[position]
            if isInside {
                if byte == UInt8(ascii: "\\") {
                    position += 1
                } else if byte == UInt8(ascii: "\"") {
                    isInside = false
                    if depth == 0 { return min(position + 1, bytes.count) }
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInside = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    if depth <= 1 { return depth == 1 ? position + 1 : position }
                    depth -= 1
                case UInt8(ascii: ",") where depth == 0: return position
                default: break
                }
            }
            position += 1
        }
        return bytes.count
    }

    private static func find(_ text: StaticString, in bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        let count = text.utf8CodeUnitCount
        let wanted = Array("\(text)".utf8)
        guard range.count >= count else { return false }
        for start in range.lowerBound...(range.upperBound - count) where bytes[start] == wanted[0] {
            var index = 1
            while index < count, bytes[start + index] == wanted[index] { index += 1 }
            if index == count { return true }
        }
        return false
    }

    private static func text(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> String {
        guard range.count <= 20 else { return "" }
        var text: [UInt8] = []
        for index in range { text.append(bytes[index]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// FNV-1a (Fowler, Noll, Vo).
    private static func hash(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var hash = Self.seed
        for index in range { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3 }
        return hash
    }
}
