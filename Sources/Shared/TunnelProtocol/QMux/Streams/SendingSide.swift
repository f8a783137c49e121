import NIOCore

/// The sending part of a stream (RFC 9000 §3.1): what waits, and what the peer allows.
///
/// Over TCP what has been written counts as acknowledged, so FIN or RESET_STREAM ends the part at once.
struct SendingSide {
    var queue = SendQueue()
    /// Bytes sent so far.
    var sent: UInt64 = 0
    /// How many bytes the peer takes in all.
    var maximum: UInt64
    /// The writer has said that nothing follows what is queued.
    var isFinalQueued = false
    /// FIN has been written, or RESET_STREAM is as good as written.
    var isOver = false
    /// The writer waits, and wants to hear of room.
    var awaitsRoom = false

    init(maximum: UInt64) {
        self.maximum = maximum
    }

    /// Whether bytes could be sent if the connection's credit allows it.
    var hasSendableBytes: Bool { self.queue.count > 0 && self.sent < self.maximum }

    /// Whether only the end is to be said, which takes no credit.
    var hasBareEnd: Bool { self.isFinalQueued && self.queue.count == 0 && !self.isOver }

    /// Whether so many bytes may be sent before they were queued: none waits, and the stream's credit is enough.
    func takesAtOnce(_ length: Int) -> Bool {
        self.queue.count == 0 && !self.isOver && !self.isFinalQueued && UInt64(length) <= self.maximum - self.sent
    }

    /// Queues bytes; ignored when the writer has ended already.
    /// - Parameter buffer: how much may wait before the writer is above its buffer.
    /// - Returns: whether they were taken.
    mutating func enqueue(_ bytes: ByteBuffer, isFinal: Bool, buffer: Int) -> Bool {
        guard !self.isOver, !self.isFinalQueued else { return false }
        self.queue.append(bytes)
        if isFinal { self.isFinalQueued = true }
        if self.queue.count >= buffer { self.awaitsRoom = true }
        return true
    }

    /// Whether the writer is to hear of room now.
    mutating func hasRoomAgain(buffer: Int) -> Bool {
        guard self.awaitsRoom, self.queue.count <= buffer / 2 else { return false }
        self.awaitsRoom = false
        return true
    }

    /// Ends the part and drops what waits.
    mutating func abandon() {
        self.queue.removeAll()
        self.isOver = true
        self.awaitsRoom = false
    }
}
