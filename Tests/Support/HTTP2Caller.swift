private import Glibc
private import NIOCore
private import NIOHPACK
private import NIOHTTP1
private import NIOHTTP2
private import NIOPosix
private import NIOSSL

/// One HTTP/2 connection to a relay, with any number of calls at a time.
package final class HTTP2Caller: Sendable {
    /// Happens when the connection is over.
    package let closed: Event<Void>

    private let channel: any Channel
    private let streams: NIOHTTP2Handler.StreamMultiplexer
    private let key: String?
    private let authority: String

    private init(
        channel: any Channel,
        streams: NIOHTTP2Handler.StreamMultiplexer,
        closed: Event<Void>,
        key: String?,
        authority: String
    ) {
        self.channel = channel
        self.streams = streams
        self.closed = closed
        self.key = key
        self.authority = authority
    }

    deinit {
        self.channel.close(promise: nil)
    }

    /// Connects; throws when the relay does not choose HTTP/2.
    /// - Parameters:
    ///   - authorityFile: the PEM file of the certificate authority to trust.
    ///   - window: how many bytes the relay may send ahead, on a stream and on all together.
    ///   - receiveBuffer: the size of the kernel's receive buffer, for callers that are to read slowly.
    package static func connect(
        port: Int,
        authorityFile: String,
        key: String?,
        window: Int = 65_535,
        receiveBuffer: Int? = nil
    ) async throws -> HTTP2Caller {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .file(authorityFile)
        configuration.applicationProtocols = ["h2"]
        let context = try NIOSSLContext(configuration: configuration)
        let closed = Event<Void>()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(10))
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
        }
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings.append(HTTP2Setting(parameter: .initialWindowSize, value: window))
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = window
        let (channel, streams) =
            try await bootstrap
            .connect(host: "127.0.0.1", port: port) { [connection, stream] channel in
                channel.closeFuture.whenComplete { _ in closed.fire() }
                return channel.eventLoop.makeCompletedFuture { [connection, stream] in
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(ReadGate())
                    try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                    try pipeline.addHandler(
                        NIOHTTP2Handler(
                            mode: .client,
                            eventLoop: channel.eventLoop,
                            connectionConfiguration: connection,
                            streamConfiguration: stream,
                            streamDelegate: nil
                        ) { $0.eventLoop.makeSucceededVoidFuture() }
                    )
                    let handler = try pipeline.handler(type: NIOHTTP2Handler.self)
                    return (channel, try handler.syncMultiplexer())
                }
            }
        if window > 65_535 {
            let more = HTTP2Frame.FramePayload.windowUpdate(windowSizeIncrement: window - 65_535)
            try await channel.writeAndFlush(HTTP2Frame(streamID: .rootStream, payload: more)).get()
        }
        return HTTP2Caller(
            channel: channel,
            streams: streams,
            closed: closed,
            key: key,
            authority: "127.0.0.1:\(port)"
        )
    }

    /// Reads nothing more from the kernel until ``resumeReading()``, but what ``readOnce()`` asks for.
    package func pauseReading() async throws { try await self.withGate { $0.isShut = true } }

    package func readOnce() async throws { try await self.withGate { $0.letOneThrough() } }

    package func resumeReading() async throws {
        try await self.withGate { gate in
            gate.isShut = false
            gate.letOneThrough()
        }
    }

    /// From now on nothing that comes is seen any more, not even by the kernel: as when a laptop is shut.
    package func vanish() async throws {
        guard let options = self.channel as? any SocketOptionProvider else { throw BadAnswer("it has no socket") }
        // What has come by now is acknowledged at once, and not a little later.
        try await options.unsafeSetSocketOption(level: .tcp, name: .init(rawValue: TCP_QUICKACK), value: CInt(1)).get()
        let instruction = UnsafeMutablePointer<FilterInstruction>.allocate(capacity: 1)
        instruction.initialize(to: FilterInstruction())
        defer { instruction.deallocate() }
        let filter = Filter(length: 1, instructions: UInt(bitPattern: instruction))
        try await options.unsafeSetSocketOption(
            level: .socket,
            name: .init(rawValue: SO_ATTACH_FILTER),
            value: filter
        ).get()
    }

    private func withGate(_ body: @escaping @Sendable (ReadGate) -> Void) async throws {
        let channel = self.channel
        try await channel.eventLoop.submit {
            body(try channel.pipeline.syncOperations.handler(type: ReadGate.self))
        }.get()
    }

    /// Sends a request on a stream of its own and gives the answer as it comes.
    package func start(_ method: String, _ path: String, body: String? = nil) async throws -> HTTP2Answer {
        try await self.start(method, path, bytes: body.map { Array($0.utf8) }, headers: [])
    }

    /// How a request names the host that it is for.
    package enum Naming: Sendable {
        /// By `:authority`, as clients do.
        case authority
        /// By `host` alone, as those may who pass HTTP/1.1 requests on.
        case host
        case nothing
    }

    /// The same with a body that need not be text, and with headers.
    package func start(
        _ method: String,
        _ path: String,
        bytes: [UInt8]?,
        headers more: [(String, String)],
        naming: Naming = .authority
    ) async throws -> HTTP2Answer {
        let parts = Mailbox<HTTP2Answer.Part>()
        let promise = self.channel.eventLoop.makePromise(of: (any Channel).self)
        self.streams.createStreamChannel(promise: promise) { stream in
            stream.eventLoop.makeCompletedFuture {
                let pipeline = stream.pipeline.syncOperations
                if naming != .authority { try pipeline.addHandler(Renaming(naming: naming)) }
                try pipeline.addHandler(HTTP2FramePayloadToHTTP1ClientCodec(httpProtocol: .https))
                try pipeline.addHandler(StreamReceiver(parts: parts))
            }
        }
        let stream = try await promise.futureResult.get()
        var headers = HTTPHeaders([("host", self.authority)])
        if let key { headers.add(name: "authorization", value: "Bearer \(key)") }
        if bytes != nil { headers.add(name: "content-type", value: "application/json") }
        headers.add(contentsOf: more)
        let head = HTTPRequestHead(version: .http2, method: .init(rawValue: method), uri: path, headers: headers)
        stream.write(HTTPClientRequestPart.head(head), promise: nil)
        if let bytes { stream.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil) }
        stream.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return HTTP2Answer(parts: parts) { stream.close(promise: nil) }
    }
}

/// An instruction of a filter of sockets (`sock_filter`): lets no byte of a packet through.
private struct FilterInstruction {
    /// `BPF_RET`
    var code: UInt16 = 6
    var ifTrue: UInt8 = 0
    var ifFalse: UInt8 = 0
    var operand: UInt32 = 0
}

/// A filter of sockets (`sock_fprog`).
private struct Filter {
    var length: UInt16
    var instructions: UInt
}

/// Stands next to the socket: whoever wants to read, TLS or a stream, comes through here.
private final class ReadGate: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    var isShut = false
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        if !self.isShut { context.read() }
    }

    func letOneThrough() { self.context?.read() }
}

/// Takes `:authority` out of a request, which NIO's codec always writes.
private final class Renaming: ChannelOutboundHandler {
    typealias OutboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let naming: HTTP2Caller.Naming

    init(naming: HTTP2Caller.Naming) {
        self.naming = naming
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .headers(var frame) = self.unwrapOutboundIn(data) else {
            return context.write(data, promise: promise)
        }
        if self.naming == .host, let authority = frame.headers.first(name: ":authority") {
            frame.headers.add(name: "host", value: authority)
        }
        frame.headers.remove(name: ":authority")
        context.write(self.wrapOutboundOut(.headers(frame)), promise: promise)
    }
}

/// An answer over HTTP/2 that is taken piece by piece.
package final class HTTP2Answer: Sendable {
    enum Part: Sendable {
        case head(AnswerHead)
        case piece([UInt8])
        case end
    }

    private let parts: Mailbox<Part>
    private let close: @Sendable () -> Void

    init(parts: Mailbox<Part>, close: @escaping @Sendable () -> Void) {
        self.parts = parts
        self.close = close
    }

    /// Resets the stream.
    package func leave() { self.close() }

    package func head() async throws -> AnswerHead {
        guard case .head(let head) = try await self.parts.next() else { throw BadAnswer("no head came") }
        return head
    }

    /// The next bytes of the body, or `nil` when it is complete.
    package func piece() async throws -> String? {
        switch try await self.parts.next() {
        case .piece(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .end: return nil
        case .head: throw BadAnswer("a second head came")
        case nil: throw BadAnswer("the stream was reset in the middle of an answer")
        }
    }

    package func whole() async throws -> Answer {
        let head = try await self.head()
        var text = ""
        while let piece = try await self.piece() { text += piece }
        return Answer(head: head, body: Array(text.utf8))
    }
}

/// Hands over the parts of one stream.
private final class StreamReceiver: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let parts: Mailbox<HTTP2Answer.Part>

    init(parts: Mailbox<HTTP2Answer.Part>) {
        self.parts = parts
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            let fields = head.headers.map { (name: $0.name.lowercased(), value: $0.value) }
            self.parts.put(.head(AnswerHead(status: Int(head.status.code), fields: fields)))
        case .body(let bytes):
            self.parts.put(.piece(Array(bytes.readableBytesView)))
        case .end:
            self.parts.put(.end)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.parts.close()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
