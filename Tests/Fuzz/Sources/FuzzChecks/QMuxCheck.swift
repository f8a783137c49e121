import NIOCore
import TunnelProtocol

/// One end of a connection against a peer that says anything: it never traps, tells no more than came, says nothing after
/// the end, and what it sends is right for a peer that kept every rule.
///
/// The input: one byte for the role (bit 0), small limits (bit 1) and whether the peer's parameters come first (bit 2); then
/// steps, the low three bits of a byte each, followed by their arguments.
package enum QMuxCheck: Check {
    package static func run(_ input: [UInt8]) throws {
        var script = Script(input)
        guard let first = script.byte() else { return }
        var subject = Subject(role: first & 1 == 0 ? .relay : .connector, isTight: first & 2 != 0)
        try subject.drain()
        if first & 4 != 0 { try subject.receive(Self.greeting) }
        while let step = script.byte() { try subject.perform(step, &script) }
        try subject.finish()
    }

    /// A record with the parameters of a peer that allows much.
    private static let greeting: [UInt8] = {
        var peer = QMux.Connection(role: .connector, settings: QMux.Settings())
        var bytes = ByteBuffer()
        peer.writeOutput(into: &bytes, atMost: 1 << 16)
        return Array(bytes.readableBytesView)
    }()
}

/// The end under test, and its honest mirror.
private struct Subject: ~Copyable {
    private var connection: QMux.Connection
    private var mirror: Mirror
    private let concurrent: Int
    private var handles: [QMux.StreamHandle] = []
    private var open: Set<UInt64> = []
    private var error: QMux.ConnectionError?
    private var bytesIn = 0
    private var steps = 0
    private var told = 0

    init(role: QMux.Connection.Role, isTight: Bool) {
        var settings = QMux.Settings()
        if isTight {
            (settings.streamWindow, settings.connectionWindow) = (96, 160)
            (settings.concurrentStreams, settings.streamBuffer) = (3, 64)
        }
        self.concurrent = settings.concurrentStreams
        self.connection = QMux.Connection(role: role, settings: settings)
        self.mirror = Mirror(of: role)
    }

    mutating func perform(_ step: UInt8, _ script: inout Script) throws {
        self.steps += 1
        let chosen = self.handles.isEmpty ? nil : self.handles[Int(step >> 3) % self.handles.count]
        switch step & 7 {
        case 0:
            try self.receive(script.bytes(Int(script.byte() ?? 0)))
        case 1:
            let frames = script.bytes(Int(script.byte() ?? 0))
            try self.receive([0x40, UInt8(frames.count)] + frames, cutAt: Int(step >> 3))
        case 2:
            if let handle = self.connection.openStream() { self.note(handle) }
        case 3:
            let count = script.byte() ?? 0
            guard let chosen else { break }
            let bytes = ByteBuffer(repeating: count, count: Int(count))
            self.connection.send(bytes, on: chosen, isFinal: count & 1 == 1)
        case 4:
            let count = script.byte() ?? 0
            if let chosen { self.connection.consumed(Int(count), on: chosen) }
        case 5:
            guard let chosen else { break }
            if self.steps & 1 == 0 {
                self.connection.reset(chosen, code: 1)
            } else {
                self.connection.stopSending(chosen, code: 1)
            }
        case 6:
            try self.drain()
        default:
            if step == 0xFF {
                self.connection.close(.init(isApplication: true, code: 0, reason: "enough"))
            } else {
                _ = self.connection.ping()
            }
        }
        try self.takeEvents()
    }

    mutating func receive(_ bytes: some Collection<UInt8>, cutAt cut: Int = 0) throws {
        self.bytesIn += bytes.count
        for piece in [ByteBuffer(bytes: bytes.prefix(cut)), ByteBuffer(bytes: bytes.dropFirst(cut))] {
            var piece = piece
            self.connection.receive(&piece)
            try promise(piece.readableBytes == 0, "bytes are left over")
        }
        try self.takeEvents()
    }

    /// Sends everything there is, to the mirror.
    mutating func drain() throws {
        var rounds = 0
        while self.connection.hasOutput {
            var bytes = ByteBuffer()
            self.connection.writeOutput(into: &bytes, atMost: 1 << 16)
            try promise(bytes.readableBytes > 0 || !self.connection.hasOutput, "there is output and none comes")
            rounds += 1
            try promise(rounds < 1_000, "the output has no end")
            try self.mirror.receive(&bytes)
        }
        try self.takeEvents()
    }

    mutating func finish() throws {
        try self.drain()
        guard let error = self.mirror.error else { return }
        try promise(self.connection.hasEnded, "a peer that kept every rule gave up: \(error)")
        guard let own = self.error else { return }
        try promise(own.code == error.code && own.isApplication == error.isApplication, "\(own) arrives as \(error)")
    }

    private mutating func note(_ handle: QMux.StreamHandle) {
        self.open.insert(handle.id.rawValue)
        self.handles.append(handle)
    }

    private mutating func takeEvents() throws {
        while let event = self.connection.nextEvent() {
            try promise(self.error == nil, "\(event) after the end")
            self.told += 1
            switch event {
            case .streamOpened(let handle):
                self.note(handle)
                try self.mirror.openStream(handle.id)
            case .data(let handle, _, isFinal: _), .reset(let handle, code: _), .stopSending(let handle, code: _),
                .writable(let handle):
                try promise(self.open.contains(handle.id.rawValue), "\(event) of a stream that is over")
            case .closed(let handle):
                try promise(self.open.remove(handle.id.rawValue) != nil, "a stream is over twice")
            case .ended(let error):
                self.error = error
            case .ready, .streamsAvailable, .answeredPing:
                break
            }
        }
        let most = 4 * (self.bytesIn + self.steps) + 2 * self.concurrent
        try promise(self.told <= most, "\(self.told) events of \(self.bytesIn) bytes")
    }
}

/// A peer that opens what the subject believes to have been opened, allows everything and reads along.
private struct Mirror: ~Copyable {
    private var connection: QMux.Connection
    private(set) var error: QMux.ConnectionError?
    /// An answer to a ping that only the fuzzer has sent tells nothing.
    private static let pingAnswer: UInt64 = 0x348C_6752_9EF8_C7BE

    init(of role: QMux.Connection.Role) {
        var settings = QMux.Settings()
        (settings.streamWindow, settings.connectionWindow) = (1 << 60, 1 << 60)
        settings.concurrentStreams = 1 << 60
        self.connection = QMux.Connection(role: role == .relay ? .connector : .relay, settings: settings)
    }

    mutating func openStream(_ id: QMux.StreamID) throws {
        guard self.error == nil, !self.connection.hasEnded else { return }
        let handle = self.connection.openStream()
        try promise(handle?.id == id, "stream \(id.rawValue) was opened, which was never allowed")
    }

    mutating func receive(_ bytes: inout ByteBuffer) throws {
        self.connection.receive(&bytes)
        while let event = self.connection.nextEvent() {
            if case .ended(let error) = event, error.frameType != Self.pingAnswer { self.error = error }
        }
        var own = ByteBuffer()
        self.connection.writeOutput(into: &own, atMost: 1 << 16)
    }
}
