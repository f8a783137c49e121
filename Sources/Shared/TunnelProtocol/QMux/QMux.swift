/// QMux version 1, the IETF QUIC working group's QUIC streams over TLS (draft-ietf-quic-qmux).
package enum QMux {}

extension QMux {
    /// The number of a stream: its low bit says who opened it, the next one whether it has one direction only.
    package struct StreamID: Hashable, Sendable {
        package var rawValue: UInt64

        package init(rawValue: UInt64) {
            self.rawValue = rawValue
        }

        /// Whether the connector, QUIC's client, opened it (RFC 9000 §2.1).
        package var isOpenedByConnector: Bool { self.rawValue & 1 == 0 }
        package var isBidirectional: Bool { self.rawValue & 2 == 0 }
        /// How many of its kind were opened before it.
        var index: UInt64 { self.rawValue >> 2 }
    }

    /// A stream as its users hold it.
    package struct StreamHandle: Hashable, Sendable {
        package var id: StreamID
        /// A small number that is the stream's own until ``Connection/Event/closed(_:)`` was delivered; then another
        /// stream may get it.
        package var slot: Int
    }

    /// Transport error codes (RFC 9000 §20.1, as QMux uses them).
    package enum ErrorCode: UInt64, Sendable {
        case noError = 0x00
        case internalError = 0x01
        case connectionRefused = 0x02
        case flowControlError = 0x03
        case streamLimitError = 0x04
        case streamStateError = 0x05
        case finalSizeError = 0x06
        case frameEncodingError = 0x07
        case transportParameterError = 0x08
        case protocolViolation = 0x0A
        case applicationError = 0x0C
    }

    /// Why a connection ended: what CONNECTION_CLOSE says.
    package struct ConnectionError: Error, Hashable, Sendable {
        /// Whether the code is an ``ApplicationErrorCode`` and not an ``ErrorCode``.
        package var isApplication: Bool
        package var code: UInt64
        /// The type of the frame that broke a rule, if one did.
        package var frameType: UInt64?
        package var reason: String

        package init(isApplication: Bool, code: UInt64, frameType: UInt64? = nil, reason: String) {
            self.isApplication = isApplication
            self.code = code
            self.frameType = frameType
            self.reason = reason
        }
    }
}
