private import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOTLS
import Vocabulary

/// Asks a proxy or the relay to make the connection something else; when it agrees, the codec and this handler leave, and not a byte
/// is lost of what came behind the answer.
///
/// ```
/// asked ──head──▶ granted ──end──▶ leaving ──the codec is out──▶ over
///   └─────head──▶ refused ──end, enough, or closed─────────────▶ over
/// ```
final class Entrance: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private enum State {
        case asked
        case granted
        case refused(HTTPAnswer)
        /// The codec is on its way out; what it had read already waits here.
        case leaving([NIOAny])
        case over
    }

    private let isGranted: (HTTPResponseHead) -> Bool
    private let install: (any Channel) throws -> Void
    private let promise: EventLoopPromise<HTTPAnswer?>
    private var state = State.asked
    /// Whether a TLS handshake before this handler has ended well.
    private(set) var isSecured = false

    /// - Parameters:
    ///   - promise: completed with the refusal, or with `nil` once the connection belongs to what comes next.
    ///   - isGranted: whether an answer is what was asked for.
    ///   - install: adds the handlers that come next, once the codec is out of the pipeline.
    init(
        promise: EventLoopPromise<HTTPAnswer?>,
        isGranted: @escaping (HTTPResponseHead) -> Bool,
        install: @escaping (any Channel) throws -> Void = { _ in }
    ) {
        self.isGranted = isGranted
        self.install = install
        self.promise = promise
    }

    /// Adds the codec and this handler to a connection, and asks.
    func ask(_ request: HTTPRequestHead, on channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPRequestEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes)))
        try pipeline.addHandler(self)
        let context = try pipeline.context(handler: self)
        context.write(self.wrapOutboundOut(.head(request)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .leaving(let waiting) = self.state {
            self.state = .leaving(waiting + [data])
            return
        }
        switch (self.unwrapInboundIn(data), self.state) {
        case (.head(let head), .asked):
            let answer = HTTPAnswer(status: Int(head.status.code), headers: head.headers)
            self.state = self.isGranted(head) ? .granted : .refused(answer)
        case (.body(let bytes), .refused(var answer)):
            answer.body.writeImmutableBuffer(bytes)
            self.state = .refused(answer)
            if answer.body.readableBytes > HTTPAnswer.longestBody { self.finish(.success(answer)) }
        case (.end, .refused(let answer)):
            self.finish(.success(answer))
        case (.end, .granted):
            self.state = .leaving([])
            self.leave(context)
        default:
            break
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { self.isSecured = true }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.closed(because: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.closed(because: ChannelError.eof)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.closed(because: ChannelError.ioOnClosedChannel)
    }

    /// Nothing more will come: a refusal whose body was cut short is one nevertheless.
    private func closed(because error: any Error) {
        if case .refused(let answer) = self.state {
            self.finish(.success(answer))
        } else {
            self.finish(.failure(error))
        }
    }

    private func finish(_ result: Result<HTTPAnswer?, any Error>) {
        if case .over = self.state { return }
        self.state = .over
        self.promise.completeWith(result)
    }

    /// Takes out the codec; its decoder goes in the next turn, and must not see what comes after it.
    private func leave(_ context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            pipeline.removeHandler(context: try pipeline.context(handlerType: HTTPRequestEncoder.self), promise: nil)
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPResponseDecoder>.self)
            let isOut = context.eventLoop.makePromise(of: Void.self)
            isOut.futureResult.assumeIsolated().whenComplete { _ in self.handOver(context) }
            pipeline.removeHandler(context: decoder, promise: isOut)
        } catch {
            self.finish(.failure(error))
        }
    }

    private func handOver(_ context: ChannelHandlerContext) {
        guard case .leaving(let waiting) = self.state else { return }
        do {
            try self.install(context.channel)
        } catch {
            return self.finish(.failure(error))
        }
        // Before the bytes are read: what they lead to is no longer part of the entrance.
        self.finish(.success(nil))
        for bytes in waiting { context.fireChannelRead(bytes) }
        if !waiting.isEmpty { context.fireChannelReadComplete() }
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}

/// What a proxy or the relay answered in place of what it was asked for.
struct HTTPAnswer: Sendable {
    /// How much of a body is looked at, in bytes; reasons are short.
    static let longestBody = 16 * 1_024

    var status: Int
    var headers = HTTPHeaders()
    var body = ByteBuffer()

    /// How many seconds the answer asks to wait (RFC 9110 §10.2.3), when it says so in seconds.
    var retryAfter: Int? { self.headers.first(name: "retry-after").flatMap { Int($0) } }

    /// The reason that a relay gives in JSON, `{"error":{"message":…}}`, fit to stand in a line of a log.
    var reason: String? {
        guard let message = try? JSONDecoder().decode(Document.self, from: Data(self.body.readableBytesView)) else {
            return nil
        }
        let words = message.error.message.unicodeScalars.map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F ? " " : String(scalar)
        }
        return words.isEmpty ? nil : words.prefix(300).joined()
    }

    /// Whether a relay has said it, and not something else.
    ///
    /// It gives its reasons, numbers its answers, and has something at each path that a connector asks for. Model servers give their
    /// reasons in the same form, so that those alone say nothing.
    var isOfARelay: Bool {
        self.reason != nil && self.status != 404 && self.status != 405
            && self.headers.first(name: "request-id").map { CallID.isCallID($0) } == true
    }

    private struct Document: Decodable {
        struct Complaint: Decodable {
            var message: String
        }

        var error: Complaint
    }
}
