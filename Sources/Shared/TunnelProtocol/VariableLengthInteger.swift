import NIOCore

/// QUIC's variable-length integers (RFC 9000 §16): the two high bits of the first byte say how many bytes there are.
enum VariableLengthInteger {
    /// The largest value, 2^62 − 1.
    static let maximum: UInt64 = (1 << 62) - 1

    /// The most bytes that a value takes.
    static let longest = 8

    /// How many bytes a value takes.
    @inline(__always)
    static func length(of value: UInt64) -> Int {
        switch value {
        case ..<(1 << 6): 1
        case ..<(1 << 14): 2
        case ..<(1 << 30): 4
        default: 8
        }
    }

    /// How many bytes an integer has that begins with this byte.
    @inline(__always)
    static func length(beginningWith first: UInt8) -> Int { 1 << Int(first >> 6) }
}

extension OutputRawSpan {
    /// Appends a value in as few bytes as it takes; larger ones than the maximum as the maximum.
    @inline(__always)
    mutating func append(variableLengthInteger value: UInt64) {
        switch value {
        case ..<(1 << 6):
            self.append(UInt8(truncatingIfNeeded: value))
        case ..<(1 << 14):
            self.append((UInt16(truncatingIfNeeded: value) | 0x4000).bigEndian, as: UInt16.self)
        case ..<(1 << 30):
            self.append((UInt32(truncatingIfNeeded: value) | 0x8000_0000).bigEndian, as: UInt32.self)
        default:
            self.append((min(value, VariableLengthInteger.maximum) | 0xC000_0000_0000_0000).bigEndian, as: UInt64.self)
        }
    }

    // Spans have no way yet to append many bytes at once, so both of these copy memory: into what is left of it, which they check.

    /// Appends the readable bytes of a buffer, for which there must be room.
    @inline(__always)
    mutating func append(_ bytes: ByteBuffer) {
        self.withUnsafeMutableBytes { memory, count in
            bytes.withUnsafeReadableBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: source)
                count += source.count
            }
        }
    }

    /// Appends a text, for which there must be room.
    @inline(__always)
    mutating func append(_ text: String.UTF8View) {
        self.withUnsafeMutableBytes { memory, count in
            text.span.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: source)
                count += source.count
            }
        }
    }
}

extension ByteBuffer {
    /// The integer at an index, and the index behind it; `nil` when it is not whole before `end`.
    @inline(__always)
    func variableLengthInteger(at index: Int, before end: Int) -> (value: UInt64, next: Int)? {
        guard index < end, let first = self.getInteger(at: index, as: UInt8.self) else { return nil }
        let next = index + VariableLengthInteger.length(beginningWith: first)
        if first < 0x40 { return (UInt64(first), next) }
        guard next <= end else { return nil }
        switch first >> 6 {
        case 1:
            return self.getInteger(at: index, as: UInt16.self).map { (UInt64($0 & 0x3FFF), next) }
        case 2:
            return self.getInteger(at: index, as: UInt32.self).map { (UInt64($0 & 0x3FFF_FFFF), next) }
        default:
            return self.getInteger(at: index, as: UInt64.self).map { ($0 & VariableLengthInteger.maximum, next) }
        }
    }

    /// Reads one variable-length integer; `nil`, and nothing read, when it is not whole.
    mutating func readVariableLengthInteger() -> UInt64? {
        guard let (value, next) = self.variableLengthInteger(at: self.readerIndex, before: self.writerIndex) else {
            return nil
        }
        self.moveReaderIndex(to: next)
        return value
    }

    /// Writes a value in as few bytes as it takes; larger ones than the maximum are written as the maximum.
    @inline(__always)
    mutating func writeVariableLengthInteger(_ value: UInt64) {
        self.moveWriterIndex(forwardBy: self.setVariableLengthInteger(value, at: self.writerIndex))
    }

    /// Writes a value over what is at an index, as ``writeVariableLengthInteger(_:)`` does.
    /// - Returns: how many bytes it takes.
    @discardableResult
    @inline(__always)
    mutating func setVariableLengthInteger(_ value: UInt64, at index: Int) -> Int {
        switch value {
        case ..<(1 << 6):
            self.setInteger(UInt8(truncatingIfNeeded: value), at: index)
        case ..<(1 << 14):
            self.setInteger(UInt16(truncatingIfNeeded: value) | 0x4000, at: index)
        case ..<(1 << 30):
            self.setInteger(UInt32(truncatingIfNeeded: value) | 0x8000_0000, at: index)
        default:
            self.setInteger(min(value, VariableLengthInteger.maximum) | 0xC000_0000_0000_0000, at: index)
        }
    }
}
