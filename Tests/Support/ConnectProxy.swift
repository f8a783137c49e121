private import NIOCore
private import NIOPosix
private import Synchronization

/// An HTTP proxy that makes ways by CONNECT, whatever they are asked to lead to, to one port of 127.0.0.1.
package final class ConnectProxy: Sendable {
    package let port: Int
    private let server: any Channel
    private let seen: Seen

    private final class Seen: Sendable {
        let targets = Mutex<[String]>([])
    }

    private init(_ server: any Channel, _ seen: Seen) {
        self.server = server
        self.port = server.localAddress?.port ?? 0
        self.seen = seen
    }

    /// - Parameter authorization: the value of `proxy-authorization` without which it answers 407; `nil` for none.
    package static func start(to port: Int, authorization: String? = nil) async throws -> ConnectProxy {
        let seen = Seen()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { near in
                near.eventLoop.makeCompletedFuture {
                    let handler = Connecting(port: port, authorization: authorization) { target in
                        seen.targets.withLock { $0.append(target) }
                    }
                    try near.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return ConnectProxy(server, seen)
    }

    /// What was asked for, in its order: `relay.test:443`.
    package var targets: [String] { self.seen.targets.withLock { $0 } }

    package func stop() async { try? await self.server.close() }
}

/// Reads the one request, and becomes a pipe.
private final class Connecting: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let port: Int
    private let authorization: String?
    private let note: (String) -> Void
    private var head = ByteBuffer()
    private var far: (any Channel)?
    private var hasAsked = false

    init(port: Int, authorization: String?, note: @escaping (String) -> Void) {
        self.port = port
        self.authorization = authorization
        self.note = note
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        if let far { return far.writeAndFlush(bytes, promise: nil) }
        self.head.writeImmutableBuffer(bytes)
        let text = String(buffer: self.head)
        guard !self.hasAsked, text.hasSuffix("\r\n\r\n") else { return }
        self.hasAsked = true
        let lines = text.split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3, words[0] == "CONNECT" else { return self.refuse(context, "405 Method Not Allowed") }
        self.note(String(words[1]))
        if let authorization,
            !lines.contains(where: { $0.lowercased() == "proxy-authorization: \(authorization)".lowercased() })
        {
            return self.refuse(context, "407 Proxy Authentication Required")
        }
        let near = context.channel
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop).connect(host: "127.0.0.1", port: self.port).whenComplete { result in
            guard case .success(let far) = result else { return near.close(promise: nil) }
            try? far.pipeline.syncOperations.addHandler(Returning(near))
            this.value.far = far
            near.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n"), promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { self.far?.close(promise: nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func refuse(_ context: ChannelHandlerContext, _ status: String) {
        let answer = "HTTP/1.1 \(status)\r\nproxy-authenticate: Basic realm=\"tests\"\r\ncontent-length: 0\r\n\r\n"
        context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
    }
}

private final class Returning: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let near: any Channel

    init(_ near: any Channel) {
        self.near = near
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.near.writeAndFlush(self.unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { self.near.close(promise: nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
