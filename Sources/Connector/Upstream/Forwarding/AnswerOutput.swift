import NIOCore
import TunnelProtocol

/// What of an answer leaves together at the end of a turn of the event loop, as Binary HTTP.
///
/// All content of a turn becomes one chunk: a server that is ahead of its reader brings many small pieces in one read, and each chunk
/// would cost the relay as much as the first.
struct AnswerOutput {
    /// What is whole: a head, the end.
    private var bytes = ByteBuffer()
    /// Content whose chunk may still grow; behind ``room`` bytes for its length unless it is the only piece.
    private var content = ByteBuffer()
    /// Whether the content is the slice that it came as.
    private var isSlice = true

    /// How many bytes a length may take that is written when the content is known; content of a turn is shorter than 2^30.
    private static let room = 4
    /// How much storage a chunk of several pieces gets at least, in bytes: about as much as is read at once.
    private static let smallestChunk = 2_048

    var isEmpty: Bool { self.bytes.readableBytes == 0 && self.content.readableBytes == 0 }

    mutating func begin(_ head: BinaryHTTP.ResponseHead) {
        self.bytes = ByteBufferAllocator().buffer(capacity: 512)
        BinaryHTTP.write(head, to: &self.bytes)
    }

    /// Adds content; empty content is none.
    mutating func append(_ piece: ByteBuffer) {
        if self.content.readableBytes == 0 {
            self.content = piece
            self.isSlice = true
            return
        }
        if self.isSlice {
            let length = self.content.readableBytes + piece.readableBytes
            var chunk = ByteBufferAllocator().buffer(capacity: max(Self.smallestChunk, Self.room + 2 * length))
            chunk.moveWriterIndex(to: Self.room)
            chunk.moveReaderIndex(to: Self.room)
            chunk.writeImmutableBuffer(self.content)
            self.content = chunk
            self.isSlice = false
        }
        self.content.writeImmutableBuffer(piece)
    }

    /// Adds a piece of content that is not copied, and answers what is to be sent before it.
    mutating func takeBefore(_ piece: ByteBuffer) -> ByteBuffer {
        self.closeContent()
        BinaryHTTP.writeContentHeader(length: piece.readableBytes, to: &self.bytes)
        return self.take()
    }

    mutating func end() {
        self.closeContent()
        BinaryHTTP.writeEnd(trailers: [], to: &self.bytes)
    }

    /// Everything so far; nothing is left.
    mutating func take() -> ByteBuffer {
        self.closeContent()
        let bytes = self.bytes
        self.bytes = ByteBuffer()
        return bytes
    }

    /// Everything so far; nothing is left. What is a single piece of content, as a token mostly is, is put together in `scratch`.
    mutating func take(in scratch: inout ByteBuffer) -> ByteBuffer {
        guard self.isSlice, self.bytes.readableBytes == 0 else { return self.take() }
        scratch.clear()
        BinaryHTTP.write(content: self.content, to: &scratch)
        self.content = ByteBuffer()
        return scratch
    }

    /// The chunk does not grow any more.
    private mutating func closeContent() {
        guard self.content.readableBytes > 0 else { return }
        if self.isSlice || self.bytes.readableBytes > 0 {
            // Its length would get a storage of its own first, which the bytes do not fit into; and an end may follow.
            let capacity = self.content.readableBytes + 16
            if self.bytes.readableBytes == 0 {
                self.bytes = ByteBufferAllocator().buffer(capacity: capacity)
            } else {
                self.bytes.reserveCapacity(minimumWritableBytes: capacity)
            }
            BinaryHTTP.write(content: self.content, to: &self.bytes)
        } else {
            BinaryHTTP.prependContentHeader(to: &self.content)
            self.bytes = self.content
        }
        self.content = ByteBuffer()
    }
}
