import NIOCore

/// The types of QMux' frames.
enum FrameType {
    static let padding: UInt64 = 0x00
    static let resetStream: UInt64 = 0x04
    static let stopSending: UInt64 = 0x05
    /// Up to 0x0f; the bits are ``offsetBit``, ``lengthBit`` and ``finalBit``.
    static let stream: UInt64 = 0x08
    static let maximumData: UInt64 = 0x10
    static let maximumStreamData: UInt64 = 0x11
    static let maximumStreamsBidirectional: UInt64 = 0x12
    static let maximumStreamsUnidirectional: UInt64 = 0x13
    static let dataBlocked: UInt64 = 0x14
    static let streamDataBlocked: UInt64 = 0x15
    static let streamsBlockedBidirectional: UInt64 = 0x16
    static let streamsBlockedUnidirectional: UInt64 = 0x17
    static let closeByTransport: UInt64 = 0x1C
    static let closeByApplication: UInt64 = 0x1D
    static let transportParameters: UInt64 = 0x3F51_5330_0D0A_0D0A
    static let ping: UInt64 = 0x348C_6752_9EF8_C7BD
    static let pingAnswer: UInt64 = 0x348C_6752_9EF8_C7BE

    static let offsetBit: UInt64 = 0x04
    static let lengthBit: UInt64 = 0x02
    static let finalBit: UInt64 = 0x01
}

/// Every frame but STREAM, ready to be written; none is longer than ``longest``.
enum ControlFrame: Equatable {
    case transportParameters(TransportParameters)
    case resetStream(id: UInt64, code: UInt64, finalSize: UInt64)
    case stopSending(id: UInt64, code: UInt64)
    case maximumData(UInt64)
    case maximumStreamData(id: UInt64, UInt64)
    case maximumStreams(UInt64)
    case ping(UInt64)
    case pingAnswer(UInt64)
    case close(QMux.ConnectionError)

    /// An upper bound of a frame's length in bytes.
    static let longest = 640
    private static let longestReason = 512

    func write(to bytes: inout ByteBuffer) {
        switch self {
        case .transportParameters(let parameters):
            var block = ByteBuffer()
            parameters.write(to: &block)
            Self.write([FrameType.transportParameters, UInt64(block.readableBytes)], to: &bytes)
            bytes.writeBuffer(&block)
        case .resetStream(let id, let code, let finalSize):
            Self.write([FrameType.resetStream, id, code, finalSize], to: &bytes)
        case .stopSending(let id, let code):
            Self.write([FrameType.stopSending, id, code], to: &bytes)
        case .maximumData(let maximum):
            Self.write([FrameType.maximumData, maximum], to: &bytes)
        case .maximumStreamData(let id, let maximum):
            Self.write([FrameType.maximumStreamData, id, maximum], to: &bytes)
        case .maximumStreams(let maximum):
            Self.write([FrameType.maximumStreamsBidirectional, maximum], to: &bytes)
        case .ping(let sequence):
            Self.write([FrameType.ping, sequence], to: &bytes)
        case .pingAnswer(let sequence):
            Self.write([FrameType.pingAnswer, sequence], to: &bytes)
        case .close(let error):
            let reason = Array(error.reason.utf8.prefix(Self.longestReason))
            if error.isApplication {
                Self.write([FrameType.closeByApplication, error.code], to: &bytes)
            } else {
                Self.write([FrameType.closeByTransport, error.code, error.frameType ?? 0], to: &bytes)
            }
            bytes.writeVariableLengthInteger(UInt64(reason.count))
            bytes.writeBytes(reason)
        }
    }

    private static func write(_ integers: [UInt64], to bytes: inout ByteBuffer) {
        for integer in integers { bytes.writeVariableLengthInteger(integer) }
    }
}
