package import NIOCore

/// What the user of a stream sends.
extension QMux.Connection {
    /// Queues bytes on a stream; ignored when its sending side is over.
    package mutating func send(_ bytes: ByteBuffer, on handle: QMux.StreamHandle, isFinal: Bool) {
        guard let slot = self.slot(of: handle), !self.hasEnded,
            self.streams[slot].sending.enqueue(bytes, isFinal: isFinal, buffer: self.settings.streamBuffer)
        else { return }
        self.lineUp(slot)
    }

    /// Writes a small piece of a stream, which does not end with it, at once, when nothing has to wait: it leaves with the next output.
    ///
    /// Spares a piece the queue that it would leave in the same turn, as nearly every token of an answer does.
    /// - Returns: whether it was written; otherwise it is to be queued.
    package mutating func write(_ bytes: ByteBuffer, on handle: QMux.StreamHandle) -> Bool {
        let length = bytes.readableBytes
        // Before the parameters nothing may be said, and who waits is not overtaken. All of the connection's credit is used up
        // by what is queued only, which then sees to those that wait for more.
        guard length > 0, let slot = self.slot(of: handle), self.streams[slot].sending.takesAtOnce(length),
            self.ready.isEmpty, !self.hasEnded, self.control.parameters == nil,
            UInt64(length) < self.sendMaximum - self.sent,
            self.written.begin(frameOfAtMost: Self.longestStreamHeader + length, largest: Self.largestRecord)
        else { return false }
        let (id, sent) = (self.streams[slot].id.rawValue, self.streams[slot].sending.sent)
        self.written.write { output in
            output.writeWithOutputRawSpan(minimumWritableBytes: Self.longestStreamHeader + length) { frame in
                Self.writeStreamHeader(id: id, offset: sent, length: length, isFinal: false, to: &frame)
                frame.append(bytes)
            }
        }
        self.streams[slot].sending.sent = sent + UInt64(length)
        self.sent += UInt64(length)
        return true
    }

    /// How many bytes of a stream wait to be sent.
    package func queuedBytes(on handle: QMux.StreamHandle) -> Int {
        self.slot(of: handle).map { self.streams[$0].sending.queue.count } ?? 0
    }

    /// The writer of a stream waits although its buffer is not full: it hears of room, like one whose buffer was, once
    /// something of what is queued has left. Nothing happens when nothing is queued.
    package mutating func awaitRoom(on handle: QMux.StreamHandle) {
        guard let slot = self.slot(of: handle), self.streams[slot].sending.queue.count > 0 else { return }
        self.streams[slot].sending.awaitsRoom = true
    }

    /// Whether the writer of a stream may go on; after a no it hears of room as after ``awaitRoom(on:)``.
    /// - Parameters:
    ///   - limit: how many bytes may wait to be sent.
    ///   - mayWait: whether any may.
    package mutating func takesMore(on handle: QMux.StreamHandle, below limit: Int, whenAnyWait mayWait: Bool) -> Bool {
        let queued = self.queuedBytes(on: handle)
        if queued == 0 || mayWait && queued < limit { return true }
        self.awaitRoom(on: handle)
        return false
    }

    /// Abandons our sending side and what is queued; ignored when it is over.
    package mutating func reset(_ handle: QMux.StreamHandle, code: UInt64) {
        guard let slot = self.slot(of: handle), !self.hasEnded, !self.streams[slot].sending.isOver else { return }
        self.abandonSending(slot, code: code)
        self.closeIfOver(slot)
    }

    /// Asks the peer to stop sending; what still comes is dropped, and so is what came and was not delivered yet.
    package mutating func stopSending(_ handle: QMux.StreamHandle, code: UInt64) {
        let slot = handle.slot
        guard slot < self.streams.count, self.streams[slot].id == handle.id,
            !self.streams[slot].receiving.isDiscarding
        else { return }
        self.streams[slot].receiving.isDiscarding = true
        // A stream or a connection that is over has nothing to say, but may have bytes that were not delivered yet.
        guard self.streams[slot].isOpen, !self.hasEnded, !self.streams[slot].receiving.isOver else { return }
        self.control.ofStreams.append(.stop(id: handle.id.rawValue, code: code))
    }

    mutating func abandonSending(_ slot: Int, code: UInt64) {
        self.stepAside(slot)
        self.streams[slot].sending.abandon()
        self.control.ofStreams.append(
            .reset(id: self.streams[slot].id.rawValue, code: code, finalSize: self.streams[slot].sending.sent)
        )
    }
}
