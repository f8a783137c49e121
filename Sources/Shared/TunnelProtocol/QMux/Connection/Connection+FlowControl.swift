import NIOCore

/// Who may send how much (RFC 9000 §4). Limits are absolute: how many bytes of a stream, or of all, in its whole life.
extension QMux.Connection {
    /// The reader of a stream took bytes: the peer may send as many more, told in steps.
    /// - Returns: whether it is to be told now.
    @discardableResult
    package mutating func consumed(_ count: Int, on handle: QMux.StreamHandle) -> Bool {
        guard count > 0, let slot = self.slot(of: handle), !self.hasEnded else { return false }
        return self.returnCredit(slot, UInt64(count))
    }

    /// How many bytes of a stream the peer's reader has taken for certain, as its credit says.
    package func taken(on handle: QMux.StreamHandle) -> UInt64 {
        guard let slot = self.slot(of: handle), let peer else { return 0 }
        let isOurs = handle.id.isOpenedByConnector == (self.role == .connector)
        let initial = isOurs ? peer.initialStreamDataRemote : peer.initialStreamDataLocal
        return self.streams[slot].sending.maximum - initial
    }

    @discardableResult
    @inline(__always)
    mutating func returnCredit(_ slot: Int, _ count: UInt64) -> Bool {
        let (window, step) = (self.settings.streamWindow, self.settings.creditStep)
        guard
            self.streams[slot].receiving.consume(
                count,
                window: UInt64(clamping: window),
                step: UInt64(clamping: min(step, window / 2))
            ), !self.hasEnded
        else { return false }
        self.control.ofStreams.append(.credit(self.handle(of: slot)))
        return true
    }

    /// Counts received bytes against the connection's limit.
    ///
    /// The connection's credit is given back as soon as bytes were handed on: a stream whose reader is slow holds at most
    /// its own window, and never the others' credit.
    @inline(__always)
    mutating func count(_ length: UInt64) throws(Violation) {
        guard length <= self.receiveMaximum - self.received else {
            throw Violation(.flowControlError, "more than \(self.receiveMaximum) bytes on the connection")
        }
        self.received += length
        let window = UInt64(clamping: self.settings.connectionWindow)
        let used = window - (self.receiveMaximum - self.received)
        if used >= max(1, window / 2) { self.control.owesMaximumData = true }
    }

    mutating func takeMaximumData(_ frame: inout FrameReader) throws(Violation) {
        let maximum = try frame.integer()
        guard maximum > self.sendMaximum else { return }
        let hadCredit = self.sent < self.sendMaximum
        self.sendMaximum = maximum
        guard !hadCredit else { return }
        while let slot = self.stalled.popFirst(in: &self.streams) { self.lineUp(slot) }
    }

    mutating func takeMaximumStreamData(_ frame: inout FrameReader) throws(Violation) {
        let id = try frame.integer()
        let maximum = try frame.integer()
        guard let slot = try self.sendingSlot(id), maximum > self.streams[slot].sending.maximum else { return }
        self.streams[slot].sending.maximum = maximum
        self.lineUp(slot)
    }

    mutating func takeMaximumStreams(_ type: UInt64, _ frame: inout FrameReader) throws(Violation) {
        let maximum = try frame.integer()
        guard maximum <= TransportParameters.maximumStreams else {
            throw Violation(.frameEncodingError, "more than 2^60 streams")
        }
        guard type == FrameType.maximumStreamsBidirectional, maximum > self.allowedToUs else { return }
        self.allowedToUs = maximum
        guard self.wantsStreams else { return }
        self.wantsStreams = false
        self.events.append(.streamsAvailable)
    }

    /// Puts a stream into the line that it belongs in, unless it stands in one.
    @inline(__always)
    mutating func lineUp(_ slot: Int) {
        guard self.streams[slot].place.line == .none, !self.streams[slot].sending.isOver else { return }
        if self.streams[slot].sending.hasBareEnd {
            self.ready.append(slot, as: .ready, in: &self.streams)
        } else if self.streams[slot].sending.hasSendableBytes {
            if self.sent < self.sendMaximum {
                self.ready.append(slot, as: .ready, in: &self.streams)
            } else {
                self.stalled.append(slot, as: .stalled, in: &self.streams)
            }
        }
    }

    /// Takes a stream out of its line.
    mutating func stepAside(_ slot: Int) {
        switch self.streams[slot].place.line {
        case .none: break
        case .ready: self.ready.remove(slot, in: &self.streams)
        case .stalled: self.stalled.remove(slot, in: &self.streams)
        }
    }
}
