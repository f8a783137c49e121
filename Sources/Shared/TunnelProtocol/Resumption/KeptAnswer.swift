package import NIOCore

/// The connector's side of an answer that may have to go on in another tunnel: what of it is kept, and where it stands. A pure value.
///
/// ```
///                ┌────────── resume ──────────┐
///                ▼                            │
/// carried ── lose ──▶ waiting ── the driver's patience ends ──▶ (forgotten)
/// ```
/// Offsets count the bytes of the answer's stream from its beginning, whatever tunnels it went through. Kept is what was produced and is
/// not known to be taken: large pieces as they were sent, small ones copied behind each other. An answer is some hundred tokens, and
/// each would hold on to storage of its own.
package struct KeptAnswer {
    /// What is to be done for a request to go on.
    package enum Resumption {
        /// Send these pieces on the new stream, the last of them final when the answer is complete.
        case send([ByteBuffer], isFinal: Bool)
        /// The request is older than the stream that carries the answer now: refuse it.
        case outdated
        /// What is asked for was forgotten, or never produced: the relay counts differently, and the call must end.
        case impossible
    }

    /// How much may be kept while no tunnel carries the answer, in bytes; then the model server waits.
    package let capacity: Int
    /// The number of the stream that carries the answer, or did so last.
    package private(set) var stream: Int
    /// Whether a stream carries the answer now.
    package private(set) var isCarried = true
    /// Where the kept bytes begin.
    package private(set) var start: UInt64 = 0
    /// How many bytes were produced so far.
    package private(set) var end: UInt64 = 0
    /// Whether nothing follows.
    package private(set) var isComplete = false

    /// What nothing is added to any more; those before `first` are forgotten.
    private var pieces: [ByteBuffer] = []
    private var first = 0
    /// Behind them, what small pieces are added to.
    private var tail = ByteBuffer()
    /// At which offset the stream that carries the answer began.
    private var base: UInt64 = 0

    /// - Parameters:
    ///   - stream: the number of the stream that the request came on.
    ///   - capacity: see ``capacity``.
    package init(stream: Int, capacity: Int) {
        self.stream = stream
        self.capacity = capacity
    }

    /// How many bytes are kept.
    package var count: Int { Int(self.end - self.start) }

    /// Whether more may be produced although no tunnel carries it.
    package var hasRoom: Bool { self.count < self.capacity }

    /// Bytes were produced.
    /// - Returns: how many are kept now.
    @discardableResult
    package mutating func append(_ bytes: ByteBuffer, isFinal: Bool) -> Int {
        let length = bytes.readableBytes
        self.end += UInt64(length)
        if isFinal { self.isComplete = true }
        if length > Self.copied {
            self.closeTail()
            self.pieces.append(bytes)
        } else if length > 0 {
            // Nothing is going to be copied behind a piece that is the last one.
            if isFinal, self.tail.readableBytes == 0 { self.tail = bytes } else { self.grow(by: bytes) }
        }
        return self.count
    }

    /// Pieces up to this size are copied, in bytes.
    private static let copied = 4 * 1_024
    /// Storage that is full at this size, in bytes, so that it can be given back soon after its bytes were taken.
    private static let largestTail = 8 * 1_024
    private static let smallestTail = 512

    private mutating func grow(by bytes: ByteBuffer) {
        let length = bytes.readableBytes
        if self.tail.writerIndex + length > Self.largestTail { self.closeTail() }
        if self.tail.capacity == 0 {
            // The first storage of an answer doubles as it comes to need it: many end, or wait, after a few tokens.
            let capacity = self.pieces.isEmpty ? max(Self.smallestTail, length) : Self.largestTail
            self.tail = ByteBufferAllocator().buffer(capacity: capacity)
        }
        self.tail.writeImmutableBuffer(bytes)
    }

    private mutating func closeTail() {
        guard self.tail.readableBytes > 0 else { return }
        self.pieces.append(self.tail)
        self.tail = ByteBuffer()
    }

    /// The relay has taken so many bytes of the stream that carries the answer: they are forgotten.
    package mutating func taken(_ count: UInt64) {
        self.forget(before: min(self.base + count, self.end))
    }

    /// The tunnel is gone.
    package mutating func lose() {
        self.isCarried = false
    }

    /// The relay wants to go on, on another stream.
    package mutating func resume(on stream: Int, at offset: UInt64) -> Resumption {
        guard stream > self.stream else { return .outdated }
        guard (self.start...self.end).contains(offset) else { return .impossible }
        self.forget(before: offset)
        self.stream = stream
        self.base = offset
        self.isCarried = true
        self.closeTail()
        return .send(Array(self.pieces[self.first...]), isFinal: self.isComplete)
    }

    private mutating func forget(before offset: UInt64) {
        while self.start < offset, self.first < self.pieces.count {
            let length = UInt64(self.pieces[self.first].readableBytes)
            if self.start + length <= offset {
                self.pieces[self.first] = ByteBuffer()
                self.first += 1
                self.start += length
            } else {
                self.pieces[self.first].moveReaderIndex(forwardBy: Int(offset - self.start))
                self.start = offset
            }
        }
        if self.start < offset {
            self.tail.moveReaderIndex(forwardBy: Int(offset - self.start))
            self.start = offset
            if self.tail.readableBytes == 0 { self.tail = ByteBuffer() }
        }
        // Moving the rest down costs no more than was forgotten.
        if self.first >= 16, self.first * 2 >= self.pieces.count {
            self.pieces.removeFirst(self.first)
            self.first = 0
        }
    }
}
