/// Both directions of one stream (RFC 9000 §3), with its queue and its credit.
struct StreamState {
    var id: QMux.StreamID
    var slot: Int

    // Sending.
    var queue = SendQueue()
    /// Bytes sent so far.
    var sent: UInt64 = 0
    /// How many bytes the peer takes in all.
    var sendMaximum: UInt64
    /// The writer has said that nothing follows what is queued.
    var isFinalQueued = false
    /// FIN or RESET_STREAM has left, or is as good as gone.
    var sendingIsOver = false
    /// The stream stands in the line of those that can send.
    var isReady = false
    /// The writer was above its buffer and wants to hear of room.
    var isAboveBuffer = false

    // Receiving.
    var received: UInt64 = 0
    var receiveMaximum: UInt64
    /// Bytes that the reader took.
    var consumed: UInt64 = 0
    /// FIN or RESET_STREAM has arrived.
    var receivingIsOver = false
    /// The reader wants no more: what comes is dropped.
    var isDiscarding = false

    init(id: QMux.StreamID, slot: Int, sendMaximum: UInt64, receiveMaximum: UInt64) {
        self.id = id
        self.slot = slot
        self.sendMaximum = sendMaximum
        self.receiveMaximum = receiveMaximum
    }

    var handle: QMux.StreamHandle { QMux.StreamHandle(id: self.id, slot: self.slot) }

    var isOver: Bool { self.sendingIsOver && self.receivingIsOver }

    /// Whether something could be sent if the connection's credit allows it.
    var canSend: Bool {
        guard !self.sendingIsOver else { return false }
        if self.queue.count > 0 { return self.sent < self.sendMaximum }
        return self.isFinalQueued
    }
}
