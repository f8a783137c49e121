package import NIOCore

/// The way out.
extension QMux.Connection {
    /// Queues bytes on a stream; ignored when its sending side is over.
    package mutating func send(_ bytes: ByteBuffer, on handle: QMux.StreamHandle, isFinal: Bool) {
        guard let slot = self.slot(of: handle), !self.hasEnded else { return }
        guard !self.streams[slot].sendingIsOver, !self.streams[slot].isFinalQueued else { return }
        self.streams[slot].queue.append(bytes)
        if isFinal { self.streams[slot].isFinalQueued = true }
        if self.streams[slot].queue.count >= self.settings.streamBuffer { self.streams[slot].isAboveBuffer = true }
        self.makeReady(slot)
    }

    /// How many bytes of a stream wait to be sent.
    package func queuedBytes(on handle: QMux.StreamHandle) -> Int {
        self.slot(of: handle).map { self.streams[$0].queue.count } ?? 0
    }

    /// Abandons our sending side and what is queued; ignored when it is over.
    package mutating func reset(_ handle: QMux.StreamHandle, code: UInt64) {
        guard let slot = self.slot(of: handle), !self.hasEnded, !self.streams[slot].sendingIsOver else { return }
        self.abandonSending(slot, code: code)
        self.closeIfOver(slot)
    }

    /// Asks the peer to stop sending; what still comes is dropped. Ignored when all has come.
    package mutating func stopSending(_ handle: QMux.StreamHandle, code: UInt64) {
        guard let slot = self.slot(of: handle), !self.hasEnded else { return }
        guard !self.streams[slot].receivingIsOver, !self.streams[slot].isDiscarding else { return }
        self.streams[slot].isDiscarding = true
        self.control.append(.stopSending(id: handle.id.rawValue, code: code))
    }

    /// Whether there is something to write now.
    package var hasOutput: Bool {
        if !self.control.isEmpty { return true }
        return self.peer != nil && !self.ready.isEmpty && (self.sent < self.sendMaximum || self.hasBareEnd)
    }

    /// Whether a stream that can send only has its end to say, which takes no credit.
    private var hasBareEnd: Bool {
        self.ready.contains { self.streams[$0].queue.count == 0 && self.streams[$0].canSend }
    }

    /// Appends whole records: control frames first, then streams in turn, as far as credit goes.
    ///
    /// - Parameter limit: may be exceeded by less than one record.
    package mutating func writeOutput(into output: inout ByteBuffer, atMost limit: Int) {
        let start = output.readableBytes
        while output.readableBytes - start < limit, self.hasOutput {
            let before = output.writerIndex
            self.writeRecord(into: &output, room: limit - (output.readableBytes - start))
            if output.writerIndex == before { break }
        }
    }

    private mutating func writeRecord(into output: inout ByteBuffer, room: Int) {
        let largest = Int(min(self.peer?.maximumRecordSize ?? TransportParameters.defaultRecordSize, 1 << 20))
        let header = output.writerIndex
        output.writeInteger(UInt32(0))
        let body = output.writerIndex
        let end = body + min(largest, max(room, Self.smallestRecord))
        while let frame = self.control.first, output.writerIndex + ControlFrame.longest <= end {
            frame.write(to: &output)
            self.control.removeFirst()
        }
        if !self.hasEnded, self.peer != nil {
            var turns = self.ready.count
            while turns > 0, end - output.writerIndex > Self.longestStreamHeader {
                turns -= 1
                let slot = self.ready.removeFirst()
                self.writeStream(slot, into: &output, end: end)
                if turns == 0 { turns = self.canGoOn ? self.ready.count : 0 }
            }
        }
        let size = output.writerIndex - body
        guard size > 0 else {
            output.moveWriterIndex(to: header)
            return
        }
        output.setInteger(UInt32(size) | 0x8000_0000, at: header)
    }

    /// Whether another round over the streams can bring something.
    private var canGoOn: Bool { !self.ready.isEmpty && self.sent < self.sendMaximum }

    /// Writes one frame of one stream, and puts it at the end of the line when there is more.
    private mutating func writeStream(_ slot: Int, into output: inout ByteBuffer, end: Int) {
        guard self.streams[slot].canSend else {
            self.streams[slot].isReady = false
            return
        }
        let credit = min(self.streams[slot].sendMaximum - self.streams[slot].sent, self.sendMaximum - self.sent)
        let room = end - output.writerIndex - Self.longestStreamHeader
        let length = min(self.streams[slot].queue.nextLength, Int(clamping: credit), room, Self.longestTurn)
        let isFinal = self.streams[slot].isFinalQueued && self.streams[slot].queue.count == length
        guard length > 0 || isFinal else {
            // Only the connection's credit is missing: the stream keeps its place.
            self.ready.append(slot)
            return
        }
        output.writeInteger(
            UInt8(truncatingIfNeeded: FrameType.stream | FrameType.lengthBit | (isFinal ? FrameType.finalBit : 0))
        )
        output.writeVariableLengthInteger(self.streams[slot].id.rawValue)
        output.writeVariableLengthInteger(UInt64(length))
        if length > 0 { _ = self.streams[slot].queue.move(to: &output, atMost: length) }
        self.streams[slot].sent += UInt64(length)
        self.sent += UInt64(length)
        if isFinal { self.streams[slot].sendingIsOver = true }
        if self.streams[slot].isAboveBuffer, self.streams[slot].queue.count <= self.settings.streamBuffer / 2 {
            self.streams[slot].isAboveBuffer = false
            self.events.append(.writable(self.streams[slot].handle))
        }
        if self.streams[slot].canSend {
            self.ready.append(slot)
        } else {
            self.streams[slot].isReady = false
        }
        self.closeIfOver(slot)
    }

    mutating func makeReady(_ slot: Int) {
        guard !self.streams[slot].isReady, self.streams[slot].canSend else { return }
        self.streams[slot].isReady = true
        self.ready.append(slot)
    }

    mutating func abandonSending(_ slot: Int, code: UInt64) {
        self.streams[slot].queue.removeAll()
        self.streams[slot].sendingIsOver = true
        self.streams[slot].isAboveBuffer = false
        if self.streams[slot].isReady {
            self.streams[slot].isReady = false
            self.ready.removeAll { $0 == slot }
        }
        let id = self.streams[slot].id.rawValue
        self.control.append(.resetStream(id: id, code: code, finalSize: self.streams[slot].sent))
    }

    /// Type, stream id and length: one byte and two integers.
    private static let longestStreamHeader = 17
    /// So that a long answer lets short ones pass.
    private static let longestTurn = 16 << 10
    private static let smallestRecord = 2_048
}
