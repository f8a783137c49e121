import NIOCore

@testable import TunnelProtocol

/// One end of a simulation: a machine, and a plain account of what its user did and was told.
final class SimulatedEnd {
    /// What became of a direction that this end sends on.
    struct Writing {
        var sent = 0
        var isFinished = false
        /// This end has reset it, or the peer has stopped it.
        var isAbandoned = false
        /// How often the writer was above its buffer, and how often it heard of room.
        var timesAbove = 0
        var timesWritable = 0
        var waitsForRoom = false
    }

    /// What became of a direction that this end receives on.
    struct Reading {
        var received = 0
        var consumed = 0
        var isStopped = false
        var isFinished = false
        var isReset = false
    }

    let role: QMux.Connection.Role
    let settings: QMux.Settings
    let end: End
    private(set) var writing: [UInt64: Writing] = [:]
    private(set) var reading: [UInt64: Reading] = [:]
    /// In the order of their opening, so that a seed brings the same run back.
    private(set) var open: [UInt64] = []
    private(set) var closed: Set<UInt64> = []
    private(set) var hasEnded = false
    /// Those that it opened itself and that are open still.
    var own: [UInt64] { self.open.filter { ($0 & 1 == 0) == (self.role == .connector) } }
    /// What must not be and was.
    private(set) var complaints: [String] = []

    init(_ role: QMux.Connection.Role, _ settings: QMux.Settings) {
        self.role = role
        self.settings = settings
        self.end = End(role, settings)
    }

    /// Bytes of a stream from an offset on: what they are follows from where they are.
    static func bytes(of id: UInt64, from role: QMux.Connection.Role, at offset: Int, count: Int) -> ByteBuffer {
        let start = (offset + Int(id % 10_000) * 7_919 + (role == .relay ? 131 : 0)) % Self.period
        return Self.pattern.getSlice(at: start, length: count) ?? ByteBuffer()
    }

    /// The same bytes again and again, so that a piece may begin anywhere in the first turn.
    private static let period = 65_521
    private static let pattern: ByteBuffer = {
        var numbers = Seed(value: 1).numbers
        let turn = ByteBuffer(bytes: (0..<SimulatedEnd.period).map { _ in UInt8(truncatingIfNeeded: numbers.next()) })
        var pattern = turn
        pattern.writeImmutableBuffer(turn)
        return pattern
    }()

    // MARK: What the user does

    func openStream() {
        guard let id = self.end.open() else { return }
        self.begin(id)
    }

    func send(_ count: Int, on id: UInt64, isFinal: Bool) {
        let bytes = Self.bytes(of: id, from: self.role, at: self.writing[id]?.sent ?? 0, count: count)
        // Both ways of sending, in turn.
        let isWritten = !isFinal && count.isMultiple(of: 2) && self.end.write(bytes, on: id)
        if !isWritten { self.end.send(bytes, on: id, isFinal: isFinal) }
        guard let state = self.writing[id], !state.isFinished, !state.isAbandoned, !self.end.hasEnded else { return }
        self.writing[id]?.sent += count
        self.writing[id]?.isFinished = isFinal
        guard self.end.queued(on: id) >= self.settings.streamBuffer else { return }
        self.writing[id]?.timesAbove += 1
        self.writing[id]?.waitsForRoom = true
    }

    func reset(_ id: UInt64) {
        self.end.reset(id, code: 1)
        self.writing[id]?.isAbandoned = true
    }

    func stopSending(_ id: UInt64) {
        self.end.stopSending(id, code: 1)
        self.reading[id]?.isStopped = true
    }

    func consume(_ share: Double, of id: UInt64) {
        guard let state = self.reading[id] else { return }
        let count = Int((Double(state.received - state.consumed) * share).rounded(.up))
        self.end.consume(count, on: id)
        self.reading[id]?.consumed += count
    }

    // MARK: What the user hears

    /// Takes so many events, and checks each.
    func take(_ limit: Int = .max) {
        var left = limit
        while left > 0, let happening = self.end.nextHappening() {
            left -= 1
            if self.hasEnded { self.complain("\(happening) after the end") }
            self.check(happening)
        }
    }

    private func check(_ happening: Happening) {
        switch happening {
        case .opened(let id):
            self.begin(id)
            let ofPeer = self.open.filter { ($0 & 1 == 0) != (self.role == .connector) }.count
            if ofPeer > self.settings.concurrentStreams { self.complain("\(ofPeer) streams are open") }
        case .data(let id, let bytes, let isFinal): self.take(bytes, of: id, isFinal: isFinal)
        case .reset(let id, _):
            self.checkReadable(id)
            self.reading[id]?.isReset = true
        case .stopSending(let id, _):
            if self.closed.contains(id) { self.complain("stream \(id) is stopped after its end") }
            self.writing[id]?.isAbandoned = true
        case .writable(let id):
            self.writing[id]?.timesWritable += 1
            self.writing[id]?.waitsForRoom = false
            if let state = self.writing[id], state.timesWritable > state.timesAbove {
                self.complain("stream \(id) has room, and had")
            }
        case .closed(let id):
            self.open.removeAll { $0 == id }
            if !self.closed.insert(id).inserted { self.complain("stream \(id) is closed twice") }
        case .ended: self.hasEnded = true
        case .ready, .streamsAvailable, .answeredPing: break
        }
    }

    private func take(_ bytes: ByteBuffer, of id: UInt64, isFinal: Bool) {
        self.checkReadable(id)
        guard let state = self.reading[id] else { return }
        let peer: QMux.Connection.Role = self.role == .relay ? .connector : .relay
        if bytes != Self.bytes(of: id, from: peer, at: state.received, count: bytes.readableBytes) {
            self.complain("stream \(id) is garbled at \(state.received)")
        }
        if bytes.readableBytes == 0, !isFinal { self.complain("stream \(id) says nothing") }
        self.reading[id]?.received += bytes.readableBytes
        self.reading[id]?.isFinished = isFinal
        if state.received + bytes.readableBytes - state.consumed > self.settings.streamWindow {
            self.complain("stream \(id) is above its window")
        }
    }

    private func checkReadable(_ id: UInt64) {
        guard let state = self.reading[id], !self.closed.contains(id) else {
            self.complain("stream \(id) is not open")
            return
        }
        if state.isStopped || state.isFinished || state.isReset { self.complain("stream \(id) goes on: \(state)") }
    }

    private func begin(_ id: UInt64) {
        if self.writing[id] != nil { self.complain("stream \(id) is opened twice") }
        self.writing[id] = Writing()
        self.reading[id] = Reading()
        self.open.append(id)
    }

    func complain(_ text: String) {
        self.complaints.append("\(self.role): \(text)")
    }
}
