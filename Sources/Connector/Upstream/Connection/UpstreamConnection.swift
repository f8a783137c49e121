import NIOCore
import NIOHTTP1
import NIOSSL

/// One connection to a model server, as the last handler of its channel: it carries one call at a time.
///
/// The call that it carries is its receiver. An exchange that has come to its end in order gives the connection back to its
/// pool; any other end closes it.
final class UpstreamConnection: ChannelDuplexHandler, UpstreamExchange {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    /// Since when the connection waits for a call; set by its pool.
    var idleSince = NIODeadline.distantPast

    private var pool: UpstreamPool?
    private var context: ChannelHandlerContext?
    private var receiver: (any AnswerReceiver)?
    private var error: (any Error)?
    /// The handshake, while it is not over.
    private var handshake: NIOSSLClientHandler?
    private var handshakeIsOver: ((Result<Void, any Error>) -> Void)?

    private var requestIsComplete = false
    private var answerIsComplete = false
    private var staysOpen = false
    private var isPaused = false
    private var readIsHeld = false

    init(pool: UpstreamPool, handshake: NIOSSLClientHandler?) {
        self.pool = pool
        self.handshake = handshake
    }

    // MARK: Its pool

    /// Calls back once nothing but the request is left to be sent: at once without TLS.
    func whenReady(_ ready: @escaping (Result<Void, any Error>) -> Void) {
        if self.context == nil {
            ready(.failure(self.error ?? UpstreamFault.closed))
        } else if self.handshake == nil {
            ready(.success(()))
        } else {
            self.handshakeIsOver = ready
        }
    }

    /// The handshake takes too long.
    func giveUpHandshake() {
        self.end(UpstreamFault.connectTimedOut)
        self.context?.close(promise: nil)
    }

    /// Begins to carry a call.
    func carry(_ receiver: any AnswerReceiver) {
        self.receiver = receiver
        self.requestIsComplete = false
        self.answerIsComplete = false
        self.staysOpen = false
    }

    // MARK: The request

    var isWritable: Bool { self.context?.channel.isWritable ?? false }

    func send(head: HTTPRequestHead) {
        self.context?.write(self.wrapOutboundOut(.head(head)), promise: nil)
    }

    func send(body: ByteBuffer) {
        self.context?.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }

    func sendEnd() {
        self.requestIsComplete = true
        self.context?.write(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    func flush() {
        self.context?.flush()
    }

    func pauseReading() {
        self.isPaused = true
    }

    func resumeReading() {
        self.isPaused = false
        guard self.readIsHeld else { return }
        self.readIsHeld = false
        self.context?.read()
    }

    func close() {
        self.receiver = nil
        self.context?.close(promise: nil)
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // Kept, the context and this handler would hold each other for ever.
        self.context = nil
        self.end(self.error ?? UpstreamFault.closed)
        self.pool?.forget(self)
        self.pool = nil
    }

    func read(context: ChannelHandlerContext) {
        if self.isPaused {
            self.readIsHeld = true
        } else {
            context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let receiver else { return }
        switch self.unwrapInboundIn(data) {
        case .body(let bytes):
            receiver.answerContinued(bytes)
        case .head(let head):
            self.staysOpen = head.isKeepAlive
            receiver.answerBegan(head)
        case .end:
            self.answerIsComplete = true
            receiver.answerEnded()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.readComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.receiver?.exchangeWritable() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Of the events that the TLS handler sends, the first after which it knows its version is the handshake's end.
        if let handshake, handshake.tlsVersion != nil {
            self.handshake = nil
            let ready = self.handshakeIsOver
            self.handshakeIsOver = nil
            ready?(.success(()))
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.end(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // An answer that the end of its connection has delimited is complete only now.
        self.staysOpen = false
        if self.answerIsComplete { self.readComplete() }
        self.end(self.error ?? UpstreamFault.closed)
        self.pool?.forget(self)
        self.pool = nil
        context.fireChannelInactive()
    }

    // MARK: Inside

    private func readComplete() {
        guard let receiver else { return }
        receiver.answerReadComplete()
        // The receiver may have closed the exchange just now.
        guard self.answerIsComplete, self.receiver === receiver else { return }
        self.receiver = nil
        if self.requestIsComplete, self.staysOpen, let pool {
            self.isPaused = false
            pool.takeBack(self)
            self.resumeReading()
        } else {
            self.context?.close(promise: nil)
        }
    }

    /// Whoever still waits for something is told that it will not come; nobody is told twice.
    private func end(_ error: any Error) {
        if self.error == nil { self.error = error }
        if let ready = self.handshakeIsOver {
            self.handshakeIsOver = nil
            ready(.failure(error))
        }
        guard let receiver else { return }
        self.receiver = nil
        if self.answerIsComplete {
            receiver.answerReadComplete()
        } else {
            receiver.answerBroke(error)
        }
    }
}
