import NIOCore
import NIOSSL
import NIOTLS
import Sockets

/// One connection to a model server, as the last handler of its channel: it carries one call at a time.
///
/// The call that it carries is its receiver. An exchange that has come to its end in order gives the connection back to its
/// pool; any other end closes it.
final class UpstreamConnection: ChannelDuplexHandler, UpstreamExchange {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Pieces of a body up to this size are copied behind each other; larger ones are written as they are.
    static let copied = 16 * 1024

    /// Since when the connection waits for a call; set by its pool.
    var idleSince = NIODeadline.distantPast

    private var pool: UpstreamPool?
    private var context: ChannelHandlerContext?
    /// Takes what leaves past the channel; `nil` with TLS.
    private var socket: PlainSocket?
    private var receiver: (any AnswerReceiver)?
    private var error: (any Error)?
    /// What speaks TLS with the server, when anything does.
    private let tls: NIOSSLClientHandler?
    /// Whether the handshake is over, when there is one.
    private var isReady: Bool
    private var handshakeIsOver: ((Result<Void, any Error>) -> Void)?

    private var parser = AnswerParser()
    /// What leaves with the next flush.
    private var output = ByteBuffer()
    private var isChunked = false
    private var requestIsComplete = false
    private var answerIsComplete = false
    private var isPaused = false
    private var readIsHeld = false
    /// Whether the connection takes more bytes now, as it last said.
    private(set) var isWritable = true

    init(pool: UpstreamPool, tls: NIOSSLClientHandler?) {
        self.pool = pool
        self.tls = tls
        self.isReady = tls == nil
    }

    // MARK: Its pool

    /// Calls back once nothing but the request is left to be sent: at once without TLS.
    func whenReady(_ ready: @escaping (Result<Void, any Error>) -> Void) {
        if self.context == nil {
            ready(.failure(self.error ?? UpstreamFault.closed))
        } else if self.isReady {
            ready(.success(()))
        } else {
            self.handshakeIsOver = ready
        }
    }

    /// The handshake takes too long.
    func giveUpHandshake() {
        self.end(UpstreamFault.connectTimedOut)
        self.cut()
    }

    /// It carries no more calls: with TLS the server is told so, and has its time to answer.
    func retire() {
        self.resumeReading()
        self.context?.close(promise: nil)
    }

    /// Begins to carry a call.
    func carry(_ receiver: any AnswerReceiver) {
        self.receiver = receiver
        self.parser.begin()
        self.requestIsComplete = false
        self.answerIsComplete = false
    }

    // MARK: The request

    func send(head: UpstreamRequestHead) {
        self.isChunked = head.length == .chunked
        self.output = head.bytes
    }

    func send(body: ByteBuffer) {
        guard body.readableBytes > 0 else { return }
        if self.isChunked {
            self.output.writeString(String(body.readableBytes, radix: 16))
            self.output.writeStaticString("\r\n")
        }
        if body.readableBytes <= Self.copied {
            self.output.writeImmutableBuffer(body)
        } else {
            self.writeOutput()
            self.writeThroughChannel(body)
        }
        if self.isChunked { self.output.writeStaticString("\r\n") }
    }

    func sendEnd() {
        self.requestIsComplete = true
        if self.isChunked { self.output.writeStaticString("0\r\n\r\n") }
    }

    func flush() {
        if self.sendOutput() { return }
        self.writeOutput()
        self.context?.flush()
    }

    /// Sends what is to leave past the channel, as most requests can be that have no TLS.
    /// - Returns: whether that was all.
    private func sendOutput() -> Bool {
        guard self.output.readableBytes > 0, self.socket?.isOpen() == true, let socket else { return false }
        let sent = socket.send(self.output)
        self.output.moveReaderIndex(forwardBy: sent)
        guard self.output.readableBytes == 0 else { return false }
        self.output = ByteBuffer()
        return true
    }

    private func writeOutput() {
        guard self.output.readableBytes > 0 else { return }
        let output = self.output
        self.output = ByteBuffer()
        self.writeThroughChannel(output)
    }

    private func writeThroughChannel(_ bytes: ByteBuffer) {
        self.socket?.useChannel()
        self.context?.write(self.wrapOutboundOut(bytes), promise: nil)
    }

    // MARK: Reading

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
        self.cut()
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if self.tls == nil { self.socket = PlainSocket(context.channel) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // Kept, the context and this handler would hold each other for ever.
        self.context = nil
        self.socket = nil
        self.isWritable = false
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
        guard let receiver else {
            // Nobody has asked for anything.
            return self.cut()
        }
        self.parser.receive(self.unwrapInboundIn(data))
        do {
            while let event = try self.parser.next() {
                self.tell(event, to: receiver)
                // The receiver may close the exchange inside of each event.
                guard self.receiver != nil else { return }
            }
        } catch {
            self.end(error)
            self.cut()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.readComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.isWritable = context.channel.isWritable
        if self.isWritable { self.receiver?.exchangeWritable() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if !self.isReady, case .handshakeCompleted? = event as? TLSUserEvent {
            self.isReady = true
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
        // An answer that the end of its connection delimits is complete only now.
        if let receiver, let event = try? self.parser.finish() { self.tell(event, to: receiver) }
        self.end(self.error ?? UpstreamFault.closed)
        self.pool?.forget(self)
        self.pool = nil
        context.fireChannelInactive()
    }

    // MARK: Inside

    private func tell(_ event: AnswerParser.Event, to receiver: any AnswerReceiver) {
        switch event {
        case .body(let bytes):
            receiver.answerContinued(bytes)
        case .head(let head):
            receiver.answerBegan(head)
        case .end:
            self.answerIsComplete = true
            receiver.answerEnded()
        }
    }

    private func readComplete() {
        guard let receiver else { return }
        receiver.answerReadComplete()
        // The receiver may have closed the exchange just now.
        guard self.answerIsComplete, self.receiver === receiver else { return }
        self.receiver = nil
        if self.requestIsComplete, self.parser.staysOpen, !self.parser.hasExcess, let pool {
            self.isPaused = false
            pool.takeBack(self)
            self.resumeReading()
        } else {
            self.retire()
        }
    }

    /// Closes the socket at once, beneath TLS: a model stops when its server sees the end, not when it has read a goodbye.
    ///
    /// A server reads nothing while it generates. A goodbye would lie there unread, and TLS would wait for the answer to it.
    private func cut() {
        guard let context else { return }
        let beneath = self.tls.flatMap { try? context.pipeline.syncOperations.context(handler: $0) }
        (beneath ?? context).close(promise: nil)
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
