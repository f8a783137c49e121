import NIOCore

/// Who may send how much, and which streams exist (RFC 9000 §§2–4).
extension QMux.Connection {
    /// The reader of a stream took bytes: the peer may send as many more, told at half a window.
    package mutating func consumed(_ count: Int, on handle: QMux.StreamHandle) {
        guard count > 0, let slot = self.slot(of: handle), !self.hasEnded else { return }
        self.returnCredit(slot, UInt64(count))
    }

    mutating func returnCredit(_ slot: Int, _ count: UInt64) {
        self.streams[slot].consumed = min(self.streams[slot].consumed + count, self.streams[slot].received)
        guard !self.streams[slot].receivingIsOver, !self.hasEnded else { return }
        let window = UInt64(self.settings.streamWindow)
        let maximum = self.streams[slot].consumed + window
        guard maximum - self.streams[slot].receiveMaximum >= window / 2 else { return }
        self.streams[slot].receiveMaximum = maximum
        self.control.append(.maximumStreamData(id: self.streams[slot].id.rawValue, maximum))
    }

    /// Counts received bytes against both limits.
    ///
    /// The connection's credit is given back as soon as bytes were handed on: a stream whose reader is slow holds at most
    /// its own window, and never the others' credit.
    mutating func count(_ length: UInt64, slot: Int, frameType: UInt64) throws(Violation) {
        guard length <= self.streams[slot].receiveMaximum - self.streams[slot].received else {
            throw Violation(
                .flowControlError,
                "more bytes on stream \(self.streams[slot].id.rawValue) than allowed",
                frameType: frameType
            )
        }
        guard length <= self.receiveMaximum - self.received else {
            throw Violation(.flowControlError, "more bytes on the connection than allowed", frameType: frameType)
        }
        self.streams[slot].received += length
        self.received += length
        let window = UInt64(self.settings.connectionWindow)
        if self.received + window - self.receiveMaximum >= window / 2 {
            self.receiveMaximum = self.received + window
            self.control.append(.maximumData(self.receiveMaximum))
        }
    }

    mutating func takeMaximumData(_ record: inout ByteBuffer) throws(Violation) {
        self.sendMaximum = max(self.sendMaximum, try Self.integer(&record))
    }

    mutating func takeMaximumStreamData(_ record: inout ByteBuffer) throws(Violation) {
        let id = try Self.integer(&record)
        let maximum = try Self.integer(&record)
        guard let slot = try self.sendingSlot(id, frameType: FrameType.maximumStreamData) else { return }
        guard maximum > self.streams[slot].sendMaximum else { return }
        self.streams[slot].sendMaximum = maximum
        self.makeReady(slot)
    }

    mutating func takeMaximumStreams(_ type: UInt64, _ record: inout ByteBuffer) throws(Violation) {
        let maximum = try Self.integer(&record)
        guard maximum <= TransportParameters.maximumStreams else {
            throw Violation(.frameEncodingError, "more than 2^60 streams", frameType: type)
        }
        guard type == FrameType.maximumStreamsBidirectional, maximum > self.allowedToUs else { return }
        self.allowedToUs = maximum
        guard self.wantsStreams else { return }
        self.wantsStreams = false
        self.events.append(.streamsAvailable)
    }

    /// The slot of a stream on which the peer sends; opens it, and those before it, when it is new.
    /// - Returns: `nil` for a stream that is over.
    mutating func receivingSlot(_ rawValue: UInt64, frameType: UInt64) throws(Violation) -> Int? {
        if let slot = self.slots[rawValue] { return slot }
        let id = QMux.StreamID(rawValue: rawValue)
        guard id.isOpenedByConnector != (self.role == .connector) else {
            guard id.isBidirectional, id.index < self.openedByUs else {
                throw Violation(.streamStateError, "stream \(rawValue) was never opened", frameType: frameType)
            }
            return nil
        }
        return try self.openPeerStreams(upTo: id, frameType: frameType)
    }

    /// The slot of a stream on which we send.
    /// - Returns: `nil` for a stream that is over.
    mutating func sendingSlot(_ rawValue: UInt64, frameType: UInt64) throws(Violation) -> Int? {
        if let slot = self.slots[rawValue] { return slot }
        let id = QMux.StreamID(rawValue: rawValue)
        guard id.isBidirectional else {
            throw Violation(.streamStateError, "stream \(rawValue) has no such direction", frameType: frameType)
        }
        guard id.isOpenedByConnector != (self.role == .connector) else {
            guard id.index < self.openedByUs else {
                throw Violation(.streamStateError, "stream \(rawValue) was never opened", frameType: frameType)
            }
            return nil
        }
        return try self.openPeerStreams(upTo: id, frameType: frameType)
    }

    private mutating func openPeerStreams(upTo id: QMux.StreamID, frameType: UInt64) throws(Violation) -> Int? {
        // We allow no stream of one direction.
        guard id.isBidirectional, id.index < self.allowedToPeer else {
            throw Violation(.streamLimitError, "stream \(id.rawValue) is one too many", frameType: frameType)
        }
        guard id.index >= self.openedByPeer else { return nil }
        let kind = id.rawValue & 3
        while self.openedByPeer <= id.index {
            let opened = QMux.StreamID(rawValue: self.openedByPeer << 2 | kind)
            self.openedByPeer += 1
            self.events.append(.streamOpened(self.insert(opened, sendMaximum: self.peer?.initialStreamDataLocal ?? 0)))
        }
        return self.slots[id.rawValue]
    }
}
