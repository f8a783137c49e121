package import NIOCore

/// A WebSocket client that says exactly what the test wants, frame by frame (RFC 6455).
package final class SocketCaller: Sendable {
    /// The kinds of frames, by their number.
    package enum Kind: UInt8, Sendable {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10
    }

    /// A frame that the server sent.
    package struct Frame: Sendable {
        package var kind: Kind?
        package var isMasked: Bool
        package var data: [UInt8]

        package var text: String { String(decoding: self.data, as: UTF8.self) }
        package var json: JSONValue { (try? JSONValue(self.data)) ?? .null }
        /// The code of a closing frame.
        package var code: Int? { self.data.count >= 2 ? Int(self.data[0]) << 8 | Int(self.data[1]) : nil }
    }

    package let wire: WireConnection
    private let rest = Rest()

    private init(wire: WireConnection) {
        self.wire = wire
    }

    /// Asks for a WebSocket, and gives it.
    /// - Throws: what the server said instead.
    package static func open(
        _ caller: HTTPCaller,
        _ target: String = "/v1/responses",
        receiveBuffer: Int? = nil
    ) async throws -> SocketCaller {
        let wire = try await caller.connect(receiveBuffer: receiveBuffer)
        let socket = SocketCaller(wire: wire)
        try await wire.send(caller.head("GET", target, headers: Self.headers))
        let head = try await withDeadline(60, "the WebSocket opens") { try await socket.head() }
        guard head.hasPrefix("HTTP/1.1 101 "), head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") else {
            throw ProgramFailure("no WebSocket but: \(head)")
        }
        return socket
    }

    /// The headers of the question, with the key that RFC 6455 §1.3 works out.
    package static let headers = [
        ("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]

    /// Sends one frame.
    package func send(_ kind: Kind, _ data: [UInt8], isLast: Bool = true, isMasked: Bool = true) async throws {
        try await self.wire.send(ByteBuffer(bytes: Self.bytes(kind.rawValue, data, isLast, isMasked)))
    }

    /// Sends one text message.
    package func say(_ text: String) async throws {
        try await self.send(.text, Array(text.utf8))
    }

    /// The next frame, pings, which are answered, and pongs left out; `nil` when the server has closed the connection.
    package func frame(within seconds: Double = 60) async throws -> Frame? {
        while let frame = try await self.anyFrame(within: seconds) {
            if frame.kind != .ping, frame.kind != .pong { return frame }
        }
        return nil
    }

    /// The next frame, whatever it is; `nil` when the server has closed the connection.
    package func anyFrame(within seconds: Double = 60) async throws -> Frame? {
        let frame = try await withDeadline(seconds, "a frame comes") { try await self.nextFrame() }
        if let frame, frame.kind == .ping { try await self.send(.pong, frame.data) }
        return frame
    }

    /// The messages until one of this type came, which is the last of them.
    package func messages(until type: String) async throws -> [JSONValue] {
        var messages: [JSONValue] = []
        while messages.last?["type"].string != type {
            guard let frame = try await self.frame(), frame.kind == .text else {
                throw ProgramFailure("no \(type) came behind \(messages.map { $0["type"].string ?? "" })")
            }
            messages.append(frame.json)
        }
        return messages
    }

    private func head() async throws -> String {
        while true {
            if let head = await self.rest.head() { return head }
            guard let bytes = try await self.wire.received.next() else { return await self.rest.all() }
            await self.rest.add(bytes)
        }
    }

    private func nextFrame() async throws -> Frame? {
        while true {
            if let frame = await self.rest.frame() { return frame }
            guard let bytes = try await self.wire.received.next() else { return nil }
            await self.rest.add(bytes)
        }
    }

    /// The frame of one text message, for those that send several at once.
    package static func message(_ text: String) -> ByteBuffer {
        ByteBuffer(bytes: Self.bytes(Kind.text.rawValue, Array(text.utf8), true, true))
    }

    private static func bytes(_ kind: UInt8, _ data: [UInt8], _ isLast: Bool, _ isMasked: Bool) -> [UInt8] {
        var bytes = [kind | (isLast ? 0x80 : 0)]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch data.count {
        case ..<126: bytes.append(mask | UInt8(data.count))
        case ..<65_536: bytes += [mask | 126, UInt8(data.count >> 8), UInt8(data.count & 0xFF)]
        default: bytes += [mask | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: data.count >> ($0 * 8)) }
        }
        guard isMasked else { return bytes + data }
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        return bytes + key + data.enumerated().map { $1 ^ key[$0 % 4] }
    }
}

/// What has come and was not taken yet.
private actor Rest {
    private var bytes = ByteBuffer()

    func add(_ bytes: ByteBuffer) { self.bytes.writeImmutableBuffer(bytes) }

    func all() -> String { String(buffer: self.bytes) }

    func head() -> String? {
        let text = String(buffer: self.bytes)
        guard let end = text.utf8.firstRange(of: "\r\n\r\n".utf8) else { return nil }
        let length = text.utf8.distance(from: text.utf8.startIndex, to: end.upperBound)
        return self.bytes.readString(length: length)
    }

    func frame() -> SocketCaller.Frame? {
        var rest = self.bytes
        guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
            return nil
        }
        var length = Int(second & 0x7F)
        if length == 126 {
            guard let long = rest.readInteger(as: UInt16.self) else { return nil }
            length = Int(long)
        } else if length == 127 {
            guard let long = rest.readInteger(as: UInt64.self) else { return nil }
            length = Int(long)
        }
        guard let data = rest.readBytes(length: length) else { return nil }
        self.bytes = rest
        return SocketCaller.Frame(kind: .init(rawValue: first & 0x0F), isMasked: second & 0x80 != 0, data: data)
    }
}
