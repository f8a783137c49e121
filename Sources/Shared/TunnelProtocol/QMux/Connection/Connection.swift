import NIOCore

extension QMux {
    /// One end of a QMux connection, as a pure value: bytes in, events and bytes out.
    ///
    /// Both programs use it; it has no socket, no clock and no lock. A driver calls ``receive(_:)`` with what it read and takes
    /// events until there are none, and calls ``writeOutput(into:atMost:)`` as long as there is output and its socket takes it.
    ///
    /// Whatever breaks a rule of the protocol ends the connection: CONNECTION_CLOSE with the rule's code is queued, and
    /// ``Event/ended(_:)`` is the last event. What our own side does too late (sending on a stream that is over) is
    /// ignored, because the two directions and the peer are never in step.
    package struct Connection: ~Copyable {
        /// Which end this is.
        package enum Role: Hashable, Sendable {
            /// Dialled the connection; QUIC's client.
            case connector
            /// Accepted the connection; QUIC's server.
            case relay
        }

        let role: Role
        let settings: Settings
        /// What the peer allows; `nil` until it said so.
        var peer: TransportParameters?
        package internal(set) var hasEnded = false

        // Streams, by slot; ids lead to slots.
        var streams: [StreamState] = []
        var freeSlots: [Int] = []
        var slots: [UInt64: Int] = [:]
        var openedByUs: UInt64 = 0
        var openedByPeer: UInt64 = 0
        /// Streams of the peer that are over; as many more than at first may be opened.
        var closedOfPeer: UInt64 = 0
        var allowedToUs: UInt64 = 0
        /// What the peer was told; raised when it is written.
        var allowedToPeer: UInt64
        var wantsStreams = false
        /// Streams that are open now.
        package internal(set) var openStreams = 0

        // Sending.
        /// What leaves before everything else.
        var written = RecordQueue()
        var control = ControlQueue()
        /// Streams that can send now, each with something that its own and the connection's credit allow.
        var ready = StreamLine()
        /// Streams that lack only the connection's credit.
        var stalled = StreamLine()
        var sent: UInt64 = 0
        var sendMaximum: UInt64 = 0

        // Receiving.
        var records: RecordReader
        var received: UInt64 = 0
        /// What the peer was told; raised when it is written.
        var receiveMaximum: UInt64
        var events = DrainingQueue<Event>()
        var pingsBegun: UInt64 = 0
        /// The largest ping that was written.
        var pingsSent: UInt64 = 0
        var pingsAnswered: UInt64 = 0
        var lastPingOfPeer: UInt64?

        package init(role: Role, settings: Settings) {
            self.role = role
            self.settings = settings
            let parameters = TransportParameters(settings)
            self.allowedToPeer = parameters.initialStreamsBidirectional
            self.receiveMaximum = parameters.initialMaximumData
            self.records = RecordReader(largest: parameters.maximumRecordSize)
            self.control.parameters = parameters
        }

        /// The next thing that happened, or `nil`.
        package mutating func nextEvent() -> Event? {
            while let event = self.events.popFirst() {
                switch event {
                case .data(let handle, let bytes, isFinal: _):
                    // The reader may have stopped the stream since its bytes came.
                    guard self.streams[handle.slot].receiving.isDiscarding else { return event }
                    self.returnCredit(handle.slot, UInt64(bytes.readableBytes))
                case .reset(let handle, code: _):
                    guard self.streams[handle.slot].receiving.isDiscarding else { return event }
                case .closed(let handle):
                    self.freeSlots.append(handle.slot)
                    return event
                default:
                    return event
                }
            }
            return nil
        }

        /// Milliseconds of silence after which either end may give the connection up: the smaller of both ends'
        /// wishes; `nil` when there is none, or the peer has not spoken yet.
        package var idleTimeout: UInt64? {
            guard let peer else { return nil }
            return [UInt64(clamping: self.settings.idleTimeout), peer.maximumIdleTimeout].filter { $0 > 0 }.min()
        }

        /// Asks for a sign of life; answers the ping's number.
        ///
        /// A ping that waits still is not sent when a newer one is asked for: its answer answers both.
        package mutating func ping() -> UInt64 {
            self.pingsBegun += 1
            if !self.hasEnded { self.control.ping = self.pingsBegun }
            return self.pingsBegun
        }

        /// Ends the connection: the error is the last thing that is sent. Ignored when it has ended.
        package mutating func close(_ error: ConnectionError) {
            guard !self.hasEnded else { return }
            self.end(saying: error)
        }

        // MARK: Inside

        mutating func end(saying error: ConnectionError?) {
            self.hasEnded = true
            self.control.end(with: error)
            self.written = RecordQueue()
            self.ready.removeAll()
            self.stalled.removeAll()
            self.records = RecordReader(largest: self.records.largest)
        }
    }
}
