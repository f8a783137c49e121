import NIOCore

/// QUIC's variable-length integers (RFC 9000 §16): the two high bits of the first byte say how many bytes there are.
enum VariableLengthInteger {
    /// The largest value, 2^62 − 1.
    static let maximum: UInt64 = (1 << 62) - 1

    /// How many bytes a value takes.
    static func length(of value: UInt64) -> Int {
        switch value {
        case ..<(1 << 6): 1
        case ..<(1 << 14): 2
        case ..<(1 << 30): 4
        default: 8
        }
    }
}

extension ByteBuffer {
    /// Reads one variable-length integer; `nil`, and nothing read, when it is not whole.
    mutating func readVariableLengthInteger() -> UInt64? {
        guard let first = self.getInteger(at: self.readerIndex, as: UInt8.self) else { return nil }
        switch first >> 6 {
        case 0:
            self.moveReaderIndex(forwardBy: 1)
            return UInt64(first)
        case 1:
            return self.readInteger(as: UInt16.self).map { UInt64($0 & 0x3FFF) }
        case 2:
            return self.readInteger(as: UInt32.self).map { UInt64($0 & 0x3FFF_FFFF) }
        default:
            return self.readInteger(as: UInt64.self).map { $0 & VariableLengthInteger.maximum }
        }
    }

    /// Writes a value in as few bytes as it takes; larger ones than the maximum are written as the maximum.
    mutating func writeVariableLengthInteger(_ value: UInt64) {
        switch value {
        case ..<(1 << 6):
            self.writeInteger(UInt8(truncatingIfNeeded: value))
        case ..<(1 << 14):
            self.writeInteger(UInt16(truncatingIfNeeded: value) | 0x4000)
        case ..<(1 << 30):
            self.writeInteger(UInt32(truncatingIfNeeded: value) | 0x8000_0000)
        default:
            self.writeInteger(min(value, VariableLengthInteger.maximum) | 0xC000_0000_0000_0000)
        }
    }
}
