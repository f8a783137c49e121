/// The types of QMux' frames (RFC 9000 §19, and the three that QMux adds).
enum FrameType {
    static let padding: UInt64 = 0x00
    static let resetStream: UInt64 = 0x04
    static let stopSending: UInt64 = 0x05
    /// Up to ``lastStream``; the bits are ``offsetBit``, ``lengthBit`` and ``finalBit``.
    static let stream: UInt64 = 0x08
    static let lastStream: UInt64 = 0x0F
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
    /// Reads «ÿQMX␍␊␍␊» on the wire.
    static let transportParameters: UInt64 = 0x3F51_5330_0D0A_0D0A
    static let ping: UInt64 = 0x348C_6752_9EF8_C7BD
    static let pingAnswer: UInt64 = 0x348C_6752_9EF8_C7BE

    static let offsetBit: UInt64 = 0x04
    static let lengthBit: UInt64 = 0x02
    static let finalBit: UInt64 = 0x01
}
