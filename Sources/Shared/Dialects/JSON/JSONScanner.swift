import NIOCore

/// What a ``JSONScanner`` tells while it reads: only what stands at the top of the text, or one level below.
protocol JSONScannerDelegate {
    /// A member's key is known and its value begins; answers whether the value's text is wanted, if it is a string.
    /// - Parameters:
    ///   - depth: 1 for members of the outermost object, 2 for those of objects directly inside.
    mutating func begin(key: [UInt8], depth: Int, kind: JSONScanner.Kind, at offset: Int) -> Bool
    /// The value that began last at a depth is complete.
    mutating func end(depth: Int, at offset: Int, text: [UInt8]?)
    /// An array or an object directly inside the outermost object has one element more.
    mutating func element(depth: Int)
}

/// Reads JSON (RFC 8259) as it comes, piece by piece, and checks all of it; keeps nothing but what its delegate asks for.
///
/// Strings are most of a large body (images in base64), so their plain bytes are passed over eight at a time.
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
    /// One entry per open container; true is an object.
    var containers: [Bool] = []
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
            let span = piece.readableBytesSpan
            var index = 0
            while index < length {
                if case .string = self.state, self.highSurrogate == nil {
                    let end = Self.plainEnd(span, from: index)
                    if self.keepsText { self.keep(span, index..<end) }
                    index = end
                    if index == length { break }
                }
                let byte = span.unsafeLoad(fromByteOffset: index, as: UInt8.self)
                try self.take(byte, at: self.offset + index, &delegate)
                index += 1
            }
            self.offset += length
        } catch {
            self.fault = error
        }
    }

    /// The text is over; answers what is wrong with it, if something is.
    mutating func finish(_ delegate: inout some JSONScannerDelegate) -> JSONFault? {
        if self.fault == nil, case .number(let number) = self.state, self.containers.isEmpty {
            do throws(JSONFault) { try self.endNumber(number, at: self.offset, &delegate) } catch { self.fault = error }
        }
        if let fault { return fault }
        if case .done = self.state { return nil }
        return JSONFault(offset: self.offset, reason: self.offset == 0 ? "it is empty" : "it ends too early")
    }

    /// The first byte from `start` on that is not a plain ASCII character of a string, or the end.
    static func plainEnd(_ span: RawSpan, from start: Int) -> Int {
        var index = start
        let count = span.byteCount
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while index + 8 <= count {
            let word = span.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            // A byte that is zero, below 0x20, or has its high bit set, marks the word (Hacker's Delight §6-1).
            let marked = ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | (word &- ones &* 0x20) | word
            if marked & highs != 0 { break }
            index += 8
        }
        while index < count {
            let byte = span.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if byte == 0x22 || byte == 0x5C || byte < 0x20 || byte >= 0x80 { break }
            index += 1
        }
        return index
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
            try self.beginValue(byte, at: offset, &delegate)
        case .keyOrEnd, .key:
            if Self.isSpace(byte) { return }
            if byte == UInt8(ascii: "}"), case .keyOrEnd = self.state {
                return self.endContainer(at: offset, &delegate)
            }
            guard byte == UInt8(ascii: "\"") else { throw JSONFault(offset: offset, reason: "a key was expected") }
            self.isKey = true
            self.keepsText = self.containers.count <= 2
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

    mutating func beginValue(
        _ byte: UInt8,
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
        let depth = self.containers.count
        let isMember = self.containers.last == true
        if depth == 0 {
            _ = delegate.begin(key: [], depth: 0, kind: kind, at: offset)
        } else if depth == 2, !isMember {
            delegate.element(depth: 1)
        } else if depth == 1, !isMember {
            delegate.element(depth: 0)
        }
        var wantsText = false
        if isMember, depth <= 2 { wantsText = delegate.begin(key: self.key, depth: depth, kind: kind, at: offset) }
        switch kind {
        case .object, .array:
            guard depth < Self.deepest else {
                throw JSONFault(offset: offset, reason: "values inside each other deeper than \(Self.deepest)")
            }
            self.containers.append(kind == .object)
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
        let isObject = self.containers.last == true
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
        self.containers.removeLast()
        self.endValue(at: offset + 1, text: nil, &delegate)
    }

    mutating func endValue(at offset: Int, text: [UInt8]?, _ delegate: inout some JSONScannerDelegate) {
        let depth = self.containers.count
        if depth <= 2, depth == 0 || self.containers.last == true { delegate.end(depth: depth, at: offset, text: text) }
        self.state = depth == 0 ? .done : .commaOrEnd
    }

    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
