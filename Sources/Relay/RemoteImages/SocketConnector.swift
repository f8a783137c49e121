package import NIOCore
private import NIOHTTP1
private import NIOPosix
private import NIOSSL
package import Vocabulary

/// Asks servers over sockets: one HTTP/1.1 request for each connection, over TLS that trusts what the system trusts.
package struct SocketConnector: Connector {
    private let group: any EventLoopGroup

    package init(group: any EventLoopGroup) {
        self.group = group
    }

    package func get(
        _ address: WebAddress,
        at socket: NetworkAddress,
        largest: Int,
        before deadline: NIODeadline
    ) async throws(FetchFault) -> WebAnswer {
        let accepted = ImageType.allCases.map(\.rawValue).joined(separator: ", ")
        var request = WebRequest(.GET, address)
        request.head.headers.add(name: "accept", value: accepted)
        request.head.headers.add(name: "accept-encoding", value: "identity")
        return try await self.send(request, to: address, at: socket, largest: largest, before: deadline)
    }

    /// Sends a body to an address.
    /// - Returns: the status that was answered; nobody reads the rest.
    package func post(
        _ address: WebAddress,
        at socket: NetworkAddress,
        body: ByteBuffer,
        headers: [(name: String, value: String)],
        before deadline: NIODeadline
    ) async throws(FetchFault) -> Int {
        var request = WebRequest(.POST, address)
        request.body = body
        request.head.headers.add(name: "content-length", value: "\(body.readableBytes)")
        for (name, value) in headers { request.head.headers.add(name: name, value: value) }
        return try await self.send(request, to: address, at: socket, largest: nil, before: deadline).status
    }

    /// - Parameter largest: how much of the answer is read; `nil` for its status only.
    private func send(
        _ request: WebRequest,
        to address: WebAddress,
        at socket: NetworkAddress,
        largest: Int?,
        before deadline: NIODeadline
    ) async throws(FetchFault) -> WebAnswer {
        do {
            let answer = self.group.next().makePromise(of: WebAnswer.self)
            let channel = try await self.connect(address, at: socket, before: deadline) {
                Exchange(request, largest: largest, before: deadline, answer: answer)
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
        at socket: NetworkAddress,
        before deadline: NIODeadline,
        _ makeExchange: @escaping @Sendable () -> Exchange
    ) async throws -> any Channel {
        // An address has no name to ask for; its certificate is checked against the address itself.
        let name = address.literal == nil ? address.host : nil
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
                    try pipeline.addHandler(makeExchange())
                }
            }
            .connect(to: SocketAddress(ipAddress: socket.description, port: address.port))
            .get()
    }
}

/// Sends the one request of a connection and takes its answer, up to a limit.
private final class Exchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let request: WebRequest
    private let largest: Int?
    private let deadline: NIODeadline
    private let promise: EventLoopPromise<WebAnswer>
    private var answer = WebAnswer(status: 0)
    private var alarm: Scheduled<Void>?

    init(_ request: WebRequest, largest: Int?, before deadline: NIODeadline, answer: EventLoopPromise<WebAnswer>) {
        self.request = request
        self.largest = largest
        self.deadline = deadline
        self.promise = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.alarm = context.eventLoop.scheduleTask(deadline: self.deadline) {
            let (exchange, context) = bound.value
            exchange.fail("did not come in time", context)
        }
        context.write(self.wrapOutboundOut(.head(self.request.head)), promise: nil)
        if let body = self.request.body {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
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
            guard let largest = self.largest, self.answer.status == 200 else {
                // Nobody reads the body of anything else.
                return self.finish(context)
            }
            if length > largest {
                self.failAsTooLarge(context)
            } else if encoding != "identity" {
                self.fail("comes encoded although that was not asked for", context)
            }
        case .body(let bytes):
            guard self.answer.body.readableBytes + bytes.readableBytes <= self.largest ?? 0 else {
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
        self.fail("is larger than the \(self.largest ?? 0) bytes that are fetched", context)
    }

    /// Only the first word counts.
    private func fail(_ reason: String, _ context: ChannelHandlerContext) {
        self.promise.fail(FetchFault(reason))
        self.alarm?.cancel()
        context.close(promise: nil)
    }
}

/// A request, whole.
private struct WebRequest: Sendable {
    var head: HTTPRequestHead
    var body: ByteBuffer?

    init(_ method: HTTPMethod, _ address: WebAddress) {
        self.head = HTTPRequestHead(version: .http1_1, method: method, uri: address.target)
        self.head.headers = ["host": address.authority, "user-agent": "adit-relay", "connection": "close"]
    }
}
