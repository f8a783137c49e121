/// Strings (RFC 8259 §7): escapes are undone and UTF-8 is checked, for all of them; kept is only what somebody asked for.
extension JSONScanner {
    mutating func beginText() {
        if !self.text.isEmpty { self.text.removeAll(keepingCapacity: true) }
        self.textIsCut = false
        self.highSurrogate = nil
        self.state = .string
    }

    mutating func takeInString(
        _ byte: UInt8,
        at offset: Int,
        _ delegate: inout some JSONScannerDelegate
    ) throws(JSONFault) {
        if byte != UInt8(ascii: "\\"), self.highSurrogate != nil { try self.endSurrogate(at: offset) }
        switch byte {
        case UInt8(ascii: "\""):
            if self.isKey {
                // A key that is cut is none that anybody asks for.
                if self.depth <= 2 {
                    if self.textIsCut { self.text.removeAll(keepingCapacity: true) }
                    // Exchanged, so that each keeps its memory.
                    swap(&self.key, &self.text)
                }
                self.state = .colon
            } else {
                self.endString(at: offset + 1, &delegate)
            }
        case UInt8(ascii: "\\"): self.state = .escape
        case ..<0x20: throw JSONFault(offset: offset, reason: "a control character inside a string")
        case ..<0x80: self.keep(byte)
        default: try self.beginSequence(byte, at: offset)
        }
    }

    mutating func endString(at offset: Int, _ delegate: inout some JSONScannerDelegate) {
        self.endValue(at: offset, text: self.keepsText && !self.textIsCut ? self.text : nil, &delegate)
    }

    /// The first byte of a sequence decides how many follow and, for the rare ends of ranges, which (RFC 3629 §4).
    mutating func beginSequence(_ byte: UInt8, at offset: Int) throws(JSONFault) {
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

    mutating func takeEscape(_ byte: UInt8, at offset: Int) throws(JSONFault) {
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

    mutating func takeUnicodeEscape(_ byte: UInt8, left: Int, at offset: Int) throws(JSONFault) {
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

    mutating func keepEscaped(_ value: UInt32) {
        if (0xD800...0xDBFF).contains(value) {
            self.highSurrogate = value
        } else {
            self.keep(Unicode.Scalar(value) ?? Unicode.Scalar(0xFFFD))
        }
    }

    /// Half of a pair alone is allowed by the grammar (RFC 8259 §8.2); it stands for no character.
    mutating func endSurrogate(at offset: Int) throws(JSONFault) {
        self.highSurrogate = nil
        self.keep(Unicode.Scalar(0xFFFD))
    }

    mutating func keep(_ scalar: Unicode.Scalar?) {
        guard let scalar else { return }
        for byte in UTF8.encode(scalar).map(Array.init) ?? [] { self.keep(byte) }
    }

    /// Keeps plain bytes.
    mutating func keep(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let count = min(range.count, Self.longestText - self.text.count)
        if count < range.count { self.textIsCut = true }
        self.text.reserveCapacity(self.text.count + count)
        for index in range.prefix(count) { self.text.append(bytes[index]) }
    }

    mutating func keep(_ byte: UInt8) {
        guard self.keepsText else { return }
        if self.text.count < Self.longestText { self.text.append(byte) } else { self.textIsCut = true }
    }
}

extension Span<UInt8> {
    /// Whether these are the bytes of a text.
    func spell(_ text: StaticString) -> Bool {
        self.count == text.utf8CodeUnitCount && self.matches(text, at: 0)
    }

    /// The bytes as text.
    var text: String { self.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
}
