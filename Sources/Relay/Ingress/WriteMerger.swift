import NIOCore

/// Gathers small pieces of answers between two flushes into one buffer, which leaves in one write.
///
/// NIO's encoder makes three pieces of each chunk of a stream, and each would cost the socket an entry of its own. Large
/// pieces pass as they are.
final class WriteMerger: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private var gathered = ByteBuffer()

    /// Pieces up to this length, in bytes, are copied.
    private static let largestCopied = 4 * 1024
    /// Memory that is kept for the next time, in bytes; larger buffers go with what was in them.
    private static let largestKept = 16 * 1024

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Whoever wants to hear of a write gets one of its own, behind what came before.
        guard promise == nil, case .byteBuffer(let piece) = self.unwrapOutboundIn(data),
            piece.readableBytes <= Self.largestCopied
        else {
            self.pass(context)
            self.gathered = ByteBuffer()
            return context.write(data, promise: promise)
        }
        self.gathered.writeImmutableBuffer(piece)
    }

    func flush(context: ChannelHandlerContext) {
        self.pass(context)
        context.flush()
        // The socket has most often taken everything and let go: the memory serves again.
        if self.gathered.capacity <= Self.largestKept { self.gathered.clear() } else { self.gathered = ByteBuffer() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        self.pass(context)
        context.close(mode: mode, promise: promise)
    }

    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        self.flush(context: context)
        context.leavePipeline(removalToken: removalToken)
    }

    private func pass(_ context: ChannelHandlerContext) {
        guard self.gathered.readableBytes > 0 else { return }
        context.write(self.wrapOutboundOut(.byteBuffer(self.gathered)), promise: nil)
        self.gathered.moveReaderIndex(to: self.gathered.writerIndex)
    }
}
