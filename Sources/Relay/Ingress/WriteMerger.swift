import NIOCore

/// Gathers small pieces of answers between two flushes into one buffer, which leaves in one write.
///
/// NIO's encoder makes three pieces of each chunk of a stream, which cost a third of all that the relay does for it; so whoever
/// writes a stream hands its chunks over here, behind the head that the encoder has written. Large pieces pass as they are.
final class WriteMerger: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private var gathered = ByteBuffer()
    private var context: ChannelHandlerContext?

    /// Pieces up to this length, in bytes, are copied.
    private static let largestCopied = 4 * 1024
    /// Memory that is kept for the next time, in bytes; larger buffers go with what was in them.
    private static let largestKept = 16 * 1024

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    /// Writes a chunk of a body that is sent in chunks (RFC 9112 §7.1). Nothing is written for an empty one, which would end
    /// the body.
    func write(chunk: ByteBuffer) {
        guard let context, chunk.readableBytes > 0 else { return }
        self.gathered.writeHexadecimal(chunk.readableBytes)
        self.gathered.writeStaticString("\r\n")
        self.gather(chunk, context)
        self.gathered.writeStaticString("\r\n")
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Whoever wants to hear of a write gets one of its own, behind what came before.
        guard promise == nil, case .byteBuffer(let piece) = self.unwrapOutboundIn(data) else {
            self.pass(context)
            self.gathered = ByteBuffer()
            return context.write(data, promise: promise)
        }
        self.gather(piece, context)
    }

    private func gather(_ piece: ByteBuffer, _ context: ChannelHandlerContext) {
        if piece.readableBytes <= Self.largestCopied {
            self.gathered.writeImmutableBuffer(piece)
        } else {
            self.pass(context)
            self.gathered = ByteBuffer()
            context.write(self.wrapOutboundOut(.byteBuffer(piece)), promise: nil)
        }
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

extension ByteBuffer {
    /// Writes a number above zero in hexadecimal digits, without leading zeros.
    fileprivate mutating func writeHexadecimal(_ number: Int) {
        var shift = (Int.bitWidth - 1 - number.leadingZeroBitCount) & ~3
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: number >> shift) & 0x0F
            self.writeInteger(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            shift -= 4
        }
    }
}
