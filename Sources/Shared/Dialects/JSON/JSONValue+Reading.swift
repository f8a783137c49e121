package import NIOCore

extension JSONValue {
    /// Reads a whole text (RFC 8259).
    package init(reading bytes: ByteBuffer) throws(JSONFault) {
        var reader = JSONReader()
        self = try reader.wholeText(bytes.readableBytesUInt8Span)
    }

    /// Reads a text that stands inside another one, such as a tool call's arguments.
    package init(reading text: String) throws(JSONFault) {
        try self.init(reading: ByteBuffer(string: text))
    }
}

/// Reads values one after another; where it is in the bytes, which come with every call.
private struct JSONReader {
    private var index = 0
    private var depth = 0

    mutating func wholeText(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONValue {
        self.skipSpace(bytes)
        let value = try self.value(bytes)
        self.skipSpace(bytes)
        guard self.index == bytes.count else { throw self.fault("something after the end") }
        return value
    }

    private func fault(_ reason: String) -> JSONFault { JSONFault(offset: self.index, reason: reason) }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while self.index < bytes.count, JSONScanner.isSpace(bytes[self.index]) { self.index += 1 }
    }

    private mutating func next(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt8 {
        guard self.index < bytes.count else {
            throw self.fault(self.index == 0 ? "it is empty" : "it ends too early")
        }
        return bytes[self.index]
    }

    private mutating func value(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONValue {
        switch try self.next(bytes) {
        case UInt8(ascii: "{"): return .object(try self.object(bytes))
        case UInt8(ascii: "["): return .array(try self.array(bytes))
        case UInt8(ascii: "\""): return .string(try self.string(bytes))
        case UInt8(ascii: "t"): return try self.literal(bytes, "true", .bool(true))
        case UInt8(ascii: "f"): return try self.literal(bytes, "false", .bool(false))
        case UInt8(ascii: "n"): return try self.literal(bytes, "null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try self.number(bytes)
        default: throw self.fault("a value was expected")
        }
    }

    private mutating func literal(
        _ bytes: Span<UInt8>,
        _ text: StaticString,
        _ value: JSONValue
    ) throws(JSONFault) -> JSONValue {
        guard bytes.matches(text, at: self.index) else { throw self.fault("a value that is none") }
        self.index += text.utf8CodeUnitCount
        return value
    }

    private mutating func enter(_ bytes: Span<UInt8>) throws(JSONFault) {
        self.depth += 1
        guard self.depth <= JSONScanner.deepest else {
            throw self.fault("values inside each other deeper than \(JSONScanner.deepest)")
        }
        self.index += 1
        self.skipSpace(bytes)
    }

    /// Behind an element: whether another one follows.
    private mutating func goesOn(_ bytes: Span<UInt8>, until end: UInt8, _ container: String) throws(JSONFault) -> Bool
    {
        self.skipSpace(bytes)
        let byte = try self.next(bytes)
        guard byte == UInt8(ascii: ",") || byte == end else {
            throw self.fault("«,» or the end of the \(container) was expected")
        }
        self.index += 1
        guard byte != end else {
            self.depth -= 1
            return false
        }
        self.skipSpace(bytes)
        return true
    }

    private mutating func array(_ bytes: Span<UInt8>) throws(JSONFault) -> [JSONValue] {
        try self.enter(bytes)
        var values: [JSONValue] = []
        if try self.next(bytes) == UInt8(ascii: "]") {
            self.index += 1
            self.depth -= 1
            return values
        }
        repeat { values.append(try self.value(bytes)) } while try self.goesOn(bytes, until: UInt8(ascii: "]"), "array")
        return values
    }

    private mutating func object(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONObject {
        try self.enter(bytes)
        var members: [JSONObject.Member] = []
        if try self.next(bytes) == UInt8(ascii: "}") {
            self.index += 1
            self.depth -= 1
            return JSONObject()
        }
        repeat {
            guard try self.next(bytes) == UInt8(ascii: "\"") else { throw self.fault("a key was expected") }
            let key = try self.string(bytes)
            self.skipSpace(bytes)
            guard try self.next(bytes) == UInt8(ascii: ":") else { throw self.fault("«:» was expected") }
            self.index += 1
            self.skipSpace(bytes)
            members.append(JSONObject.Member(key: key, value: try self.value(bytes)))
        } while try self.goesOn(bytes, until: UInt8(ascii: "}"), "object")
        return JSONObject(members: members)
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONValue {
        let start = self.index
        if bytes[self.index] == UInt8(ascii: "-") { self.index += 1 }
        if try self.next(bytes) == UInt8(ascii: "0") { self.index += 1 } else { try self.digits(bytes) }
        if self.stands(bytes, at: self.index, in: ".") {
            self.index += 1
            try self.digits(bytes)
        }
        if self.stands(bytes, at: self.index, in: "eE") {
            self.index += 1
            if self.stands(bytes, at: self.index, in: "+-") { self.index += 1 }
            try self.digits(bytes)
        }
        return .number(try self.plainText(bytes, start..<self.index))
    }

    private func stands(_ bytes: Span<UInt8>, at index: Int, in characters: StaticString) -> Bool {
        guard index < bytes.count else { return false }
        let byte = bytes[index]
        return characters.withUTF8Buffer { $0.contains(byte) }
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(JSONFault) {
        let start = self.index
        while self.index < bytes.count, (0x30...0x39).contains(bytes[self.index]) { self.index += 1 }
        guard self.index > start else { throw self.fault("a number that is none") }
    }

    private mutating func string(_ bytes: Span<UInt8>) throws(JSONFault) -> String {
        self.index += 1
        let start = self.index
        var hasEscapes = false
        while true {
            self.index = JSONScanner.plainEnd(bytes, from: self.index)
            let byte = try self.next(bytes)
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else { throw self.fault("a control character inside a string") }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                self.index += 1
                _ = try self.next(bytes)
            }
            self.index += 1
        }
        let range = start..<self.index
        self.index += 1
        let text = try self.plainText(bytes, range)
        guard hasEscapes else { return text }
        guard let unescaped = EscapedText(escaped: text).unescaped else {
            throw JSONFault(offset: range.lowerBound, reason: "an escape that is none")
        }
        return unescaped
    }

    private func plainText(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONFault) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes.extracting(range)))
        } catch {
            throw JSONFault(offset: range.lowerBound, reason: "a character that is not UTF-8")
        }
    }
}
