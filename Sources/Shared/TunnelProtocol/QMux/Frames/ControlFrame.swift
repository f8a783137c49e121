import NIOCore

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
    /// The most bytes of a reason that are sent; the rest is cut off.
    static let longestReason = 512

    func write(to bytes: inout ByteBuffer) {
        switch self {
        case .transportParameters(let parameters):
            var block = ByteBuffer()
            parameters.write(to: &block)
            bytes.writeVariableLengthInteger(FrameType.transportParameters)
            bytes.writeVariableLengthInteger(UInt64(block.readableBytes))
            bytes.writeBuffer(&block)
        case .resetStream(let id, let code, let finalSize):
            Self.write(FrameType.resetStream, id, code, to: &bytes)
            bytes.writeVariableLengthInteger(finalSize)
        case .stopSending(let id, let code):
            Self.write(FrameType.stopSending, id, code, to: &bytes)
        case .maximumData(let maximum):
            Self.write(FrameType.maximumData, maximum, to: &bytes)
        case .maximumStreamData(let id, let maximum):
            Self.write(FrameType.maximumStreamData, id, maximum, to: &bytes)
        case .maximumStreams(let maximum):
            Self.write(FrameType.maximumStreamsBidirectional, maximum, to: &bytes)
        case .ping(let sequence):
            Self.write(FrameType.ping, sequence, to: &bytes)
        case .pingAnswer(let sequence):
            Self.write(FrameType.pingAnswer, sequence, to: &bytes)
        case .close(let error):
            if error.isApplication {
                Self.write(FrameType.closeByApplication, error.code, to: &bytes)
            } else {
                Self.write(FrameType.closeByTransport, error.code, error.frameType ?? 0, to: &bytes)
            }
            let reason = Self.cut(error.reason)
            bytes.writeVariableLengthInteger(UInt64(reason.utf8.count))
            bytes.writeSubstring(reason)
        }
    }

    /// As many whole characters of a reason as are sent.
    private static func cut(_ reason: String) -> Substring {
        guard reason.utf8.count > Self.longestReason else { return reason[...] }
        var count = 0
        return reason.prefix { character in
            count += character.utf8.count
            return count <= Self.longestReason
        }
    }

    private static func write(_ type: UInt64, _ field: UInt64, to bytes: inout ByteBuffer) {
        bytes.writeVariableLengthInteger(type)
        bytes.writeVariableLengthInteger(field)
    }

    private static func write(_ type: UInt64, _ first: UInt64, _ second: UInt64, to bytes: inout ByteBuffer) {
        self.write(type, first, to: &bytes)
        bytes.writeVariableLengthInteger(second)
    }
}
