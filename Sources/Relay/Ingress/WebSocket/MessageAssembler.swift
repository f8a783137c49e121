import NIOCore
import NIOWebSocket

/// Puts a client's frames together to messages and judges them (RFC 6455 §5), as a pure value.
struct MessageAssembler {
    /// What a frame comes to.
    enum Outcome: Equatable {
        /// More is to come, or nothing is to be done.
        case nothing
        case message(ByteBuffer)
        /// To be answered with the same bytes.
        case ping(ByteBuffer)
        /// The client closes; the code is to be repeated to it.
        case close(WebSocketErrorCode)
        /// The client broke the protocol: the connection is to be closed for this reason.
        case fault(WebSocketErrorCode, String)
    }

    /// The largest message, in bytes.
    let limit: Int
    private var partial: ByteBuffer?

    init(limit: Int) {
        self.limit = limit
    }

    mutating func take(_ frame: WebSocketFrame) -> Outcome {
        guard frame.maskKey != nil else { return .fault(.protocolError, "a client must mask its frames") }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return .fault(.protocolError, "no extension was agreed on")
        }
        let bytes = frame.unmaskedData
        switch frame.opcode {
        case .text:
            guard self.partial == nil else { return .fault(.protocolError, "a message began inside another one") }
            self.partial = ByteBuffer()
            return self.append(bytes, isLast: frame.fin)
        case .continuation:
            guard self.partial != nil else { return .fault(.protocolError, "there is no message to go on with") }
            return self.append(bytes, isLast: frame.fin)
        case .binary: return .fault(.unacceptableData, "only text messages are understood")
        case .ping: return .ping(bytes)
        case .pong: return .nothing
        case .connectionClose: return Self.close(bytes)
        default: return .fault(.protocolError, "the frame's kind is not known")
        }
    }

    private mutating func append(_ bytes: ByteBuffer, isLast: Bool) -> Outcome {
        guard var whole = self.partial.take() else { return .nothing }
        guard whole.readableBytes + bytes.readableBytes <= self.limit else {
            return .fault(.messageTooLarge, "a message may have \(self.limit) bytes")
        }
        if whole.readableBytes == 0 { whole = bytes } else { whole.writeImmutableBuffer(bytes) }
        guard isLast else {
            self.partial = whole
            return .nothing
        }
        guard String(validating: whole.readableBytesView, as: UTF8.self) != nil else {
            return .fault(.dataInconsistentWithMessage, "the text is not UTF-8")
        }
        return .message(whole)
    }

    /// A frame without a code is answered with 1000; codes that must not be sent are an error (RFC 6455 §7.4).
    private static func close(_ bytes: ByteBuffer) -> Outcome {
        guard bytes.readableBytes > 0 else { return .close(.normalClosure) }
        guard let code = bytes.getInteger(at: bytes.readerIndex, as: UInt16.self) else {
            return .fault(.protocolError, "the reason for closing has half a code")
        }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: return .close(WebSocketErrorCode(codeNumber: Int(code)))
        default: return .fault(.protocolError, "\(code) is no code that may be sent")
        }
    }
}
