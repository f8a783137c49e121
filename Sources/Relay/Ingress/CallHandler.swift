import ContentCoding
import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import NIOWebSocket
import TunnelTransport
import Vocabulary

/// One caller's connection, or one of its HTTP/2 streams: requests in, answers out.
///
/// Reads a request's body within limits while it looks for what the gateway needs to know, hands the call over, and writes
/// what comes back. One request at a time; those that a caller sends ahead wait.
final class CallHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Where in its one request the connection is.
    enum Phase {
        /// Between two requests.
        case idle
        /// The body of a call is coming.
        case reading(Reading)
        /// The body of a request for administration is coming.
        case readingAdministration(AdministrationReading)
        /// What the head asked for is being looked up; whatever body comes is dropped.
        case asking
        /// The request is complete; its answer is on its way.
        case answering
        /// The answer was given before the body was complete; the rest of the body is read and dropped, so that the
        /// caller gets to read the answer.
        case discarding(since: NIODeadline)
        /// Nothing more is read; the connection ends when the caller's side has taken what was written.
        case leaving(Unsent)
        /// Nothing more is read or written.
        case closed
    }

    /// A call whose body is not complete.
    final class Reading {
        let endpoint: Endpoint
        let caller: Caller
        let passedHeaders: [(name: String, value: String)]
        let idempotencyKey: String?
        var body = ByteBuffer()
        /// Looks for what must be known of a body that is passed through; `nil` for others.
        var scanner: RequestScanner?
        /// Undoes the body's encoding; `nil` when it comes as it is.
        var decoder: BodyDecoder?
        var lastProgress: NIODeadline
        /// The length of the body then.
        var lengthThen = 0

        init(
            endpoint: Endpoint,
            caller: Caller,
            passedHeaders: [(name: String, value: String)],
            idempotencyKey: String?,
            decoder: BodyDecoder?,
            now: NIODeadline
        ) {
            self.endpoint = endpoint
            self.caller = caller
            self.passedHeaders = passedHeaders
            self.idempotencyKey = idempotencyKey
            self.scanner = endpoint.isPassedThrough ? RequestScanner() : nil
            self.decoder = decoder
            self.lastProgress = now
        }
    }

    /// What was written and waits for the caller's side.
    struct Unsent {
        var bytes: Int
        /// When some of it was last taken.
        var since: NIODeadline
    }

    /// What is to be remembered of the request that is being answered.
    struct Asked {
        var id: CallID
        var version: HTTPVersion
        var isHead = false
        /// Whether another protocol was asked for. The decoder reads nothing behind such a request, but keeps all that comes.
        var isUpgrade = false
        var keepsAlive: Bool
        var origin: String?
        var arrived: NIODeadline
        /// What errors are said in.
        var dialect = Dialect.openAI
        /// What the answer's headers say of limits.
        var limits: LimitReport?
        /// Whether the caller speaks HTTP/1.0.
        var isOld: Bool { self.version.major == 1 && self.version.minor == 0 }
    }

    // What every piece of a stream looks at, together.

    /// Takes answers past the encoder; `nil` for HTTP/2, which has frames.
    let merger: WriteMerger?
    /// Whether the body that is being written is sent in chunks.
    var isChunked = false
    /// Whether the connection takes more bytes now, as it last said.
    var isWritable = true
    /// Whether a piece of the body is being decoded, slice by slice; what follows it waits.
    var isUnpacking = false
    var pulseIndex = -1
    var context: ChannelHandlerContext?

    let site: Site
    let loop: IngressLoop
    let headers: AnswerHeaders
    var phase = Phase.idle
    var asked: Asked
    /// The call that is being answered.
    var call: (any OpenCall)?
    var idleSince: NIODeadline
    let origin: Origin
    /// Where the request that is being answered comes from.
    var address: NetworkAddress?
    /// How much of the body is counted as held, in bytes.
    var heldBody = 0
    /// Why the connector that asks for a tunnel may not come in, once it is known.
    var tunnelRefusal: TunnelRefusal?
    /// What a connector wants to see of its way, until its request is whole.
    var pendingProbe: ProbePlan?
    var memory = CallerMemory()
    /// Whether a request has come on this connection.
    var hasBegun = false
    var ahead = CircularBuffer<HTTPServerRequestPart>()
    private var readIsOwed = false

    /// What the connection may become.
    let upgraders: [any HTTPServerProtocolUpgrader & Sendable]
    /// Whether the request that comes next was looked at for an upgrade.
    var hasOfferedUpgrade = false

    /// - Parameters:
    ///   - merger: gathers what an HTTP/1.1 connection writes; `nil` for a stream of HTTP/2.
    ///   - upgraders: what an HTTP/1.1 connection may become.
    init(
        site: Site,
        loop: IngressLoop,
        origin: Origin,
        merger: WriteMerger? = nil,
        upgraders: [any HTTPServerProtocolUpgrader & Sendable] = []
    ) {
        self.upgraders = upgraders
        self.site = site
        self.loop = loop
        self.origin = origin
        self.merger = merger
        self.headers = AnswerHeaders(isHTTP2: merger == nil, corsOrigins: site.configuration.corsOrigins)
        let now = NIODeadline.now()
        self.idleSince = now
        self.asked = Asked(id: CallID(rawValue: ""), version: .http1_1, keepsAlive: false, arrived: now)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.loop.lane.watch(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.callerLeft()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.callerLeft()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.phase {
        case .answering: self.ahead.append(self.unwrapInboundIn(data))
        // Whatever it is: behind an upgrade that failed it is no part of a request.
        case .leaving, .closed: break
        case .idle, .reading, .readingAdministration, .asking, .discarding:
            let part = self.unwrapInboundIn(data)
            if self.isUnpacking { self.ahead.append(part) } else { self.take(part) }
        }
    }

    func read(context: ChannelHandlerContext) {
        if self.readsFurther { context.read() } else { self.readIsOwed = true }
    }

    /// Whether the connection is read: not while what a caller sent ahead waits for its turn, and not behind a request that no other can
    /// follow.
    private var readsFurther: Bool {
        guard self.ahead.isEmpty, !self.isUnpacking else { return false }
        guard self.asked.isUpgrade else { return true }
        switch self.phase {
        case .answering, .leaving, .closed: return false
        case .idle, .reading, .readingAdministration, .asking, .discarding: return true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.isWritable = context.channel.isWritable
        if self.isWritable { self.call?.callerWritable() }
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The request that was not upgraded comes as any other, and is answered with the reason.
        if let refusal = error as? TunnelRefusal {
            self.tunnelRefusal = refusal
            return
        }
        if error is NIOWebSocketUpgradeError { return }
        self.refuseBrokenRequest(error)
    }

    /// The answer is written: the connection is free for the next request, or done.
    func answerEnded() {
        self.call = nil
        self.isChunked = false
        self.letGoOfBody()
        let now = NIODeadline.now()
        switch self.phase {
        case .reading, .readingAdministration:
            self.phase = .discarding(since: now)
        case .answering, .idle:
            guard self.asked.keepsAlive, !self.headers.isHTTP2 else { return self.leave() }
            self.phase = .idle
            self.idleSince = now
            self.takeAhead()
        case .asking, .discarding, .leaving, .closed:
            break
        }
    }

    /// Ends the connection when what was written has gone out: closing it drops what the kernel has not taken yet.
    ///
    /// A stream of HTTP/2 ends by itself behind its last piece, which may wait for the caller's credit.
    func leave() {
        let unsent = self.unsent
        guard unsent > 0 || self.headers.isHTTP2 else { return self.close() }
        self.phase = .leaving(Unsent(bytes: unsent, since: .now()))
        self.ahead.removeAll()
    }

    /// What was written and the kernel has not taken, in bytes; not known of a stream of HTTP/2.
    var unsent: Int {
        guard !self.headers.isHTTP2, let options = self.context?.channel.syncOptions else { return 0 }
        return (try? options.getOption(.bufferedWritableBytes)) ?? 0
    }

    /// The caller of an HTTP/2 stream has taken a piece of what waited for it.
    func wasTaken() {
        guard case .leaving = self.phase else { return }
        self.phase = .leaving(Unsent(bytes: 0, since: .now()))
    }

    func close() {
        self.phase = .closed
        self.context?.close(promise: nil)
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): self.begin(head)
        case .body(let bytes): self.body(bytes)
        case .end: self.requestEnded()
        }
    }

    /// Takes what came ahead, as far as its turn has come.
    func takeAhead() {
        while self.takesMore, let part = self.ahead.popFirst() { self.take(part) }
        if self.readIsOwed, self.readsFurther {
            self.readIsOwed = false
            self.context?.read()
        }
    }

    private var takesMore: Bool {
        switch self.phase {
        case .idle, .reading, .readingAdministration, .asking, .discarding: !self.isUnpacking
        case .answering, .leaving, .closed: false
        }
    }

    private func callerLeft() {
        self.phase = .closed
        self.loop.lane.unwatch(self)
        self.ahead.removeAll()
        self.context = nil
        self.letGoOfBody()
        let call = self.call
        self.call = nil
        call?.callerLeft()
    }

    /// The body counts as held no more: it is dropped, or with the model server.
    func letGoOfBody() {
        guard self.heldBody > 0 else { return }
        self.site.capacity.give(self.heldBody)
        self.heldBody = 0
    }
}
