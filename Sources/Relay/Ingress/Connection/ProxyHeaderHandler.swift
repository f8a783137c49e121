import Logging
import NIOCore
import Vocabulary

/// Takes the PROXY header off a trusted proxy's connection, before anything else is read, and leaves.
///
/// Who is trusted must send one: guessing would let a client behind the proxy write it.
final class ProxyHeaderHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let origin: Origin
    private let logger: Logger
    private let onHeader: () -> Void
    private var bytes = ByteBuffer()
    private var isOver = false

    /// - Parameter onHeader: called once, when it is known whom the proxy forwards.
    init(origin: Origin, logger: Logger, onHeader: @escaping () -> Void) {
        self.origin = origin
        self.logger = logger
        self.onHeader = onHeader
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isOver else { return context.fireChannelRead(data) }
        let more = self.unwrapInboundIn(data)
        if self.bytes.readableBytes == 0 { self.bytes = more } else { self.bytes.writeImmutableBuffer(more) }
        switch ProxyHeader.read(self.bytes.readableBytesView) {
        case .incomplete:
            break
        case .wrong(let words):
            self.isOver = true
            self.logger.debug(
                "connection closed: \(words)",
                metadata: ["from": "\(self.origin.peer.map(\.description) ?? "unknown")"]
            )
            context.close(promise: nil)
        case .whole(let source, let length):
            self.isOver = true
            if let source { self.origin.forwards(source) }
            self.onHeader()
            self.bytes.moveReaderIndex(forwardBy: length)
            if self.bytes.readableBytes > 0 { context.fireChannelRead(self.wrapInboundOut(self.bytes)) }
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }
}
