package import NIOCore
private import NIOHTTP1
private import NIOPosix
private import NIOSSL

/// Asks servers over sockets: one HTTP/1.1 request for each connection, over TLS that trusts what the system trusts.
package struct SocketConnector: Connector {
    private let group: any EventLoopGroup

    package init(group: any EventLoopGroup) {
        self.group = group
    }

    package func get(
        _ address: WebAddress,
        at socket: IPAddress,
        largest: Int,
        before deadline: NIODeadline
    ) async throws(FetchFault) -> WebAnswer {
        do {
            let answer = self.group.next().makePromise(of: WebAnswer.self)
            let channel = try await self.connect(address, at: socket, before: deadline) {
                Download(address, largest: largest, before: deadline, answer: answer)
            }
            return try await withTaskCancellationHandler {
                try await answer.futureResult.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch let fault as FetchFault {
            throw fault
        } catch is NIOSSLError {
            throw FetchFault("is at a server whose certificate is not trusted")
        } catch {
            throw FetchFault("is at a server that cannot be reached")
        }
    }

    private func connect(
        _ address: WebAddress,
        at socket: IPAddress,
        before deadline: NIODeadline,
        _ makeDownload: @escaping @Sendable () -> Download
    ) async throws -> any Channel {
        // An address has no name to ask for; its certificate is checked against the address itself.
        let name = IPAddress(address.host) == nil ? address.host : nil
        let context = address.isSecure ? try NIOSSLContext(configuration: .makeClientConfiguration()) : nil
        return try await ClientBootstrap(group: self.group)
            .connectTimeout(max(.milliseconds(1), deadline - .now()))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let context {
                        try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
                    }
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(makeDownload())
                }
            }
            .connect(to: SocketAddress(ipAddress: socket.description, port: address.port))
            .get()
    }
}

/// Sends the one request of a connection and takes its answer, up to a limit.
private final class Download: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let address: WebAddress
    private let largest: Int
    private let deadline: NIODeadline
    private let promise: EventLoopPromise<WebAnswer>
    private var answer = WebAnswer(status: 0)
    private var alarm: Scheduled<Void>?

    init(_ address: WebAddress, largest: Int, before deadline: NIODeadline, answer: EventLoopPromise<WebAnswer>) {
        self.address = address
        self.largest = largest
        self.deadline = deadline
        self.promise = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.alarm = context.eventLoop.scheduleTask(deadline: self.deadline) {
            let (download, context) = bound.value
            download.fail("did not come in time", context)
        }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: self.address.target)
        head.headers = [
            "host": self.address.authority,
            "accept": ImageType.allCases.map(\.rawValue).joined(separator: ", "),
            "accept-encoding": "identity",
            "user-agent": "adit-relay",
            "connection": "close",
        ]
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            let encoding = head.headers.first(name: "content-encoding") ?? "identity"
            self.answer.status = Int(head.status.code)
            self.answer.location = head.headers.first(name: "location")
            self.answer.contentType = head.headers.first(name: "content-type")
            if self.answer.status != 200 {
                // Nobody reads the body of anything else.
                self.finish(context)
            } else if length > self.largest {
                self.failAsTooLarge(context)
            } else if encoding != "identity" {
                self.fail("comes encoded although that was not asked for", context)
            }
        case .body(let bytes):
            guard self.answer.body.readableBytes + bytes.readableBytes <= self.largest else {
                return self.failAsTooLarge(context)
            }
            self.answer.body.writeImmutableBuffer(bytes)
        case .end:
            self.finish(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail("broke off", context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.promise.fail(error)
        self.fail("broke off", context)
    }

    private func finish(_ context: ChannelHandlerContext) {
        self.promise.succeed(self.answer)
        self.alarm?.cancel()
        context.close(promise: nil)
    }

    private func failAsTooLarge(_ context: ChannelHandlerContext) {
        self.fail("is larger than the \(self.largest) bytes that are fetched", context)
    }

    /// Only the first word counts.
    private func fail(_ reason: String, _ context: ChannelHandlerContext) {
        self.promise.fail(FetchFault(reason))
        self.alarm?.cancel()
        context.close(promise: nil)
    }
}
