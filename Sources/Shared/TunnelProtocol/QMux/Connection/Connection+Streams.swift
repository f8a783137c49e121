/// Which streams there are (RFC 9000 §§2, 3).
extension QMux.Connection {
    /// Opens a bidirectional stream; `nil` when the peer's limit is reached, before it is ready, or after the end.
    package mutating func openStream() -> QMux.StreamHandle? {
        guard let peer, !self.hasEnded else { return nil }
        guard self.openedByUs < self.allowedToUs else {
            self.wantsStreams = true
            return nil
        }
        let id = QMux.StreamID(rawValue: self.openedByUs << 2 | (self.role == .relay ? 1 : 0))
        self.openedByUs += 1
        return self.insert(id, sendMaximum: peer.initialStreamDataRemote)
    }

    /// The slot of a stream that is open still, `nil` for a handle whose stream is over.
    @inline(__always)
    func slot(of handle: QMux.StreamHandle) -> Int? {
        guard handle.slot < self.streams.count, self.streams[handle.slot].id == handle.id,
            self.streams[handle.slot].isOpen
        else { return nil }
        return handle.slot
    }

    /// Whether the stream still has its slot: until its ``Event/closed(_:)`` was taken and another stream has been given the slot.
    package func holds(_ handle: QMux.StreamHandle) -> Bool {
        handle.slot < self.streams.count && self.streams[handle.slot].id == handle.id
    }

    /// The stream that has a slot; `nil` when none ever had it.
    package func stream(at slot: Int) -> QMux.StreamID? {
        slot < self.streams.count ? self.streams[slot].id : nil
    }

    func handle(of slot: Int) -> QMux.StreamHandle { QMux.StreamHandle(id: self.streams[slot].id, slot: slot) }

    /// The slot of a stream on which the peer sends; opens it, and those before it, when it is new.
    /// - Returns: `nil` for a stream that is over.
    @inline(__always)
    mutating func receivingSlot(_ rawValue: UInt64) throws(Violation) -> Int? {
        if let slot = self.slots[rawValue] { return slot }
        return try self.findOrOpen(QMux.StreamID(rawValue: rawValue))
    }

    /// The slot of a stream on which we send.
    /// - Returns: `nil` for a stream that is over.
    mutating func sendingSlot(_ rawValue: UInt64) throws(Violation) -> Int? {
        if let slot = self.slots[rawValue] { return slot }
        let id = QMux.StreamID(rawValue: rawValue)
        guard id.isBidirectional || self.isOurs(id) else {
            throw Violation(.streamStateError, "stream \(rawValue) has no such direction")
        }
        return try self.findOrOpen(id)
    }

    private mutating func findOrOpen(_ id: QMux.StreamID) throws(Violation) -> Int? {
        if self.isOurs(id) {
            guard id.isBidirectional, id.index < self.openedByUs else {
                throw Violation(.streamStateError, "stream \(id.rawValue) was never opened")
            }
            return nil
        }
        // We allow no stream of one direction.
        guard id.isBidirectional, id.index < self.allowedToPeer else {
            throw Violation(.streamLimitError, "stream \(id.rawValue) is one too many")
        }
        guard id.index >= self.openedByPeer else { return nil }
        while self.openedByPeer <= id.index {
            let opened = QMux.StreamID(rawValue: self.openedByPeer << 2 | id.rawValue & 3)
            self.openedByPeer += 1
            self.events.append(.streamOpened(self.insert(opened, sendMaximum: self.peer?.initialStreamDataLocal ?? 0)))
        }
        self.renewStreams()
        return self.slots[id.rawValue]
    }

    private func isOurs(_ id: QMux.StreamID) -> Bool { id.isOpenedByConnector == (self.role == .connector) }

    private mutating func insert(_ id: QMux.StreamID, sendMaximum: UInt64) -> QMux.StreamHandle {
        let stream = StreamState(
            id: id,
            sendMaximum: sendMaximum,
            receiveMaximum: UInt64(clamping: self.settings.streamWindow)
        )
        let slot: Int
        if let free = self.freeSlots.popLast() {
            slot = free
            self.streams[slot] = stream
        } else {
            slot = self.streams.count
            self.streams.append(stream)
        }
        self.slots[id.rawValue] = slot
        self.openStreams += 1
        return QMux.StreamHandle(id: id, slot: slot)
    }

    /// Ends a stream whose two directions are over.
    @inline(__always)
    mutating func closeIfOver(_ slot: Int) {
        guard self.streams[slot].isOver, self.streams[slot].isOpen else { return }
        self.closeStream(slot)
    }

    private mutating func closeStream(_ slot: Int) {
        let id = self.streams[slot].id
        self.streams[slot].isOpen = false
        self.slots[id.rawValue] = nil
        self.openStreams -= 1
        self.events.append(.closed(QMux.StreamHandle(id: id, slot: slot)))
        guard !self.isOurs(id) else { return }
        self.closedOfPeer += 1
        self.renewStreams()
    }

    /// Tells the peer of places that are free again, once they are as many as those that it has left: short calls cost no frame each,
    /// and a peer whose long calls take most places is not kept from the others.
    private mutating func renewStreams() {
        let untold = self.closedOfPeer + UInt64(clamping: self.settings.concurrentStreams) - self.allowedToPeer
        let left = self.allowedToPeer - self.openedByPeer
        if untold > 0, untold >= left { self.control.owesMaximumStreams = true }
    }
}
