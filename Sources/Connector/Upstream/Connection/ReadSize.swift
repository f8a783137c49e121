import NIOCore

/// How much is read from a model server at once: a read that fills its buffer doubles the next one, two in a row that leave half of it
/// empty halve it.
///
/// As NIO's `AdaptiveRecvByteBufferAllocator` counts; but small enough to lie in its channel, where that has storage of its own, which
/// each read of each stream would have to touch. Small tokens do not make it small: when the connector falls behind, what has gathered
/// is read as one piece, and passed on as one.
struct ReadSize: RecvByteBufferAllocator {
    /// In bytes.
    private static let smallest = 2_048
    private static let largest = 65_536

    private var size = Self.smallest
    private var hasBeenTooLarge = false

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        allocator.buffer(capacity: self.size)
    }

    func nextBufferSize() -> Int? { self.size }

    mutating func record(actualReadBytes: Int) -> Bool {
        if actualReadBytes >= self.size, self.size < Self.largest {
            self.size *= 2
            self.hasBeenTooLarge = false
            return true
        }
        guard self.size > Self.smallest, actualReadBytes <= self.size / 2 else {
            self.hasBeenTooLarge = false
            return false
        }
        if self.hasBeenTooLarge { self.size /= 2 }
        self.hasBeenTooLarge.toggle()
        return false
    }
}
