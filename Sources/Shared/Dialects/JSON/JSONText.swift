import NIOCore

extension ByteBuffer {
    /// Writes a text as a JSON string, with its quotes (RFC 8259 §7).
    mutating func writeJSONString(_ text: some StringProtocol) {
        self.writeInteger(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): self.writeStaticString("\\\"")
            case UInt8(ascii: "\\"): self.writeStaticString("\\\\")
            case 0x0A: self.writeStaticString("\\n")
            case 0x0D: self.writeStaticString("\\r")
            case 0x09: self.writeStaticString("\\t")
            case ..<0x20:
                let digits = String(byte, radix: 16)
                self.writeString("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: self.writeInteger(byte)
            }
        }
        self.writeInteger(UInt8(ascii: "\""))
    }
}
