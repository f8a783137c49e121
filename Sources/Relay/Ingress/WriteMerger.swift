import NIOCore
import NIOHTTP1
import Sockets

/// Gathers what is written between two flushes into one buffer, which leaves in one write, past the channel if it can.
///
/// NIO's encoder boxes every part of an answer, and makes three pieces of each chunk of a stream, which cost a third of all that
/// the relay did for it; so whoever answers in HTTP/1.1 hands head, chunks and pieces over here. The encoder writes what belongs
/// to upgrades, and it comes here too. Large pieces pass as they are.
final class WriteMerger: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// A chunk behind which nothing has come yet: most often it leaves alone, and is not copied before.
    private var lone = ByteBuffer()
    private var gathered = ByteBuffer()
    /// Whether an answer is sent in chunks: the next one may be long in coming, and no memory is kept for it.
    private var isStream = false
    private var socket: PlainSocket?
    private var context: ChannelHandlerContext?
    private let loop: IngressLoop
    private let isPlain: Bool

    /// Pieces up to this length, in bytes, are copied.
    private static let largestCopied = 4 * 1024
    /// Memory that is kept for the next time, in bytes; larger buffers go with what was in them.
    private static let largestKept = 16 * 1024

    /// - Parameters:
    ///   - loop: of the connection's event loop.
    ///   - isPlain: whether there is nothing behind this handler but the socket, no TLS above all.
    init(loop: IngressLoop, isPlain: Bool) {
        self.loop = loop
        self.isPlain = isPlain
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if self.isPlain { self.socket = PlainSocket(context.channel) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.socket = nil
    }

    /// Writes a chunk of a body that is sent in chunks (RFC 9112 §7.1). Nothing is written for an empty one, which would end
    /// the body.
    func write(chunk: ByteBuffer) {
        guard chunk.readableBytes > 0 else { return }
        self.isStream = true
        if self.lone.readableBytes == 0, self.gathered.readableBytes == 0, chunk.readableBytes <= Self.largestCopied {
            self.lone = chunk
            return
        }
        guard let context else { return }
        self.gatherLone()
        self.gathered.writeChunkSize(chunk.readableBytes)
        self.gather(chunk, context)
        self.gathered.writeStaticString("\r\n")
    }

    /// Writes the chunk that ends such a body.
    func writeLastChunk() {
        self.gatherLone()
        self.gathered.writeStaticString("0\r\n\r\n")
    }

    /// Begins the head of an answer (RFC 9112 §4). Its headers say how its body is framed, if it has one.
    /// - Parameter isOld: whether the caller speaks HTTP/1.0.
    func beginHead(_ status: HTTPResponseStatus, isOld: Bool) {
        self.gatherLone()
        self.isStream = false
        self.gathered.writeStaticString(isOld ? "HTTP/1.0 " : "HTTP/1.1 ")
        if status == .ok {
            // Most are, and a text is made for no call that goes well.
            self.gathered.writeStaticString("200 OK\r\n")
        } else {
            self.gathered.writeString("\(status.code) \(status.reasonPhrase)\r\n")
        }
    }

    /// Writes a header of it: a name and a value without line ends.
    func writeHeader(_ name: String, _ value: String) {
        self.gathered.writeString(name)
        self.gathered.writeStaticString(": ")
        self.gathered.writeString(value)
        self.gathered.writeStaticString("\r\n")
    }

    func endHead() {
        self.gathered.writeStaticString("\r\n")
    }

    /// Writes a piece of a body that is sent as it is.
    func write(_ piece: ByteBuffer) {
        guard let context else { return }
        self.gatherLone()
        self.gather(piece, context)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        self.gatherLone()
        // Whoever wants to hear of a write gets one of its own, behind what came before.
        guard promise == nil, case .byteBuffer(let piece) = self.unwrapOutboundIn(data) else {
            return self.passApart(context, data, promise)
        }
        self.gather(piece, context)
    }

    /// Sends what was written, as a flush does that comes down the pipeline.
    func flush() {
        if self.lone.readableBytes > 0, self.sendLone() { return }
        if let context { self.flush(context: context) }
    }

    func flush(context: ChannelHandlerContext) {
        self.gatherLone()
        if !self.sendGathered() {
            self.pass(context)
            context.flush()
        }
        // The socket has most often taken everything and let go: the memory serves again.
        let keepsMemory = !self.isStream && self.gathered.capacity <= Self.largestKept
        if keepsMemory { self.gathered.clear() } else { self.gathered = ByteBuffer() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        self.gatherLone()
        self.pass(context)
        context.close(mode: mode, promise: promise)
    }

    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        self.flush(context: context)
        context.leavePipeline(removalToken: removalToken)
    }

    // MARK: Past the channel

    /// The socket, when bytes may go to it now.
    private func openSocket() -> PlainSocket? {
        self.socket?.isOpen() == true ? self.socket : nil
    }

    /// Sends the one chunk there is from memory of the event loop, which is warm: a stream keeps none of its own.
    /// - Returns: whether all of it is sent; else the rest is gathered.
    private func sendLone() -> Bool {
        guard let socket = self.openSocket() else { return false }
        self.loop.outgoing.clear()
        self.loop.outgoing.writeChunk(self.lone)
        self.lone = ByteBuffer()
        let sent = socket.send(self.loop.outgoing)
        self.gathered = ByteBuffer()
        guard sent < self.loop.outgoing.readableBytes else { return true }
        self.loop.outgoing.moveReaderIndex(forwardBy: sent)
        self.gathered.writeImmutableBuffer(self.loop.outgoing)
        return false
    }

    /// - Returns: whether all is sent, and nothing waits in the channel.
    private func sendGathered() -> Bool {
        guard let socket = self.openSocket() else { return false }
        if self.gathered.readableBytes > 0 { self.gathered.moveReaderIndex(forwardBy: socket.send(self.gathered)) }
        return self.gathered.readableBytes == 0
    }

    // MARK: Through the channel

    private func gatherLone() {
        guard self.lone.readableBytes > 0 else { return }
        self.gathered.writeChunk(self.lone)
        self.lone = ByteBuffer()
    }

    private func gather(_ piece: ByteBuffer, _ context: ChannelHandlerContext) {
        if piece.readableBytes <= Self.largestCopied {
            self.gathered.writeImmutableBuffer(piece)
        } else {
            self.passApart(context, self.wrapOutboundOut(.byteBuffer(piece)), nil)
        }
    }

    private func passApart(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        self.pass(context)
        self.gathered = ByteBuffer()
        self.socket?.useChannel()
        context.write(data, promise: promise)
    }

    private func pass(_ context: ChannelHandlerContext) {
        guard self.gathered.readableBytes > 0 else { return }
        self.socket?.useChannel()
        context.write(self.wrapOutboundOut(.byteBuffer(self.gathered)), promise: nil)
        self.gathered.moveReaderIndex(to: self.gathered.writerIndex)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeChunk(_ data: ByteBuffer) {
        self.writeChunkSize(data.readableBytes)
        self.writeImmutableBuffer(data)
        self.writeStaticString("\r\n")
    }

    /// Writes a number above zero in hexadecimal digits, without leading zeros, and a line's end.
    fileprivate mutating func writeChunkSize(_ size: Int) {
        self.writeWithOutputRawSpan(minimumWritableBytes: Int.bitWidth / 4 + 2) { line in
            var shift = (Int.bitWidth - 1 - size.leadingZeroBitCount) & ~3
            while shift >= 0 {
                let digit = UInt8(truncatingIfNeeded: size >> shift) & 0x0F
                line.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                shift -= 4
            }
            line.append(0x0D)
            line.append(0x0A)
        }
    }
}
