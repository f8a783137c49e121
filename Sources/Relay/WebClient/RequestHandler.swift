internal import NIOCore
internal import NIOHTTP1

/// Sends the one request of a connection and takes its answer, up to a limit.
final class RequestHandler: ChannelInboundHandler {
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
            let (handler, context) = bound.value
            handler.fail("did not come in time", context)
        }
        context.write(self.wrapOutboundOut(.head(self.head)), promise: nil)
        if let body = self.request.body {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    private var head: HTTPRequestHead {
        let target = self.request.target
        let method: HTTPMethod = self.request.body == nil ? .GET : .POST
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: target.target)
        head.headers = ["host": target.authority, "user-agent": "adit-relay", "connection": "close"]
        if let body = self.request.body { head.headers.add(name: "content-length", value: "\(body.readableBytes)") }
        for (name, value) in self.request.headers { head.headers.add(name: name, value: value) }
        if self.largest != nil { head.headers.add(name: "accept-encoding", value: "identity") }
        return head
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
        self.promise.fail(WebFault(reason))
        self.alarm?.cancel()
        context.close(promise: nil)
    }
}
