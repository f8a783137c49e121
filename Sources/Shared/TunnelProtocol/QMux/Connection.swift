package import NIOCore

extension QMux {
    /// One end of a QMux connection, as a pure value: bytes in, events and bytes out.
    ///
    /// Both programs use it; it has no socket, no clock and no lock. A driver calls ``receive(_:)`` with what it read and takes
    /// events until there are none, and calls ``writeOutput(into:atMost:)`` as long as there is output and its socket takes it.
    ///
    /// Whatever breaks a rule of the protocol ends the connection: CONNECTION_CLOSE with the rule's code is queued, and
    /// ``Event/ended(_:)`` is the last event. What our own side does too late (sending on a stream that is over) is
    /// ignored, because the two directions and the peer are never in step.
    package struct Connection {
        /// Which end this is.
        package enum Role: Hashable, Sendable {
            /// Dialled the connection; QUIC's client.
            case connector
            /// Accepted the connection; QUIC's server.
            case relay
        }

        /// What happened.
        package enum Event {
            /// The peer's parameters arrived: streams may be opened.
            case ready
            /// The peer opened a stream.
            case streamOpened(StreamHandle)
            /// Bytes of a stream, a slice of what was received; empty only when they are final.
            case data(StreamHandle, ByteBuffer, isFinal: Bool)
            /// The peer abandoned its sending side.
            case reset(StreamHandle, code: UInt64)
            /// The peer wants no more of our bytes; our sending side has been reset.
            case stopSending(StreamHandle, code: UInt64)
            /// Half of the stream's buffer is free after it had been full.
            case writable(StreamHandle)
            /// The peer takes more streams after ``Connection/openStream()`` had answered `nil`.
            case streamsAvailable
            /// Both directions are over: the last event of the stream.
            case closed(StreamHandle)
            /// The peer answered a ping.
            case answeredPing(sequence: UInt64)
            /// The connection is over: the last event.
            case ended(ConnectionError)
        }

        let role: Role
        let settings: Settings
        var peer: TransportParameters?
        package internal(set) var hasEnded = false

        // Streams, by slot; ids lead to slots.
        var streams: [StreamState] = []
        var freeSlots: [Int] = []
        var slots: [UInt64: Int] = [:]
        var openedByUs: UInt64 = 0
        var openedByPeer: UInt64 = 0
        var closedOfPeer: UInt64 = 0
        var allowedToUs: UInt64 = 0
        var allowedToPeer: UInt64
        var wantsStreams = false
        /// Streams that are open now.
        package internal(set) var openStreams = 0

        // Sending.
        var control: CircularBuffer<ControlFrame> = []
        var ready: CircularBuffer<Int> = []
        var sent: UInt64 = 0
        var sendMaximum: UInt64 = 0

        // Receiving.
        var incomplete = ByteBuffer()
        var received: UInt64 = 0
        var receiveMaximum: UInt64
        var events: CircularBuffer<Event> = []
        var pingsSent: UInt64 = 0
        var pingsAnswered: UInt64 = 0
        var lastPingOfPeer: UInt64?

        package init(role: Role, settings: Settings) {
            self.role = role
            self.settings = settings
            self.allowedToPeer = UInt64(settings.concurrentStreams)
            self.receiveMaximum = UInt64(settings.connectionWindow)
            self.control.append(.transportParameters(TransportParameters(settings)))
        }

        /// The next thing that happened, or `nil`.
        package mutating func nextEvent() -> Event? {
            guard let event = self.events.popFirst() else { return nil }
            if case .closed(let handle) = event { self.freeSlots.append(handle.slot) }
            return event
        }

        /// Opens a bidirectional stream; `nil` when the peer's limit is reached, before it is ready, or after the end.
        package mutating func openStream() -> StreamHandle? {
            guard let peer, !self.hasEnded else { return nil }
            guard self.openedByUs < self.allowedToUs else {
                self.wantsStreams = true
                return nil
            }
            let id = StreamID(rawValue: self.openedByUs << 2 | (self.role == .relay ? 1 : 0))
            self.openedByUs += 1
            return self.insert(id, sendMaximum: peer.initialStreamDataRemote)
        }

        /// Asks for a sign of life; answers the ping's number.
        package mutating func ping() -> UInt64 {
            self.pingsSent += 1
            if !self.hasEnded { self.control.append(.ping(self.pingsSent)) }
            return self.pingsSent
        }

        /// Ends the connection: the error is the last thing that is sent.
        package mutating func close(_ error: ConnectionError) {
            guard !self.hasEnded else { return }
            self.hasEnded = true
            // What must have been said first stays: the parameters.
            let parameters = self.control.first.flatMap { frame -> ControlFrame? in
                if case .transportParameters = frame { frame } else { nil }
            }
            self.control.removeAll()
            if let parameters { self.control.append(parameters) }
            self.control.append(.close(error))
            self.ready.removeAll()
            self.incomplete = ByteBuffer()
        }

        // MARK: Inside

        mutating func insert(_ id: StreamID, sendMaximum: UInt64) -> StreamHandle {
            let slot = self.freeSlots.popLast() ?? self.streams.count
            let stream = StreamState(
                id: id,
                slot: slot,
                sendMaximum: sendMaximum,
                receiveMaximum: UInt64(self.settings.streamWindow)
            )
            if slot == self.streams.count { self.streams.append(stream) } else { self.streams[slot] = stream }
            self.slots[id.rawValue] = slot
            self.openStreams += 1
            return stream.handle
        }

        /// The slot of a stream that is open still, `nil` for a handle whose stream is over.
        func slot(of handle: StreamHandle) -> Int? {
            guard handle.slot < self.streams.count else { return nil }
            let stream = self.streams[handle.slot]
            return stream.id == handle.id && !stream.isOver ? handle.slot : nil
        }

        /// Ends a stream whose two directions are over.
        mutating func closeIfOver(_ slot: Int) {
            guard self.streams[slot].isOver, self.slots[self.streams[slot].id.rawValue] == slot else { return }
            let id = self.streams[slot].id
            self.slots[id.rawValue] = nil
            self.streams[slot].queue.removeAll()
            self.openStreams -= 1
            self.events.append(.closed(self.streams[slot].handle))
            guard id.isOpenedByConnector != (self.role == .connector) else { return }
            self.closedOfPeer += 1
            let allowed = self.closedOfPeer + UInt64(self.settings.concurrentStreams)
            if allowed - self.allowedToPeer >= UInt64(max(1, self.settings.concurrentStreams / 2)) {
                self.allowedToPeer = allowed
                self.control.append(.maximumStreams(allowed))
            }
        }
    }
}
