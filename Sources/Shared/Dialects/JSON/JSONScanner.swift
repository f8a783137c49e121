import NIOCore

/// What a ``JSONScanner`` tells while it reads: only what stands at the top of the text, or one level below.
protocol JSONScannerDelegate {
    /// A member's key is known and its value begins; answers whether the value's text is wanted, if it is a string.
    /// - Parameters:
    ///   - depth: 1 for members of the outermost object, 2 for those of objects directly inside.
    mutating func begin(key: Span<UInt8>, depth: Int, kind: JSONScanner.Kind, at offset: Int) -> Bool
    /// The value that began last at a depth is complete.
    mutating func end(depth: Int, at offset: Int, text: [UInt8]?)
    /// An array or an object directly inside the outermost object has one element more.
    mutating func element(depth: Int)
}

/// Reads JSON (RFC 8259) as it comes, piece by piece, and checks all of it; keeps nothing but what its delegate asks for.
///
/// Strings are most of a large body (images in base64), so their plain bytes are passed over eight at a time. Members are most
/// of a small one, so they are taken as a whole where all of one is there; elsewhere, and where it is wrong, each byte is taken
/// by itself.
struct JSONScanner {
    /// The kind of a value.
    enum Kind: Equatable {
        case object
        case array
        case string
        case number
        case bool(Bool)
        case null
    }

    /// How deep values may lie inside each other.
    static let deepest = 512
    /// How many bytes of a key or of a wanted string are kept.
    static let longestText = 1_024

    enum State {
        /// A value must come; in an array that has just begun, its end may.
        case value
        case valueOrEnd
        case keyOrEnd
        case key
        case colon
        case commaOrEnd
        /// Inside a string; `isKey` says of what.
        case string
        case escape
        case unicodeEscape(left: Int)
        /// Bytes of a UTF-8 sequence are still to come.
        case sequence(left: Int)
        case literal(Literal, taken: Int)
        case number(Number)
        case done
    }

    /// The three words (RFC 8259 §3).
    enum Literal {
        case `true`
        case `false`
        case null

        var text: StaticString {
            switch self {
            case .true: "true"
            case .false: "false"
            case .null: "null"
            }
        }
    }

    /// Where in a number (RFC 8259 §6).
    enum Number {
        case minus
        case zero
        case integer
        case point
        case fraction
        case exponent
        case exponentSign
        case exponentDigits
    }

    var state = State.value
    /// How many containers are open.
    var depth = 0
    /// One bit for each of them, the outermost the lowest of the first; set for an object.
    private var objects = InlineArray<8, UInt64>(repeating: 0)
    var offset = 0
    var isKey = false
    var keepsText = false
    var text: [UInt8] = []
    var textIsCut = false
    var key: [UInt8] = []
    var escapeValue: UInt32 = 0
    var highSurrogate: UInt32?
    var sequenceLow: UInt8 = 0x80
    var sequenceHigh: UInt8 = 0xBF
    private(set) var fault: JSONFault?

    /// Reads a piece; after a fault nothing more is read.
    mutating func scan(_ piece: ByteBuffer, _ delegate: inout some JSONScannerDelegate) {
        guard self.fault == nil else { return }
        let length = piece.readableBytes
        do throws(JSONFault) {
            let bytes = piece.readableBytesUInt8Span
            var index = 0
            while index < length { index = try self.take(bytes, from: index, &delegate) }
            self.offset += length
        } catch {
            self.fault = error
        }
    }

    /// The text is over; answers what is wrong with it, if something is.
    mutating func finish(_ delegate: inout some JSONScannerDelegate) -> JSONFault? {
        if self.fault == nil, case .number(let number) = self.state, self.depth == 0 {
            do throws(JSONFault) { try self.endNumber(number, at: self.offset, &delegate) } catch { self.fault = error }
        }
        if let fault { return fault }
        if case .done = self.state { return nil }
        return JSONFault(offset: self.offset, reason: self.offset == 0 ? "it is empty" : "it ends too early")
    }

    /// Whether the innermost container is an object.
    private var isInObject: Bool {
        let last = self.depth - 1
        return last >= 0 && self.objects[last >> 6] & (1 << (last & 63)) != 0
    }

    /// Takes as much as can be taken at once; answers where the rest begins.
    @inline(__always)
    private mutating func take(
        _ bytes: Span<UInt8>,
        from start: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) -> Int {
        var index = start
        switch self.state {
        case .string where self.highSurrogate == nil:
            index = Self.plainEnd(bytes, from: start)
            if self.keepsText { self.keep(bytes, start..<index) }
            if index == bytes.count { return index }
        case .key, .keyOrEnd:
            index = try self.takeMembers(bytes, from: start, &delegate)
            if index > start { return index }
        case .commaOrEnd where bytes[start] == UInt8(ascii: ","):
            self.state = self.isInObject ? .key : .value
            return start + 1
        case .number(.integer):
            while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39 { index += 1 }
            if index == bytes.count { return index }
        default: break
        }
        try self.take(bytes[index], at: self.offset + index, &delegate)
        return index + 1
    }

    /// The first byte from `start` on that is not a plain ASCII character of a string, or the end.
    static func plainEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
        bytes.first(in: start..<max(start, bytes.count)) {
            $0.marks(of: 0x22) | $0.marks(of: 0x5C) | $0.marksOfControls | $0.marksOfOthers
        } where: {
            $0 == 0x22 || $0 == 0x5C || $0 < 0x20 || $0 >= 0x80
        }
    }

    mutating func take(
        _ byte: UInt8,
        at offset: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) {
        switch self.state {
        case .string:
            try self.takeInString(byte, at: offset, &delegate)
        case .value, .valueOrEnd:
            if Self.isSpace(byte) { return }
            if byte == UInt8(ascii: "]"), case .valueOrEnd = self.state {
                return self.endContainer(at: offset, &delegate)
            }
            let key = self.key
            try self.beginValue(byte, of: key.span, at: offset, &delegate)
        case .keyOrEnd, .key:
            if Self.isSpace(byte) { return }
            if byte == UInt8(ascii: "}"), case .keyOrEnd = self.state {
                return self.endContainer(at: offset, &delegate)
            }
            guard byte == UInt8(ascii: "\"") else { throw JSONFault(offset: offset, reason: "a key was expected") }
            self.isKey = true
            self.keepsText = self.depth <= 2
            self.beginText()
        case .colon:
            if Self.isSpace(byte) { return }
            guard byte == UInt8(ascii: ":") else { throw JSONFault(offset: offset, reason: "«:» was expected") }
            self.state = .value
        case .commaOrEnd:
            try self.takeBetween(byte, at: offset, &delegate)
        case .escape:
            try self.takeEscape(byte, at: offset)
        case .unicodeEscape(let left):
            try self.takeUnicodeEscape(byte, left: left, at: offset)
        case .sequence(let left):
            guard byte >= self.sequenceLow, byte <= self.sequenceHigh else {
                throw JSONFault(offset: offset, reason: "a character that is not UTF-8")
            }
            self.sequenceLow = 0x80
            self.sequenceHigh = 0xBF
            self.keep(byte)
            self.state = left > 1 ? .sequence(left: left - 1) : .string
        case .literal(let literal, let taken):
            let isNext = literal.text.withUTF8Buffer { $0[taken] == byte }
            guard isNext else { throw JSONFault(offset: offset, reason: "a value that is none") }
            if taken + 1 == literal.text.utf8CodeUnitCount {
                self.endValue(at: offset + 1, text: nil, &delegate)
            } else {
                self.state = .literal(literal, taken: taken + 1)
            }
        case .number(let number):
            try self.takeInNumber(byte, number, at: offset, &delegate)
        case .done:
            guard Self.isSpace(byte) else { throw JSONFault(offset: offset, reason: "something after the end") }
        }
    }

    /// - Parameter key: the member's, if it is one's value.
    mutating func beginValue(
        _ byte: UInt8,
        of key: Span<UInt8>,
        at offset: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) {
        let kind: Kind
        let next: State
        switch byte {
        case UInt8(ascii: "{"): (kind, next) = (.object, .keyOrEnd)
        case UInt8(ascii: "["): (kind, next) = (.array, .valueOrEnd)
        case UInt8(ascii: "\""): (kind, next) = (.string, .string)
        case UInt8(ascii: "t"): (kind, next) = (.bool(true), .literal(.true, taken: 1))
        case UInt8(ascii: "f"): (kind, next) = (.bool(false), .literal(.false, taken: 1))
        case UInt8(ascii: "n"): (kind, next) = (.null, .literal(.null, taken: 1))
        case UInt8(ascii: "-"): (kind, next) = (.number, .number(.minus))
        case UInt8(ascii: "0"): (kind, next) = (.number, .number(.zero))
        case UInt8(ascii: "1")...UInt8(ascii: "9"): (kind, next) = (.number, .number(.integer))
        case 0xEF where offset == 0:
            throw JSONFault(offset: offset, reason: "a byte-order mark, which JSON does not have,")
        default: throw JSONFault(offset: offset, reason: "a value was expected")
        }
        let depth = self.depth
        let isMember = self.isInObject
        if depth == 0 {
            _ = delegate.begin(key: Span(), depth: 0, kind: kind, at: offset)
        } else if depth == 2, !isMember {
            delegate.element(depth: 1)
        } else if depth == 1, !isMember {
            delegate.element(depth: 0)
        }
        var wantsText = false
        if isMember, depth <= 2 { wantsText = delegate.begin(key: key, depth: depth, kind: kind, at: offset) }
        switch kind {
        case .object, .array:
            guard depth < Self.deepest else {
                throw JSONFault(offset: offset, reason: "values inside each other deeper than \(Self.deepest)")
            }
            let bit: UInt64 = 1 << (depth & 63)
            if kind == .object { self.objects[depth >> 6] |= bit } else { self.objects[depth >> 6] &= ~bit }
            self.depth = depth + 1
            self.state = next
        case .string:
            self.isKey = false
            self.keepsText = wantsText
            self.beginText()
        case .number, .bool, .null:
            self.state = next
        }
    }

    mutating func takeBetween(
        _ byte: UInt8,
        at offset: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) {
        if Self.isSpace(byte) { return }
        let isObject = self.isInObject
        switch byte {
        case UInt8(ascii: ","): self.state = isObject ? .key : .value
        case UInt8(ascii: "}") where isObject, UInt8(ascii: "]") where !isObject:
            self.endContainer(at: offset, &delegate)
        default:
            throw JSONFault(
                offset: offset,
                reason: "«,» or the end of the \(isObject ? "object" : "array") was expected"
            )
        }
    }

    mutating func endContainer(at offset: Int, _ delegate: inout some JSONScannerDelegate) {
        self.depth -= 1
        self.endValue(at: offset + 1, text: nil, &delegate)
    }

    mutating func endValue(at offset: Int, text: [UInt8]?, _ delegate: inout some JSONScannerDelegate) {
        let depth = self.depth
        if depth <= 2, depth == 0 || self.isInObject { delegate.end(depth: depth, at: offset, text: text) }
        self.state = depth == 0 ? .done : .commaOrEnd
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
