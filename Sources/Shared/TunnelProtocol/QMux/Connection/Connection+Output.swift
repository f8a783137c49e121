package import NIOCore

/// The way out: records of control frames and of streams in turn.
extension QMux.Connection {
    /// Whether there is something to write now.
    package var hasOutput: Bool { !self.written.isEmpty || !self.ready.isEmpty || !self.control.isEmpty }

    /// Appends whole records: what is written already, then control frames, then streams in turn, as far as credit goes.
    ///
    /// - Parameter limit: may be exceeded by less than one record, and by what was written already.
    package mutating func writeOutput(into output: inout ByteBuffer, atMost limit: Int) {
        let start = output.readableBytes
        self.written.move(to: &output)
        while self.hasOutput, output.readableBytes - start < limit {
            self.writeRecord(into: &output, room: limit - (output.readableBytes - start))
        }
    }

    private mutating func writeRecord(into output: inout ByteBuffer, room: Int) {
        let header = output.writerIndex
        // Two bytes hold every size up to the largest record's; the size is filled in at the end.
        output.writeInteger(UInt16(0))
        let body = output.writerIndex
        let end = body + min(Self.largestRecord, max(room, Self.smallestRecord))
        while output.writerIndex + ControlFrame.longest <= end, let frame = self.nextControlFrame() {
            frame.write(to: &output)
        }
        while self.writeStream(into: &output, before: end) {}
        let size = output.writerIndex - body
        if size > 0 {
            output.setInteger(UInt16(truncatingIfNeeded: size) | 0x4000, at: header)
        } else {
            output.moveWriterIndex(to: header)
        }
    }

    /// Takes the next control frame, filling in what is true now.
    private mutating func nextControlFrame() -> ControlFrame? {
        if let parameters = self.control.parameters {
            self.control.parameters = nil
            return .transportParameters(parameters)
        }
        if let sequence = self.control.pingAnswer {
            self.control.pingAnswer = nil
            return .pingAnswer(sequence)
        }
        if let sequence = self.control.ping {
            self.control.ping = nil
            self.pingsSent = sequence
            return .ping(sequence)
        }
        if self.control.owesMaximumData {
            self.control.owesMaximumData = false
            let window = UInt64(clamping: self.settings.connectionWindow)
            self.receiveMaximum = max(self.receiveMaximum, min(self.received + window, VariableLengthInteger.maximum))
            return .maximumData(self.receiveMaximum)
        }
        if self.control.owesMaximumStreams {
            self.control.owesMaximumStreams = false
            let allowed = self.closedOfPeer + UInt64(clamping: self.settings.concurrentStreams)
            self.allowedToPeer = max(self.allowedToPeer, min(allowed, TransportParameters.maximumStreams))
            return .maximumStreams(self.allowedToPeer)
        }
        while let next = self.control.ofStreams.popFirst() {
            switch next {
            case .reset(let id, let code, let finalSize):
                return .resetStream(id: id, code: code, finalSize: finalSize)
            case .stop(let id, let code):
                return .stopSending(id: id, code: code)
            case .credit(let handle):
                let window = UInt64(clamping: self.settings.streamWindow)
                guard let slot = self.slot(of: handle),
                    let maximum = self.streams[slot].receiving.credit(window: window)
                else { continue }
                return .maximumStreamData(id: handle.id.rawValue, maximum)
            }
        }
        guard let error = self.control.close else { return nil }
        self.control.close = nil
        return .close(error)
    }

    /// Writes one frame of the stream whose turn it is, and puts it at the end of the line when there is more.
    /// - Returns: whether another frame may fit and follow.
    private mutating func writeStream(into output: inout ByteBuffer, before end: Int) -> Bool {
        let room = end - output.writerIndex - Self.longestStreamHeader
        guard room > 0, let slot = self.ready.popFirst(in: &self.streams) else { return false }
        let length = self.nextLength(of: slot)
        // Rather a record that ends early than a piece that is torn in two.
        guard length <= room || room >= Self.worthwhilePiece else {
            self.ready.prepend(slot, as: .ready, in: &self.streams)
            return false
        }
        self.writeFrame(of: slot, length: min(length, room), to: &output)
        return true
    }

    private func nextLength(of slot: Int) -> Int {
        let credit = min(
            self.streams[slot].sending.maximum - self.streams[slot].sending.sent,
            self.sendMaximum - self.sent
        )
        return min(self.streams[slot].sending.queue.count, Int(clamping: credit), Self.longestTurn)
    }

    private mutating func writeFrame(of slot: Int, length: Int, to output: inout ByteBuffer) {
        let isFinal =
            self.streams[slot].sending.isFinalQueued && self.streams[slot].sending.queue.count == length
        let sent = self.streams[slot].sending.sent
        let id = self.streams[slot].id.rawValue
        output.writeWithOutputRawSpan(minimumWritableBytes: Self.longestStreamHeader + length) { header in
            Self.writeStreamHeader(id: id, offset: sent, length: length, isFinal: isFinal, to: &header)
        }
        if length > 0 { self.streams[slot].sending.queue.move(length, to: &output) }
        self.streams[slot].sending.sent = sent + UInt64(length)
        self.sent += UInt64(length)
        if isFinal { self.streams[slot].sending.isOver = true }
        if self.streams[slot].sending.hasRoomAgain(buffer: self.settings.streamBuffer) {
            self.events.append(.writable(self.handle(of: slot)))
        }
        self.lineUp(slot)
        if self.sent == self.sendMaximum, length > 0 { self.stall() }
        self.closeIfOver(slot)
    }

    /// Writes what precedes a stream's bytes.
    @inline(__always)
    static func writeStreamHeader(
        id: UInt64,
        offset: UInt64,
        length: Int,
        isFinal: Bool,
        to header: inout OutputRawSpan
    ) {
        // Only a stream's first frame may leave its offset out (RFC 9000 §19.8).
        let type =
            FrameType.stream | FrameType.lengthBit | (isFinal ? FrameType.finalBit : 0)
            | (offset > 0 ? FrameType.offsetBit : 0)
        header.append(UInt8(truncatingIfNeeded: type))
        header.append(variableLengthInteger: id)
        if offset > 0 { header.append(variableLengthInteger: offset) }
        header.append(variableLengthInteger: UInt64(length))
    }

    /// The connection's credit is used up: streams that need it leave the line of those that can send.
    private mutating func stall() {
        var bareEnds = StreamLine()
        while let slot = self.ready.popFirst(in: &self.streams) {
            if self.streams[slot].sending.hasBareEnd {
                bareEnds.append(slot, as: .ready, in: &self.streams)
            } else {
                self.stalled.append(slot, as: .stalled, in: &self.streams)
            }
        }
        self.ready = bareEnds
    }

    /// A record that fills one record of TLS with its own size (16,384 bytes): the peer can read each as it arrives. Every peer takes
    /// as much.
    static let largestRecord = Int(TransportParameters.defaultRecordSize)
    /// However little is asked for, a record may be this long, so that every control frame finds room.
    private static let smallestRecord = 2_048
    /// Type, stream id, offset and length.
    static let longestStreamHeader = 1 + 8 + 8 + 2
    /// So that a long answer lets short ones pass.
    private static let longestTurn = 16 << 10
    /// A piece is torn to fill a record only if this much of it fits.
    private static let worthwhilePiece = 512
}
