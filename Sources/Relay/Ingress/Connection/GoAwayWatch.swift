import NIOCore

/// Sees whether the HTTP/2 codec tells its peer that the connection is broken (RFC 9113 §5.4.1).
///
/// The codec reports errors of a stream and errors of the whole connection alike, and closes neither. What it writes tells them apart: a
/// GOAWAY with an error code, which it writes by itself and before it reports. Stands between the codec and the connection.
final class GoAwayWatch: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// Whether such a GOAWAY was written.
    private(set) var hasFailed = false

    /// Nine bytes of a frame's header, the last stream and the code.
    private static let length = 17

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // A piece of an answer that looks like one does no harm: what counts is that, and an error.
        if !self.hasFailed, case .byteBuffer(let bytes) = self.unwrapOutboundIn(data),
            bytes.readableBytes == Self.length
        {
            let start = bytes.readerIndex
            let isGoAway = bytes.getInteger(at: start, as: UInt32.self) == 0x0000_0807
            let code = bytes.getInteger(at: start + 13, as: UInt32.self)
            self.hasFailed = isGoAway && code != 0
        }
        context.write(data, promise: promise)
    }
}
