import NIOCore

@testable import TunnelProtocol

/// One end of a connection as tests drive it: streams by their number, bytes as hexadecimal digits.
final class End {
    private var connection: QMux.Connection
    private var handles: [UInt64: QMux.StreamHandle] = [:]

    init(_ role: QMux.Connection.Role, _ settings: QMux.Settings = .init()) {
        self.connection = QMux.Connection(role: role, settings: settings)
    }

    /// An end whose own parameters are written and that has read those of a peer.
    static func greeted(
        _ role: QMux.Connection.Role,
        _ settings: QMux.Settings = .init(),
        by greeting: String = Wire.greeting
    ) -> End {
        let end = End(role, settings)
        _ = end.output()
        end.receive(Wire.record(greeting))
        _ = end.happenings()
        return end
    }

    var hasOutput: Bool { self.connection.hasOutput }
    var hasEnded: Bool { self.connection.hasEnded }
    var openStreams: Int { self.connection.openStreams }
    var idleTimeout: UInt64? { self.connection.idleTimeout }

    // MARK: Wire

    func receive(_ digits: String) { self.receive(Wire.bytes(digits)) }

    func receive(_ bytes: ByteBuffer) {
        var bytes = bytes
        self.connection.receive(&bytes)
        precondition(bytes.readableBytes == 0, "every byte is taken")
    }

    func output(atMost limit: Int = .max) -> ByteBuffer {
        var bytes = ByteBuffer()
        self.append(to: &bytes, atMost: limit)
        return bytes
    }

    func append(to bytes: inout ByteBuffer, atMost limit: Int = .max) {
        self.connection.writeOutput(into: &bytes, atMost: limit)
    }

    /// All output as digits.
    func digits() -> String { Wire.digits(self.output()) }

    // MARK: Events

    func nextHappening() -> Happening? {
        guard let event = self.connection.nextEvent() else { return nil }
        if case .streamOpened(let handle) = event { self.handles[handle.id.rawValue] = handle }
        return Happening(event)
    }

    func happenings() -> [Happening] {
        var all: [Happening] = []
        while let next = self.nextHappening() { all.append(next) }
        return all
    }

    // MARK: Streams

    @discardableResult
    func open() -> UInt64? {
        guard let handle = self.connection.openStream() else { return nil }
        self.handles[handle.id.rawValue] = handle
        return handle.id.rawValue
    }

    func send(_ text: String, on id: UInt64, isFinal: Bool = false) {
        self.send(ByteBuffer(string: text), on: id, isFinal: isFinal)
    }

    func send(_ bytes: ByteBuffer, on id: UInt64, isFinal: Bool = false) {
        self.connection.send(bytes, on: self.handle(id), isFinal: isFinal)
    }

    /// - Returns: whether the bytes were written at once.
    func write(_ bytes: ByteBuffer, on id: UInt64) -> Bool { self.connection.write(bytes, on: self.handle(id)) }

    func write(_ text: String, on id: UInt64) -> Bool { self.write(ByteBuffer(string: text), on: id) }

    func awaitRoom(on id: UInt64) { self.connection.awaitRoom(on: self.handle(id)) }
    func queued(on id: UInt64) -> Int { self.connection.queuedBytes(on: self.handle(id)) }
    func reset(_ id: UInt64, code: UInt64) { self.connection.reset(self.handle(id), code: code) }
    func stopSending(_ id: UInt64, code: UInt64) { self.connection.stopSending(self.handle(id), code: code) }
    func consume(_ count: Int, on id: UInt64) { self.connection.consumed(count, on: self.handle(id)) }
    func ping() -> UInt64 { self.connection.ping() }
    func close(_ error: QMux.ConnectionError) { self.connection.close(error) }

    private func handle(_ id: UInt64) -> QMux.StreamHandle {
        guard let handle = self.handles[id] else { preconditionFailure("stream \(id) was never seen") }
        return handle
    }
}
