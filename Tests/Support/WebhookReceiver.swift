private import NIOCore
private import NIOHTTP1
private import NIOPosix
private import Synchronization

/// A server that takes messages, and answers each with the next of the statuses that it was given, the last one for good.
package final class WebhookReceiver: Sendable {
    package struct Message: Sendable {
        package var target: String
        /// Names in lower case.
        package var headers: [String: String]
        package var body: String
    }

    package let messages = Mailbox<Message>()
    private let statuses: Mutex<[Int]>
    private let server = Mutex<(any Channel)?>(nil)
    package var url: String { "http://127.0.0.1:\(self.server.withLock { $0?.localAddress?.port ?? 0 })/hook" }

    private init(_ statuses: [Int]) {
        self.statuses = Mutex(statuses)
    }

    package static func start(_ statuses: [Int] = [204]) async throws -> WebhookReceiver {
        let receiver = WebhookReceiver(statuses)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Taker(receiver))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        receiver.server.withLock { $0 = server }
        return receiver
    }

    package func stop() async {
        let server = self.server.withLock { $0 }
        try? await server?.close()
    }

    fileprivate func take(_ message: Message) -> Int {
        self.messages.put(message)
        return self.statuses.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? 204 }
    }
}

private final class Taker: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let receiver: WebhookReceiver
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(_ receiver: WebhookReceiver) {
        self.receiver = receiver
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var piece): self.body.writeBuffer(&piece)
        case .end:
            guard let head = self.head else { return }
            let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }) { $1 }
            let status = self.receiver.take(
                .init(target: head.uri, headers: headers, body: String(buffer: self.body))
            )
            let answer = HTTPResponseHead(
                version: .http1_1,
                status: .init(statusCode: status),
                headers: ["content-length": "0"]
            )
            context.write(self.wrapOutboundOut(.head(answer)), promise: nil)
            context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
