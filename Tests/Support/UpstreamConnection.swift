import NIOCore
import NIOHTTP1

/// One connection to a ``ScriptedUpstream``: gathers each request whole, and tells of the connection's end.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let number: Int
    private let closesAfterAnswer: Bool
    private let arrived: (UpstreamCall) -> Void
    private let disconnected = Event<Void>()
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(number: Int, closesAfterAnswer: Bool, arrived: @escaping (UpstreamCall) -> Void) {
        self.number = number
        self.closesAfterAnswer = closesAfterAnswer
        self.arrived = arrived
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            self.body = ByteBuffer()
        case .body(let bytes):
            self.body.writeImmutableBuffer(bytes)
        case .end:
            guard let head = self.head else { return }
            self.head = nil
            let call = UpstreamCall(
                head: head,
                body: Array(self.body.readableBytesView),
                channel: context.channel,
                disconnected: self.disconnected,
                connection: self.number,
                closesAfterAnswer: self.closesAfterAnswer
            )
            self.body = ByteBuffer()
            self.arrived(call)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.disconnected.fire()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
