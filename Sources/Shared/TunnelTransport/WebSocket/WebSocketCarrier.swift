package import NIOCore

/// Carries a tunnel's bytes in binary messages of a WebSocket (RFC 6455), for ways on which nothing else is upgraded to.
///
/// Stands between the connection and the ``TunnelHandler``. Each write becomes one message: header and payload are put together in one
/// buffer, because the TLS library makes a record of each write, and copying costs less than a record. Pings are answered once for
/// each read, and only while the socket takes more: a peer that pings and does not read costs nothing.
package final class WebSocketCarrier: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private let makeKey: (() -> UInt32)?
    private var reader: WebSocketReader
    private var frame = ByteBuffer()
    private var owedPong: ByteBuffer?
    private var hasSaidClose = false

    /// - Parameters:
    ///   - isClient: whether this end is the connector, which opened the WebSocket.
    ///   - makeKey: makes the masking keys, which nobody must foresee (RFC 6455 §10.3).
    package init(
        isClient: Bool,
        makeKey: @escaping () -> UInt32 = { UInt32.random(in: .min ... .max) }
    ) {
        self.makeKey = isClient ? makeKey : nil
        self.reader = WebSocketReader(expectsMask: !isClient)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.reader.receive(self.unwrapInboundIn(data))
        while let event = self.reader.next() {
            switch event {
            case .bytes(let bytes):
                context.fireChannelRead(self.wrapInboundOut(bytes))
            case .ping(let payload):
                self.owedPong = payload
            case .close(let code):
                self.sayClose(code, context)
                let words = code.map { "the WebSocket was closed (\($0))" } ?? "the WebSocket was closed"
                context.fireErrorCaught(WebSocketFault(code: code ?? 1005, description: words))
                context.close(promise: nil)
            case .fault(let fault):
                self.sayClose(fault.code, context)
                context.fireErrorCaught(fault)
                context.close(promise: nil)
            }
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        self.answerPing(context)
        context.fireChannelReadComplete()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.answerPing(context)
        context.fireChannelWritabilityChanged()
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.hasSaidClose else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        self.write(.binary, self.unwrapOutboundIn(data), context, promise)
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .all { self.sayClose(1000, context) }
        context.close(mode: mode, promise: promise)
    }

    private func answerPing(_ context: ChannelHandlerContext) {
        guard let payload = self.owedPong, context.channel.isWritable, !self.hasSaidClose else { return }
        self.owedPong = nil
        self.write(.pong, payload, context, nil)
        context.flush()
    }

    private func sayClose(_ code: UInt16?, _ context: ChannelHandlerContext) {
        guard !self.hasSaidClose else { return }
        self.hasSaidClose = true
        guard context.channel.isActive else { return }
        var payload = ByteBuffer()
        if let code { payload.writeInteger(code) }
        self.write(.close, payload, context, nil)
        context.flush()
    }

    private func write(
        _ opcode: WebSocketHeader.Opcode,
        _ payload: ByteBuffer,
        _ context: ChannelHandlerContext,
        _ promise: EventLoopPromise<Void>?
    ) {
        self.frame.clear(minimumCapacity: payload.readableBytes + 14)
        WebSocketHeader.write(opcode, payload, key: self.makeKey?(), into: &self.frame)
        context.write(self.wrapOutboundOut(self.frame), promise: promise)
    }
}
