import NIOCore
import TunnelProtocol

/// One end of the pair: its connection, what is on the way from it, and what it knows of every stream.
struct End: ~Copyable {
    /// What happened on a stream, as this end saw it.
    struct Story {
        var handle: QMux.StreamHandle
        var sent = 0
        var hasSentEnd = false
        var hasReset = false
        var received = 0
        var unread = 0
        var hasEnd = false
        var hasStopped = false
        var waitsForRoom = false
        var isClosed = false
    }

    private var connection: QMux.Connection
    private let buffer: Int
    private var wire = ByteBuffer()
    private(set) var story: [UInt64: Story] = [:]
    private var pings: (sent: UInt64, answered: UInt64) = (0, 0)

    init(_ role: QMux.Connection.Role, _ settings: QMux.Settings) {
        self.connection = QMux.Connection(role: role, settings: settings)
        self.buffer = settings.streamBuffer
    }

    /// Whether every stream is over and nothing is under way.
    var isQuiet: Bool {
        self.wire.readableBytes == 0 && !self.connection.hasOutput && self.story.values.allSatisfy(\.isClosed)
            && self.pings.sent == self.pings.answered
    }

    mutating func perform(_ step: UInt8, _ argument: Int, _ other: inout End) throws {
        let ids = self.story.keys.sorted()
        let chosen = ids.isEmpty ? nil : self.story[ids[Int(step >> 3) % ids.count]]
        switch (step & 7, chosen) {
        case (0, _): self.openStream()
        case (1, let chosen?): self.send(chosen, argument, isFinal: argument & 7 == 7)
        case (2, let chosen?): self.read(chosen.handle, min(argument, chosen.unread))
        case (3, let chosen?):
            self.story[chosen.handle.id.rawValue]?.hasReset = true
            self.connection.reset(chosen.handle, code: 1)
        case (4, let chosen?):
            self.story[chosen.handle.id.rawValue]?.hasStopped = true
            self.connection.stopSending(chosen.handle, code: 1)
        case (5, _): self.transmit(atMost: 1 + argument)
        case (6, _): try self.deliver(argument, to: &other)
        case (7, _): self.pings.sent = self.connection.ping()
        default: break
        }
        try self.takeEvents()
    }

    /// Ends and reads everything, and lets the other end hear of it.
    mutating func settle(_ other: inout End) throws {
        let open = self.story.values.filter { !$0.isClosed }
        for chosen in open.sorted(by: { $0.handle.id.rawValue < $1.handle.id.rawValue }) {
            if !chosen.hasSentEnd { self.send(chosen, 0, isFinal: true) }
            self.read(chosen.handle, chosen.unread)
        }
        self.transmit(atMost: 1 << 16)
        try self.takeEvents()
        try self.deliver(self.wire.readableBytes, to: &other)
    }

    /// What the other end sent must be what this one received, unless one of them broke it off.
    func compare(with other: borrowing End) throws {
        for (id, own) in self.story {
            guard let theirs = other.story[id] else { throw BrokenPromise("stream \(id) never arrived") }
            guard !own.hasStopped, !theirs.hasReset else { continue }
            try promise(own.received == theirs.sent && own.hasEnd, "bytes were lost: \(own) of \(theirs)")
            try promise(!own.waitsForRoom || own.hasReset || theirs.hasStopped, "nobody told of room: \(own)")
        }
    }

    private mutating func openStream() {
        guard let handle = self.connection.openStream() else { return }
        self.story[handle.id.rawValue] = Story(handle: handle)
    }

    private mutating func send(_ chosen: Story, _ count: Int, isFinal: Bool) {
        guard !chosen.hasSentEnd, !chosen.hasReset else { return }
        let id = chosen.handle.id.rawValue
        let bytes = (0..<count).map { Self.byte(id, chosen.sent + $0) }
        let piece = ByteBuffer(bytes: bytes)
        if isFinal || count.isMultiple(of: 2) || !self.connection.write(piece, on: chosen.handle) {
            self.connection.send(piece, on: chosen.handle, isFinal: isFinal)
        }
        self.story[id]?.sent += count
        self.story[id]?.hasSentEnd = isFinal
        if self.connection.queuedBytes(on: chosen.handle) >= self.buffer { self.story[id]?.waitsForRoom = true }
    }

    private mutating func read(_ handle: QMux.StreamHandle, _ count: Int) {
        self.connection.consumed(count, on: handle)
        self.story[handle.id.rawValue]?.unread -= count
    }

    private mutating func transmit(atMost limit: Int) {
        self.connection.writeOutput(into: &self.wire, atMost: limit)
    }

    private mutating func deliver(_ count: Int, to other: inout End) throws {
        guard var piece = self.wire.readSlice(length: min(count, self.wire.readableBytes)) else { return }
        self.wire.discardReadBytes()
        other.connection.receive(&piece)
        try other.takeEvents()
    }

    private mutating func takeEvents() throws {
        while let event = self.connection.nextEvent() {
            switch event {
            case .streamOpened(let handle):
                try promise(self.story[handle.id.rawValue] == nil, "stream \(handle.id.rawValue) is opened twice")
                self.story[handle.id.rawValue] = Story(handle: handle)
            case .data(let handle, let bytes, let isFinal): try self.take(bytes, isFinal, handle.id.rawValue)
            case .writable(let handle):
                try promise(self.story[handle.id.rawValue]?.waitsForRoom == true, "room that nobody waits for")
                self.story[handle.id.rawValue]?.waitsForRoom = false
            case .stopSending(let handle, code: _): self.story[handle.id.rawValue]?.hasReset = true
            case .closed(let handle):
                try promise(self.story[handle.id.rawValue]?.isClosed == false, "a stream is over twice")
                self.story[handle.id.rawValue]?.isClosed = true
            case .answeredPing(let sequence): self.pings.answered = sequence
            case .ended(let error): throw BrokenPromise("an honest end gave up: \(error)")
            case .ready, .streamsAvailable, .reset: break
            }
        }
    }

    private mutating func take(_ bytes: ByteBuffer, _ isFinal: Bool, _ id: UInt64) throws {
        guard var own = self.story[id] else { throw BrokenPromise("bytes on stream \(id), which is unknown") }
        try promise(!own.isClosed && !own.hasEnd && !own.hasStopped, "bytes on stream \(id), which is over")
        for byte in bytes.readableBytesView {
            try promise(byte == Self.byte(id, own.received), "stream \(id) differs at \(own.received)")
            own.received += 1
        }
        own.unread += bytes.readableBytes
        own.hasEnd = isFinal
        self.story[id] = own
    }

    private static func byte(_ id: UInt64, _ offset: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: id &* 31 &+ UInt64(offset) &* 7 &+ UInt64(offset) >> 8)
    }
}
