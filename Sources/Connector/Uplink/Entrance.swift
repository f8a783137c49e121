private import FoundationEssentials
import NIOCore
import NIOHTTP1
import TunnelTransport

/// Asks the relay for a tunnel and makes the connection one when it agrees; then it is gone.
final class Entrance: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: HTTPRequestHead
    private let encoder: HTTPRequestEncoder
    private let decoder: ByteToMessageHandler<HTTPResponseDecoder>
    private let makeTunnel: () -> TunnelHandler
    private let promise: EventLoopPromise<Void>
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()
    private var isOver = false

    private static let largestBody = 16 * 1_024

    init(
        request: HTTPRequestHead,
        encoder: HTTPRequestEncoder,
        decoder: ByteToMessageHandler<HTTPResponseDecoder>,
        promise: EventLoopPromise<Void>,
        makeTunnel: @escaping () -> TunnelHandler
    ) {
        self.request = request
        self.encoder = encoder
        self.decoder = decoder
        self.promise = promise
        self.makeTunnel = makeTunnel
    }

    func channelActive(context: ChannelHandlerContext) {
        self.ask(context)
        context.fireChannelActive()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.ask(context) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            if head.status != .continue { self.head = head }
        case .body(let bytes):
            if self.body.readableBytes + bytes.readableBytes <= Self.largestBody {
                self.body.writeImmutableBuffer(bytes)
            }
        case .end:
            self.answered(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(context, error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(context, DialFailure(.unreachable, "the connection was closed before the relay answered"))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.fail(context, DialFailure(.unreachable, "the connection was closed before the relay answered"))
    }

    private func ask(_ context: ChannelHandlerContext) {
        context.write(self.wrapOutboundOut(.head(self.request)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func answered(_ context: ChannelHandlerContext) {
        guard let head, !self.isOver else { return }
        guard head.status == .switchingProtocols else {
            return self.fail(
                context,
                DialFailure.answered(
                    status: Int(head.status.code),
                    message: Self.message(self.body),
                    retryAfter: head.headers.first(name: "retry-after").flatMap { Int($0) }
                )
            )
        }
        guard head.headers.first(name: "upgrade")?.lowercased() == TunnelUpgrade.token else {
            return self.fail(context, DialFailure(.unreachable, "the relay upgraded to something that is no tunnel"))
        }
        self.isOver = true
        let pipeline = context.pipeline.syncOperations
        // The decoder leaves in the next turn, and hands on what came behind the answer; the tunnel speaks after that.
        pipeline.removeHandler(self.encoder, promise: nil)
        pipeline.removeHandler(self.decoder, promise: nil)
        do {
            try pipeline.addHandler(self.makeTunnel())
            pipeline.removeHandler(self, promise: nil)
            self.promise.succeed()
        } catch {
            self.promise.fail(error)
            context.close(promise: nil)
        }
    }

    private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
        guard !self.isOver else { return }
        self.isOver = true
        self.promise.fail(error)
        context.close(promise: nil)
    }

    private struct ErrorBody: Decodable {
        struct Inner: Decodable {
            var message: String
        }

        var error: Inner
    }

    private static func message(_ body: ByteBuffer) -> String? {
        try? JSONDecoder().decode(ErrorBody.self, from: Data(body.readableBytesView)).error.message
    }
}
