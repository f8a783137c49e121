package import NIOCore

/// A text as it stands between the quotes of a JSON string, its escapes left as they are.
///
/// What streams carries most is text that leaves as it came, only in another dialect's event: nothing of it is decoded. Two
/// pieces of one text may be put together even where an escaped pair of surrogates was split between them.
package struct EscapedText: Hashable, Sendable {
    package private(set) var bytes: ByteBuffer

    package init(_ bytes: ByteBuffer = ByteBuffer()) {
        self.bytes = bytes
    }

    init(escaped text: String) {
        self.bytes = ByteBuffer(string: text)
    }

    /// A plain text, escaped.
    package init(_ text: String) {
        var bytes = ByteBuffer()
        bytes.writeJSONString(text)
        bytes.moveReaderIndex(forwardBy: 1)
        bytes.moveWriterIndex(to: bytes.writerIndex - 1)
        self.bytes = bytes
    }

    package var isEmpty: Bool { self.bytes.readableBytes == 0 }

    package mutating func append(_ more: EscapedText) {
        if self.isEmpty { self.bytes = more.bytes } else { self.bytes.writeImmutableBuffer(more.bytes) }
    }

    /// The text itself; `nil` when an escape is none. Half of a pair of surrogates alone becomes U+FFFD.
    package var unescaped: String? {
        var out: [UInt8] = []
        out.reserveCapacity(self.bytes.readableBytes)
        let bytes = self.bytes.readableBytesUInt8Span
        var high: UInt32?
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                Self.flush(&high, into: &out)
                out.append(byte)
                continue
            }
            guard index < bytes.count else { return nil }
            let escape = bytes[index]
            index += 1
            if escape != UInt8(ascii: "u") {
                guard let plain = Self.plain(escape) else { return nil }
                Self.flush(&high, into: &out)
                out.append(plain)
                continue
            }
            guard let unit = Self.unit(bytes, at: index) else { return nil }
            index += 4
            Self.take(unit, &high, into: &out)
        }
        Self.flush(&high, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private static func plain(_ escape: UInt8) -> UInt8? {
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): escape
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    private static func unit(_ bytes: Span<UInt8>, at start: Int) -> UInt32? {
        guard start + 4 <= bytes.count else { return nil }
        var unit: UInt32 = 0
        for index in start..<start + 4 {
            guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    private static func take(_ unit: UInt32, _ high: inout UInt32?, into out: inout [UInt8]) {
        if let first = high, (0xDC00...0xDFFF).contains(unit) {
            high = nil
            Self.append(0x10000 + (first - 0xD800) << 10 + (unit - 0xDC00), to: &out)
        } else if (0xD800...0xDBFF).contains(unit) {
            Self.flush(&high, into: &out)
            high = unit
        } else {
            Self.flush(&high, into: &out)
            Self.append(unit, to: &out)
        }
    }

    private static func flush(_ high: inout UInt32?, into out: inout [UInt8]) {
        guard high != nil else { return }
        high = nil
        Self.append(0xFFFD, to: &out)
    }

    private static func append(_ value: UInt32, to out: inout [UInt8]) {
        out.append(contentsOf: String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
    }
}

extension ByteBuffer {
    /// Writes a text as a JSON string, with its quotes.
    mutating func writeJSONString(_ text: EscapedText) {
        self.writeInteger(UInt8(ascii: "\""))
        self.writeImmutableBuffer(text.bytes)
        self.writeInteger(UInt8(ascii: "\""))
    }
}
