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

    private enum State {
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
        case literal(left: ArraySlice<UInt8>, kind: Kind)
        case number(Number)
        case done
    }

    /// Where in a number (RFC 8259 §6).
    private enum Number {
        case minus
        case zero
        case integer
        case point
        case fraction
        case exponent
        case exponentSign
        case exponentDigits
    }

    private var state = State.value
    /// One entry per open container; true is an object.
    private var containers: [Bool] = []
    private var offset = 0
    private var isKey = false
    private var keepsText = false
    private var text: [UInt8] = []
    private var textIsCut = false
    private var key: [UInt8] = []
    private var escapeValue: UInt32 = 0
    private var highSurrogate: UInt32?
    private var sequenceLow: UInt8 = 0x80
    private var sequenceHigh: UInt8 = 0xBF
    private(set) var fault: JSONFault?

    /// Reads a piece; after a fault nothing more is read.
    mutating func scan(_ piece: ByteBuffer, _ delegate: inout some JSONScannerDelegate) {
        guard self.fault == nil else { return }
        let length = piece.readableBytes
        do throws(JSONFault) {
            let span = piece.readableBytesSpan
            var index = 0
            while index < length {
                if case .string = self.state, !self.keepsText {
                    index = Self.plainEnd(span, from: index)
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
    private static func plainEnd(_ span: RawSpan, from start: Int) -> Int {
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

    private mutating func take(
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
        case .literal(let left, let kind):
            guard let next = left.first, next == byte else {
                throw JSONFault(offset: offset, reason: "a value that is none")
            }
            let rest = left.dropFirst()
            if rest.isEmpty {
                self.endValue(at: offset + 1, text: nil, &delegate)
            } else {
                self.state = .literal(left: rest, kind: kind)
            }
        case .number(let number):
            try self.takeInNumber(byte, number, at: offset, &delegate)
        case .done:
            guard Self.isSpace(byte) else { throw JSONFault(offset: offset, reason: "something after the end") }
        }
    }

    private mutating func beginValue(
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
        case UInt8(ascii: "t"): (kind, next) = (.bool(true), .literal(left: Self.true[...], kind: .bool(true)))
        case UInt8(ascii: "f"): (kind, next) = (.bool(false), .literal(left: Self.false[...], kind: .bool(false)))
        case UInt8(ascii: "n"): (kind, next) = (.null, .literal(left: Self.null[...], kind: .null))
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

    private mutating func beginText() {
        self.text.removeAll(keepingCapacity: true)
        self.textIsCut = false
        self.highSurrogate = nil
        self.state = .string
    }

    private mutating func takeInString(
        _ byte: UInt8,
        at offset: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) {
        if byte != UInt8(ascii: "\\"), self.highSurrogate != nil { try self.endSurrogate(at: offset) }
        switch byte {
        case UInt8(ascii: "\""):
            if self.isKey {
                // A key that is cut is none that anybody asks for.
                if self.containers.count <= 2 { self.key = self.textIsCut ? [] : self.text }
                self.state = .colon
            } else {
                self.endValue(at: offset + 1, text: self.keepsText && !self.textIsCut ? self.text : nil, &delegate)
            }
        case UInt8(ascii: "\\"): self.state = .escape
        case ..<0x20: throw JSONFault(offset: offset, reason: "a control character inside a string")
        case ..<0x80: self.keep(byte)
        default: try self.beginSequence(byte, at: offset)
        }
    }

    /// The first byte of a sequence decides how many follow and, for the rare ends of ranges, which (RFC 3629 §4).
    private mutating func beginSequence(_ byte: UInt8, at offset: Int) throws(JSONFault) {
        self.sequenceLow = 0x80
        self.sequenceHigh = 0xBF
        let left: Int
        switch byte {
        case 0xC2...0xDF: left = 1
        case 0xE0: (left, self.sequenceLow) = (2, 0xA0)
        case 0xED: (left, self.sequenceHigh) = (2, 0x9F)
        case 0xE1...0xEF: left = 2
        case 0xF0: (left, self.sequenceLow) = (3, 0x90)
        case 0xF1...0xF3: left = 3
        case 0xF4: (left, self.sequenceHigh) = (3, 0x8F)
        default: throw JSONFault(offset: offset, reason: "a character that is not UTF-8")
        }
        self.keep(byte)
        self.state = .sequence(left: left)
    }

    private mutating func takeEscape(_ byte: UInt8, at offset: Int) throws(JSONFault) {
        if byte != UInt8(ascii: "u"), self.highSurrogate != nil { try self.endSurrogate(at: offset) }
        self.state = .string
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): self.keep(byte)
        case UInt8(ascii: "b"): self.keep(0x08)
        case UInt8(ascii: "f"): self.keep(0x0C)
        case UInt8(ascii: "n"): self.keep(0x0A)
        case UInt8(ascii: "r"): self.keep(0x0D)
        case UInt8(ascii: "t"): self.keep(0x09)
        case UInt8(ascii: "u"):
            self.escapeValue = 0
            self.state = .unicodeEscape(left: 4)
        default: throw JSONFault(offset: offset, reason: "an escape that is none")
        }
    }

    private mutating func takeUnicodeEscape(_ byte: UInt8, left: Int, at offset: Int) throws(JSONFault) {
        let digit: UInt32
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt32(byte - UInt8(ascii: "A") + 10)
        default: throw JSONFault(offset: offset, reason: "an escape that is none")
        }
        self.escapeValue = self.escapeValue << 4 | digit
        guard left == 1 else {
            self.state = .unicodeEscape(left: left - 1)
            return
        }
        self.state = .string
        let value = self.escapeValue
        if let high = self.highSurrogate {
            self.highSurrogate = nil
            guard (0xDC00...0xDFFF).contains(value) else {
                self.keep(Unicode.Scalar(0xFFFD))
                return self.keepEscaped(value)
            }
            self.keep(Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (value - 0xDC00)))
        } else {
            self.keepEscaped(value)
        }
    }

    private mutating func keepEscaped(_ value: UInt32) {
        if (0xD800...0xDBFF).contains(value) {
            self.highSurrogate = value
        } else {
            self.keep(Unicode.Scalar(value) ?? Unicode.Scalar(0xFFFD))
        }
    }

    /// Half of a pair alone is allowed by the grammar (RFC 8259 §8.2); it stands for no character.
    private mutating func endSurrogate(at offset: Int) throws(JSONFault) {
        self.highSurrogate = nil
        self.keep(Unicode.Scalar(0xFFFD))
    }

    private mutating func keep(_ scalar: Unicode.Scalar?) {
        guard let scalar else { return }
        for byte in UTF8.encode(scalar).map(Array.init) ?? [] { self.keep(byte) }
    }

    private mutating func keep(_ byte: UInt8) {
        guard self.keepsText else { return }
        if self.text.count < Self.longestText { self.text.append(byte) } else { self.textIsCut = true }
    }

    private mutating func takeInNumber(
        _ byte: UInt8,
        _ number: Number,
        at offset: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) {
        let isDigit = byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
        let isExponent = byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
        switch number {
        case .minus where byte == UInt8(ascii: "0"): self.state = .number(.zero)
        case .minus where isDigit: self.state = .number(.integer)
        case .integer where isDigit: break
        case .zero where byte == UInt8(ascii: "."), .integer where byte == UInt8(ascii: "."):
            self.state = .number(.point)
        case .zero where isExponent, .integer where isExponent, .fraction where isExponent:
            self.state = .number(.exponent)
        case .point where isDigit: self.state = .number(.fraction)
        case .fraction where isDigit: break
        case .exponent where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"): self.state = .number(.exponentSign)
        case .exponent where isDigit, .exponentSign where isDigit, .exponentDigits where isDigit:
            self.state = .number(.exponentDigits)
        default:
            try self.endNumber(number, at: offset, &delegate)
            try self.take(byte, at: offset, &delegate)
        }
    }

    private mutating func endNumber(
        _ number: Number,
        at offset: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) {
        switch number {
        case .zero, .integer, .fraction, .exponentDigits: self.endValue(at: offset, text: nil, &delegate)
        case .minus, .point, .exponent, .exponentSign:
            throw JSONFault(offset: offset, reason: "a number that is none")
        }
    }

    private mutating func takeBetween(
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

    private mutating func endContainer(at offset: Int, _ delegate: inout some JSONScannerDelegate) {
        self.containers.removeLast()
        self.endValue(at: offset + 1, text: nil, &delegate)
    }

    private mutating func endValue(at offset: Int, text: [UInt8]?, _ delegate: inout some JSONScannerDelegate) {
        let depth = self.containers.count
        if depth <= 2, depth == 0 || self.containers.last == true { delegate.end(depth: depth, at: offset, text: text) }
        self.state = depth == 0 ? .done : .commaOrEnd
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private static let `true` = Array("rue".utf8)
    private static let `false` = Array("alse".utf8)
    private static let null = Array("ull".utf8)
}
