private import NIOCore
private import NIOPosix

/// A reverse proxy that spoils answers in one way, before a port that is spoken to without TLS.
package final class BendingProxy: Front {
    package enum Manner: Sendable {
        /// Keeps an answer until it is whole.
        case holds
        /// Puts the clock back: `date` says the year before last.
        case ages
        /// Closes a connection on which nothing has come from behind for so many milliseconds.
        case cuts(Int64)
        /// Ends an answer in which nothing has come from behind for so many milliseconds, as if it were whole.
        case ends(Int64)
        /// Answers 403 to every `Host` but `localhost`.
        case refusesHost
        /// Answers 403 to all, with a page of its own.
        case refusesAll
        /// Answers 404 to all, as a model server does.
        case knowsNothing
        /// Answers 401 to all, as a model server does that wants a key of its own.
        case wantsItsKey
    }

    package let port: Int
    package var url: String { "http://127.0.0.1:\(self.port)" }
    private let server: any Channel

    private init(_ server: any Channel) {
        self.server = server
        self.port = server.localAddress?.port ?? 0
    }

    package static func start(_ manner: Manner, to port: Int) async throws -> BendingProxy {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { near in
                near.eventLoop.makeCompletedFuture {
                    try near.pipeline.syncOperations.addHandler(Asked(manner, port))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return BendingProxy(server)
    }

    package func stop() async { try? await self.server.close() }
}

/// What comes from the client.
private final class Asked: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let manner: BendingProxy.Manner
    private let port: Int
    private var far: (any Channel)?
    private var waiting = ByteBuffer()
    private var isConnecting = false

    init(_ manner: BendingProxy.Manner, _ port: Int) {
        self.manner = manner
        self.port = port
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        let isRefused: Bool
        var answer = "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nno"
        switch self.manner {
        case .refusesAll: isRefused = true
        case .knowsNothing:
            isRefused = true
            let body = #"{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}"#
            answer = "HTTP/1.1 404 Not Found\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        case .wantsItsKey:
            isRefused = true
            let body = #"{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}"#
            answer = "HTTP/1.1 401 Unauthorized\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        case .refusesHost:
            let head = String(buffer: bytes).lowercased()
            isRefused = head.contains("\r\nhost:") && !head.contains("\r\nhost: localhost\r\n")
        case .holds, .ages, .cuts, .ends: isRefused = false
        }
        guard isRefused else { return self.pass(bytes, context) }
        context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { self.far?.close(promise: nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        if let far { return far.writeAndFlush(bytes, promise: nil) }
        self.waiting.writeImmutableBuffer(bytes)
        guard !self.isConnecting else { return }
        self.isConnecting = true
        let near = context.channel
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        ClientBootstrap(group: context.eventLoop).connect(host: "127.0.0.1", port: self.port).whenComplete { result in
            guard case .success(let far) = result else { return near.close(promise: nil) }
            try? far.pipeline.syncOperations.addHandler(Answered(this.value.manner, near))
            this.value.far = far
            far.writeAndFlush(this.value.waiting, promise: nil)
        }
    }
}

/// What comes from behind.
private final class Answered: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let manner: BendingProxy.Manner
    private let near: any Channel
    private var held = ByteBuffer()
    private var patience: Scheduled<Void>?

    init(_ manner: BendingProxy.Manner, _ near: any Channel) {
        self.manner = manner
        self.near = near
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        switch self.manner {
        case .holds:
            // As a proxy that buffers does, until the last chunk of the answer is there.
            self.held.writeImmutableBuffer(bytes)
            guard self.held.readableBytesView.suffix(5).elementsEqual("0\r\n\r\n".utf8) else { return }
            bytes = self.held
            self.held.clear()
        case .ages:
            var text = String(decoding: bytes.readableBytesView, as: UTF8.self)
            guard let start = text.range(of: "\r\ndate: "), let year = text[start...].range(of: " 20") else { break }
            let digits = text.index(year, offsetBy: 1)..<text.index(year, offsetBy: 5)
            text.replaceSubrange(digits, with: "2024")
            bytes = ByteBuffer(string: text)
        case .cuts(let milliseconds):
            self.patience?.cancel()
            let near = self.near
            self.patience = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { near.close(promise: nil) }
        case .ends(let milliseconds):
            self.patience?.cancel()
            let near = self.near
            self.patience = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) {
                near.writeAndFlush(ByteBuffer(string: "0\r\n\r\n")).whenComplete { _ in near.close(promise: nil) }
            }
        case .refusesHost, .refusesAll, .knowsNothing, .wantsItsKey: break
        }
        self.near.writeAndFlush(bytes, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.patience?.cancel()
        let near = self.near
        if self.held.readableBytes > 0 {
            near.writeAndFlush(self.held).whenComplete { _ in near.close(promise: nil) }
        } else {
            near.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

extension StringProtocol {
    /// Where a short text stands first.
    fileprivate func range(of text: String) -> Index? {
        self.utf8.firstRange(of: text.utf8)?.lowerBound
    }
}
