import NIOCore

/// Frames that belong to a stream (RFC 9000 §§3, 19.4, 19.5, 19.8).
extension QMux.Connection {
    @inline(__always)
    mutating func takeStream(_ type: UInt64, _ frame: inout FrameReader) throws(Violation) {
        let id = try frame.integer()
        let offset = type & FrameType.offsetBit == 0 ? 0 : try frame.integer()
        let bytes = type & FrameType.lengthBit == 0 ? try frame.rest() : try frame.prefixedSlice()
        let length = UInt64(bytes.readableBytes)
        let isFinal = type & FrameType.finalBit != 0
        guard let slot = try self.receivingSlot(id) else {
            throw Violation(.streamStateError, "bytes on stream \(id), which is over")
        }
        try self.streams[slot].receiving.take(offset: offset, length: length, isFinal: isFinal)
        try self.count(length)
        if self.streams[slot].receiving.isDiscarding {
            self.returnCredit(slot, length)
        } else if length > 0 || isFinal {
            let handle = QMux.StreamHandle(id: QMux.StreamID(rawValue: id), slot: slot)
            self.events.append(.data(handle, bytes, isFinal: isFinal))
        }
        if isFinal { self.closeIfOver(slot) }
    }

    mutating func takeReset(_ frame: inout FrameReader) throws(Violation) {
        let id = try frame.integer()
        let code = try frame.integer()
        let finalSize = try frame.integer()
        // Of a stream that is over for both ends, and perhaps forgotten, a reset says nothing new (RFC 9000 §3.2).
        guard let slot = try self.receivingSlot(id),
            let missing = try self.streams[slot].receiving.reset(finalSize: finalSize)
        else { return }
        try self.count(missing)
        if !self.streams[slot].receiving.isDiscarding { self.events.append(.reset(self.handle(of: slot), code: code)) }
        self.closeIfOver(slot)
    }

    /// Our sending side ends, as if we had reset it ourselves (RFC 9000 §3.5).
    mutating func takeStopSending(_ frame: inout FrameReader) throws(Violation) {
        let id = try frame.integer()
        let code = try frame.integer()
        guard let slot = try self.sendingSlot(id), !self.streams[slot].sending.isOver else { return }
        self.abandonSending(slot, code: code)
        self.events.append(.stopSending(self.handle(of: slot), code: code))
        self.closeIfOver(slot)
    }

    mutating func takeStreamBlocked(_ frame: inout FrameReader) throws(Violation) {
        let id = try frame.integer()
        _ = try frame.integer()
        _ = try self.receivingSlot(id)
    }
}
