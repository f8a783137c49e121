import NIOCore

/// The bytes of one stream that wait to be sent, in order.
///
/// The first piece is kept as the slice it came as; small pieces behind it are copied together, so that a thousand tokens
/// that wait for a slow uplink leave as a few frames. Large ones are never copied.
struct SendQueue {
    private var first = ByteBuffer()
    private var rest: [ByteBuffer] = []
    private var restStart = 0
    /// How many bytes wait.
    private(set) var count = 0

    /// Pieces up to this length are copied behind their predecessor.
    private static let mergedPiece = 4_096
    /// A piece that has grown to this length gets nothing more.
    private static let mergedWhole = 64 << 10

    mutating func append(_ bytes: ByteBuffer) {
        let length = bytes.readableBytes
        guard length > 0 else { return }
        defer { self.count += length }
        if self.count == 0 {
            self.first = bytes
        } else if self.restStart == self.rest.count {
            if Self.merge(bytes, into: &self.first) { return }
            self.rest.append(bytes)
        } else {
            let last = self.rest.count - 1
            if Self.merge(bytes, into: &self.rest[last]) { return }
            self.rest.append(bytes)
        }
    }

    /// Moves up to `limit` bytes of the first piece to the end of `target`; tells how many.
    mutating func move(to target: inout ByteBuffer, atMost limit: Int) -> Int {
        let length = min(limit, self.first.readableBytes)
        guard length > 0 else { return 0 }
        if length == self.first.readableBytes {
            target.writeImmutableBuffer(self.first)
            self.advance()
        } else if let slice = self.first.readSlice(length: length) {
            target.writeImmutableBuffer(slice)
        }
        self.count -= length
        return length
    }

    /// The length of the piece that is next.
    var nextLength: Int { self.first.readableBytes }

    mutating func removeAll() {
        self = SendQueue()
    }

    private mutating func advance() {
        guard self.restStart < self.rest.count else {
            self.first = ByteBuffer()
            return
        }
        self.first = self.rest[self.restStart]
        self.rest[self.restStart] = ByteBuffer()
        self.restStart += 1
        if self.restStart == self.rest.count {
            self.rest.removeAll(keepingCapacity: self.rest.count <= 16)
            self.restStart = 0
        }
    }

    private static func merge(_ bytes: ByteBuffer, into piece: inout ByteBuffer) -> Bool {
        guard bytes.readableBytes <= Self.mergedPiece, piece.readableBytes < Self.mergedWhole else { return false }
        piece.writeImmutableBuffer(bytes)
        return true
    }
}
