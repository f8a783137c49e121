import NIOCore

extension ByteBuffer {
    /// Writes a text as a JSON string, with its quotes (RFC 8259 §7).
    ///
    /// What needs no escape is copied in runs: nearly all of a large body is one string, an image in base64.
    mutating func writeJSONString(_ text: String) {
        self.writeInteger(UInt8(ascii: "\""))
        let bytes = text.utf8.span
        var start = 0
        var index = 0
        while index < bytes.count {
            index = JSONScanner.plainEnd(bytes, from: index)
            guard index < bytes.count else { break }
            let byte = bytes[index]
            // A character beyond ASCII needs no escape either.
            if byte < 0x80 {
                if start < index { self.writeBytes(bytes.extracting(start..<index).bytes) }
                self.writeJSONEscape(of: byte)
                start = index + 1
            }
            index += 1
        }
        if start < bytes.count { self.writeBytes(bytes.extracting(start..<bytes.count).bytes) }
        self.writeInteger(UInt8(ascii: "\""))
    }

    mutating func writeJSONString(_ text: Substring) {
        self.writeJSONString(String(text))
    }

    private mutating func writeJSONEscape(of byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): self.writeStaticString("\\\"")
        case UInt8(ascii: "\\"): self.writeStaticString("\\\\")
        case 0x0A: self.writeStaticString("\\n")
        case 0x0D: self.writeStaticString("\\r")
        case 0x09: self.writeStaticString("\\t")
        default:
            let digits = String(byte, radix: 16)
            self.writeString("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        }
    }
}
