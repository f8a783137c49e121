private import NIOCore
private import NIOPosix
private import Synchronization

/// A reverse proxy that knows WebSockets and no other upgrade, before a relay's plain port.
package final class StrippingProxy: Front {
    /// What it does with an upgrade that it does not know.
    package enum Manner: CaseIterable, Sendable {
        /// Passes the request on without its upgrade, as a proxy does that keeps hop-by-hop headers to itself (RFC 9110 §7.6.1).
        case strips
        /// Answers 400 with a page of its own.
        case refuses
        /// Closes the connection.
        case closes
        /// Passes the upgrade and its answer, and closes the connection when something comes that is not HTTP.
        case breaks
    }

    package let port: Int
    package var url: String { "http://127.0.0.1:\(self.port)" }

    private let server: any Channel
    private let seen: Seen

    /// What came by, counted.
    private final class Seen: Sendable {
        let upgrades = Mutex<[String]>([])
    }

    private init(server: any Channel, seen: Seen) {
        self.server = server
        self.port = server.localAddress?.port ?? 0
        self.seen = seen
    }

    /// Starts one before a port of 127.0.0.1.
    package static func start(_ manner: Manner, to port: Int) async throws -> StrippingProxy {
        let seen = Seen()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { near in
                near.eventLoop.makeCompletedFuture {
                    let head = FrontHead(manner: manner, port: port) { upgrade in
                        seen.upgrades.withLock { $0.append(upgrade) }
                    }
                    try near.pipeline.syncOperations.addHandler(head)
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return StrippingProxy(server: server, seen: seen)
    }

    /// The upgrades that were asked for, in their order; an empty text for a request without one.
    package var upgrades: [String] { self.seen.upgrades.withLock { $0 } }

    package func stop() async { try? await self.server.close() }
}

/// Waits for the head of a connection's first request, decides, and joins the two connections.
private final class FrontHead: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let manner: StrippingProxy.Manner
    private let port: Int
    private let note: (String) -> Void
    private var bytes = ByteBuffer()
    private var hasDecided = false

    init(manner: StrippingProxy.Manner, port: Int, note: @escaping (String) -> Void) {
        self.manner = manner
        self.port = port
        self.note = note
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes.writeImmutableBuffer(self.unwrapInboundIn(data))
        guard !self.hasDecided, let end = self.bytes.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) else {
            return
        }
        self.hasDecided = true
        let length = end.upperBound - self.bytes.readerIndex
        let head = self.bytes.readString(length: length) ?? ""
        var lines = head.split(separator: "\r\n").map(String.init)
        let upgrade = lines.first { $0.lowercased().hasPrefix("upgrade:") }
            .map { $0.dropFirst(8).drop { $0 == " " }.lowercased() }
        self.note(upgrade ?? "")
        let isKnown = upgrade == nil || upgrade == "websocket"
        switch self.manner {
        case _ where isKnown: break
        case .breaks: break
        case .closes: return context.close(promise: nil)
        case .refuses:
            let answer = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\n<html"
            context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil)
            return context.close(promise: nil)
        case .strips:
            lines.removeAll { line in
                let line = line.lowercased()
                return line.hasPrefix("upgrade:") || line.hasPrefix("connection:")
            }
        }
        self.join(
            context,
            head: lines.joined(separator: "\r\n") + "\r\n\r\n",
            isBroken: !isKnown && self.manner == .breaks
        )
    }

    private func join(_ context: ChannelHandlerContext, head: String, isBroken: Bool) {
        let near = context.channel
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop).connect(host: "127.0.0.1", port: self.port).whenComplete { result in
            let (this, context) = bound.value
            guard case .success(let far) = result else { return near.close(promise: nil) }
            let pipelines = (near.pipeline.syncOperations, far.pipeline.syncOperations)
            try? pipelines.0.addHandler(Pipe(to: far, isBroken: isBroken))
            try? pipelines.1.addHandler(Pipe(to: near, isBroken: false))
            far.writeAndFlush(ByteBuffer(string: head), promise: nil)
            if this.bytes.readableBytes > 0 { context.fireChannelRead(NIOAny(this.bytes)) }
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        }
    }
}

/// Carries what comes to the other connection; a broken one ends with the first byte.
private final class Pipe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel
    private let isBroken: Bool

    init(to other: any Channel, isBroken: Bool) {
        self.other = other
        self.isBroken = isBroken
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if self.isBroken {
            context.close(promise: nil)
        } else {
            self.other.writeAndFlush(self.unwrapInboundIn(data), promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { self.other.close(promise: nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
