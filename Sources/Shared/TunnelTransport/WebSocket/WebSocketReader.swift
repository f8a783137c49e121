import NIOCore

/// Takes a tunnel's bytes out of WebSocket frames (RFC 6455 §5), as a pure value.
///
/// The boundaries of messages and frames mean nothing: bytes are handed on as they come, also from the middle of a frame, so that
/// no length that a peer announces costs memory. Between two reads at most a header and a control frame wait here.
///
/// ```
/// header ──a data frame──▶ payload ──its last byte──▶ header
///   ├──────a control frame──────────────────────────▶ header
///   └──────a close, or what must not come───────────▶ over
/// ```
struct WebSocketReader {
    /// What has come.
    enum Event: Equatable {
        /// Bytes of the tunnel.
        case bytes(ByteBuffer)
        /// To be answered with the same bytes.
        case ping(ByteBuffer)
        /// The peer closes, with its code if it gave one.
        case close(UInt16?)
        /// The peer broke the protocol; nothing of it is read any more.
        case fault(WebSocketFault)
    }

    private enum State {
        case header
        case payload(remaining: UInt64, mask: WebSocketMask?)
        case over
    }

    private let expectsMask: Bool
    private var state = State.header
    private var unread = ByteBuffer()
    /// Whether a message has begun whose last frame has not come.
    private var isInsideMessage = false

    /// - Parameter expectsMask: whether the peer is the client, which masks everything, or the server, which masks nothing.
    init(expectsMask: Bool) {
        self.expectsMask = expectsMask
    }

    /// More bytes have come; ``next()`` is to be asked until it has nothing more.
    mutating func receive(_ bytes: ByteBuffer) {
        if self.unread.readableBytes == 0 {
            self.unread = bytes
        } else {
            self.unread.writeImmutableBuffer(bytes)
        }
    }

    /// What comes next in the bytes that are there.
    mutating func next() -> Event? {
        while true {
            switch self.state {
            case .over:
                return nil
            case .payload(let remaining, var mask):
                let count = Int(min(remaining, UInt64(self.unread.readableBytes)))
                guard count > 0, var bytes = self.unread.readSlice(length: count) else { return nil }
                // Changing a slice copies it and nothing else of what was read with it.
                mask?.apply(to: &bytes)
                let rest = remaining - UInt64(count)
                self.state = rest == 0 ? .header : .payload(remaining: rest, mask: mask)
                return .bytes(bytes)
            case .header:
                guard let header = WebSocketHeader(peekingAt: self.unread) else { return nil }
                // A control frame waits until it is whole.
                if header.isControl, self.unread.readableBytes < header.size { return nil }
                guard let event = self.begin(header) else { continue }
                switch event {
                case .fault, .close: self.end()
                case .bytes, .ping: break
                }
                return event
            }
        }
    }

    private mutating func end() {
        self.state = .over
        self.unread = ByteBuffer()
    }

    /// Takes a header, and the whole frame if it is a control frame; `nil` when there is nothing to tell.
    private mutating func begin(_ header: WebSocketHeader) -> Event? {
        guard header.reserved == 0 else { return .fault(.protocolError("no extension was agreed on")) }
        guard (header.key != nil) == self.expectsMask else {
            let words = self.expectsMask ? "a client must mask its frames" : "a server must not mask its frames"
            return .fault(.protocolError(words))
        }
        if header.isControl { return self.control(header) }
        switch header.opcode {
        case .binary:
            guard !self.isInsideMessage else {
                return .fault(.protocolError("a message began inside another one"))
            }
        case .continuation:
            guard self.isInsideMessage else {
                return .fault(.protocolError("there is no message to go on with"))
            }
        case .text:
            return .fault(WebSocketFault(code: 1003, description: "a tunnel takes binary messages only"))
        default:
            return .fault(.protocolError("the frame's kind is not known"))
        }
        self.isInsideMessage = !header.isLast
        self.unread.moveReaderIndex(forwardBy: header.headerSize)
        if header.length > 0 {
            self.state = .payload(remaining: header.length, mask: header.key.map { WebSocketMask(key: $0) })
        }
        return nil
    }

    private mutating func control(_ header: WebSocketHeader) -> Event? {
        guard header.isLast, header.length <= 125 else {
            return .fault(.protocolError("a control frame is whole and has at most 125 bytes"))
        }
        guard [.close, .ping, .pong].contains(header.opcode) else {
            return .fault(.protocolError("the frame's kind is not known"))
        }
        self.unread.moveReaderIndex(forwardBy: header.headerSize)
        var payload = self.unread.readSlice(length: Int(header.length)) ?? ByteBuffer()
        if let key = header.key {
            var mask = WebSocketMask(key: key)
            mask.apply(to: &payload)
        }
        switch header.opcode {
        case .ping: return .ping(payload)
        case .close: return Self.close(payload)
        default: return nil
        }
    }

    /// Codes that must not be sent are an error (RFC 6455 §7.4).
    private static func close(_ payload: ByteBuffer) -> Event {
        guard payload.readableBytes > 0 else { return .close(nil) }
        guard let code = payload.getInteger(at: payload.readerIndex, as: UInt16.self) else {
            return .fault(.protocolError("the reason for closing has half a code"))
        }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: return .close(code)
        default: return .fault(.protocolError("\(code) is no code that may be sent"))
        }
    }
}

/// How a peer broke the WebSocket protocol, or ended it.
struct WebSocketFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the connection is closed with (RFC 6455 §7.4.1).
    var code: UInt16
    var description: String

    static func protocolError(_ description: String) -> WebSocketFault {
        WebSocketFault(code: 1002, description: description)
    }
}
