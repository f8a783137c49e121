import NIOCore

/// The beginning of a WebSocket frame (RFC 6455 §5.2).
struct WebSocketHeader: Equatable {
    /// The kinds of frames; the others are reserved.
    enum Opcode: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10
    }

    var isLast: Bool
    /// The three reserved bits.
    var reserved: UInt8
    /// `nil` for a kind that does not exist.
    var opcode: Opcode?
    /// Whether the kind's number is one of a control frame.
    var isControl: Bool
    /// Of the payload, in bytes.
    var length: UInt64
    /// The masking key, the first byte the highest; `nil` for a frame that is not masked.
    var key: UInt32?
    /// Of the header itself, in bytes: 2 to 14.
    var headerSize: Int

    /// Header and payload, in bytes; for control frames, which are short.
    var size: Int { self.headerSize + Int(min(self.length, 125)) }

    /// Reads a header and leaves the bytes where they are; `nil` while it is not whole.
    init?(peekingAt bytes: ByteBuffer) {
        var rest = bytes
        guard let first = rest.readInteger(as: UInt8.self), let second = rest.readInteger(as: UInt8.self) else {
            return nil
        }
        self.isLast = first & 0x80 != 0
        self.reserved = first >> 4 & 0x7
        self.opcode = Opcode(rawValue: first & 0xF)
        self.isControl = first & 0x8 != 0
        switch second & 0x7F {
        case 126:
            guard let length = rest.readInteger(as: UInt16.self) else { return nil }
            self.length = UInt64(length)
        case 127:
            guard let length = rest.readInteger(as: UInt64.self) else { return nil }
            self.length = length
        case let length:
            self.length = UInt64(length)
        }
        if second & 0x80 != 0 {
            guard let key = rest.readInteger(as: UInt32.self) else { return nil }
            self.key = key
        }
        self.headerSize = bytes.readableBytes - rest.readableBytes
    }

    /// Writes a whole frame.
    /// - Parameter key: masks the payload.
    static func write(_ opcode: Opcode, _ payload: ByteBuffer, key: UInt32?, into frame: inout ByteBuffer) {
        frame.writeInteger(0x80 | opcode.rawValue)
        let mask: UInt8 = key == nil ? 0 : 0x80
        switch payload.readableBytes {
        case ..<126:
            frame.writeInteger(mask | UInt8(payload.readableBytes))
        case ..<65_536:
            frame.writeInteger(mask | 126)
            frame.writeInteger(UInt16(payload.readableBytes))
        default:
            frame.writeInteger(mask | 127)
            frame.writeInteger(UInt64(payload.readableBytes))
        }
        guard let key else {
            frame.writeImmutableBuffer(payload)
            return
        }
        frame.writeInteger(key)
        let start = frame.writerIndex
        frame.writeImmutableBuffer(payload)
        var masking = WebSocketMask(key: key)
        masking.apply(to: &frame, from: start)
    }
}
