import NIOCore

/// Cuts what arrives into records: a size, and that many bytes of whole frames.
///
/// A record that is whole in what arrived is read in place. One that is not is gathered, and takes no byte of the next
/// one with it, so that only torn records are ever copied. At most one record is held.
struct RecordReader {
    /// The largest size that is allowed; a larger one is refused as soon as it is read, before any of its bytes is held.
    let largest: UInt64
    private var begun = ByteBuffer()

    init(largest: UInt64) {
        self.largest = largest
    }

    /// The next record; `nil` when all bytes are taken.
    mutating func next(from bytes: inout ByteBuffer) throws(Violation) -> FrameReader? {
        if self.begun.readableBytes > 0 { return try self.finish(with: &bytes) }
        guard bytes.readableBytes > 0 else { return nil }
        let start = bytes.readerIndex
        let head = try self.head(of: bytes)
        guard let head, head.whole <= bytes.readableBytes else {
            self.begun.reserveCapacity(head?.whole ?? Self.longestSize)
            self.begun.writeBuffer(&bytes)
            return nil
        }
        let record = FrameReader(bytes, from: start + head.length, to: start + head.whole)
        bytes.moveReaderIndex(forwardBy: head.whole)
        return record
    }

    private mutating func finish(with bytes: inout ByteBuffer) throws(Violation) -> FrameReader? {
        while true {
            let head = try self.head(of: self.begun)
            if let head, head.whole == self.begun.readableBytes {
                let record = self.begun
                self.begun = ByteBuffer()
                return FrameReader(record, from: record.readerIndex + head.length, to: record.writerIndex)
            }
            // One more byte of a size tells how long the size is; its end tells how long the record is.
            let missing = (head?.whole ?? self.begun.readableBytes + 1) - self.begun.readableBytes
            guard bytes.readableBytes > 0, var piece = bytes.readSlice(length: min(missing, bytes.readableBytes)) else {
                return nil
            }
            if let head { self.begun.reserveCapacity(head.whole) }
            self.begun.writeBuffer(&piece)
        }
    }

    /// How long a record's size is, and how long the whole record with it; `nil` when the size is torn.
    private func head(of bytes: ByteBuffer) throws(Violation) -> (length: Int, whole: Int)? {
        let start = bytes.readerIndex
        guard let (size, next) = bytes.variableLengthInteger(at: start, before: bytes.writerIndex) else { return nil }
        guard size <= self.largest else {
            throw Violation(.frameEncodingError, "a record of \(size) bytes is larger than the \(self.largest) allowed")
        }
        // As a packet of QUIC must have a frame (RFC 9000 §12.4), a record must.
        guard size > 0 else { throw Violation(.protocolViolation, "a record without a frame") }
        return (next - start, next - start + Int(truncatingIfNeeded: size))
    }

    private static let longestSize = 8
}
