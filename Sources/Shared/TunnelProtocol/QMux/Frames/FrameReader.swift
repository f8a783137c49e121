import NIOCore

/// Reads the frames of one record, field by field.
///
/// It holds the bytes that the record came in and two indices into them, so that what a frame carries is a slice and
/// nothing is copied.
struct FrameReader {
    private let bytes: ByteBuffer
    private var index: Int
    private let end: Int

    /// - Parameters:
    ///   - start: the index of the record's first byte behind its size.
    ///   - end: the index behind its last byte.
    init(_ bytes: ByteBuffer, from start: Int, to end: Int) {
        self.bytes = bytes
        self.index = start
        self.end = end
    }

    /// How many bytes of the record are left.
    var left: Int { self.end - self.index }

    /// Reads a frame's type, which must be written as shortly as possible (RFC 9000 §12.4).
    @inline(__always)
    mutating func type() throws(Violation) -> UInt64 {
        let start = self.index
        let type = try self.integer()
        guard type < 0x40 ? self.index == start + 1 : self.index == start + VariableLengthInteger.length(of: type)
        else { throw Violation(.protocolViolation, "a frame's type is longer than it must be") }
        return type
    }

    @inline(__always)
    mutating func integer() throws(Violation) -> UInt64 {
        guard let (value, next) = self.bytes.variableLengthInteger(at: self.index, before: self.end) else {
            throw Self.truncated
        }
        self.index = next
        return value
    }

    /// Reads a length and that many bytes.
    @inline(__always)
    mutating func prefixedSlice() throws(Violation) -> ByteBuffer {
        let length = try self.integer()
        guard length <= UInt64(self.left) else { throw Self.truncated }
        return try self.slice(length: Int(truncatingIfNeeded: length))
    }

    /// Reads everything up to the record's end.
    @inline(__always)
    mutating func rest() throws(Violation) -> ByteBuffer {
        try self.slice(length: self.left)
    }

    @inline(__always)
    private mutating func slice(length: Int) throws(Violation) -> ByteBuffer {
        guard let slice = self.bytes.getSlice(at: self.index, length: length) else { throw Self.truncated }
        self.index += length
        return slice
    }

    private static var truncated: Violation { Violation(.frameEncodingError, "a frame is cut short") }
}
