import NIOCore

/// The bytes of one stream that wait to be sent, in order.
///
/// A piece is kept as the slice it came as. When small pieces pile up behind one another they are copied together, so
/// that a thousand tokens that wait for a slow uplink are one piece and leave as few frames. Large ones are never copied.
/// Two pieces, the most that a stream has whose uplink keeps up, take no array.
struct SendQueue {
    private var first = ByteBuffer()
    /// Between the first and the last, the ones up to `middleStart` taken already.
    private var middle: [ByteBuffer] = []
    private var middleStart = 0
    private var last = ByteBuffer()
    /// How many bytes wait.
    private(set) var count = 0

    /// Pieces up to this length are copied behind their predecessor.
    private static let mergedPiece = 4_096
    /// A piece that has grown to this length gets nothing more.
    private static let mergedWhole = 64 << 10

    mutating func append(_ bytes: ByteBuffer) {
        let length = bytes.readableBytes
        guard length > 0 else { return }
        if self.count == 0 {
            self.first = bytes
        } else if self.last.readableBytes == 0 {
            self.last = bytes
        } else if length <= Self.mergedPiece, self.last.readableBytes <= Self.mergedWhole - length {
            self.merge(bytes)
        } else {
            self.middle.append(self.last)
            self.last = bytes
        }
        self.count += length
    }

    /// Moves the first `length` bytes to the end of `target`; there must be as many.
    @inline(__always)
    mutating func move(_ length: Int, to target: inout ByteBuffer) {
        if length == self.first.readableBytes {
            target.writeImmutableBuffer(self.first)
            self.count -= length
            self.advance()
        } else {
            self.movePieces(length, to: &target)
        }
    }

    mutating func removeAll() {
        self = SendQueue()
    }

    private mutating func movePieces(_ length: Int, to target: inout ByteBuffer) {
        var left = length
        while left > 0, let piece = self.first.readSlice(length: min(left, self.first.readableBytes)) {
            target.writeImmutableBuffer(piece)
            left -= piece.readableBytes
            self.count -= piece.readableBytes
            if self.first.readableBytes == 0 { self.advance() }
            if self.count == 0 { return }
        }
    }

    /// The first piece is gone: the next one takes its place.
    @inline(__always)
    private mutating func advance() {
        if self.middleStart < self.middle.count {
            self.first = self.middle[self.middleStart]
            self.middle[self.middleStart] = ByteBuffer()
            self.middleStart += 1
            guard self.middleStart == self.middle.count else { return }
            self.middle.removeAll(keepingCapacity: self.middle.count <= 16)
            self.middleStart = 0
        } else {
            self.first = self.last
            self.last = ByteBuffer()
        }
    }

    private mutating func merge(_ bytes: ByteBuffer) {
        // A slice that others hold too is copied by the first write; room for more spares the copies after it.
        if self.last.writableBytes < bytes.readableBytes {
            var merged = ByteBufferAllocator().buffer(capacity: 2 * (self.last.readableBytes + bytes.readableBytes))
            merged.writeImmutableBuffer(self.last)
            self.last = merged
        }
        self.last.writeImmutableBuffer(bytes)
    }
}
