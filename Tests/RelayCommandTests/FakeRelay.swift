internal import NIOCore
internal import NIOHTTP1
private import NIOPosix
private import Synchronization

@testable import Administration

/// A relay that only has an administration socket, answers what it is told to, and remembers what it was asked.
final class FakeRelay: Sendable {
    /// One request, as it came.
    struct Question: Hashable, Sendable {
        var method: String
        var uri: String
        var body: String
    }

    /// What to do with a request.
    enum Reply: Sendable {
        case document(HTTPResponseStatus, String)
        /// Nothing ever comes.
        case silence
        /// The connection is closed.
        case goodbye
    }

    private let state = Mutex<(reply: Reply, questions: [Question])>((.silence, []))

    var questions: [Question] { self.state.withLock { $0.questions } }

    /// Runs the body while the relay listens on the data directory.
    static func run(
        on data: String,
        reply: Reply,
        _ body: (FakeRelay) async throws -> Void
    ) async throws {
        let relay = FakeRelay()
        relay.state.withLock { $0.reply = reply }
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answerer(relay: relay))
                }
            }
            .bind(unixDomainSocketPath: AdministrationSocket(data: data).path).get()
        do {
            try await body(relay)
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    fileprivate func ask(_ question: Question) -> Reply {
        self.state.withLock { state in
            state.questions.append(question)
            return state.reply
        }
    }
}

private final class Answerer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let relay: FakeRelay
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()

    init(relay: FakeRelay) {
        self.relay = relay
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(var piece): self.body.writeBuffer(&piece)
        case .end:
            guard let head = self.head else { return }
            let question = FakeRelay.Question(
                method: head.method.rawValue,
                uri: head.uri,
                body: String(buffer: self.body)
            )
            switch self.relay.ask(question) {
            case .silence: break
            case .goodbye: context.close(promise: nil)
            case .document(let status, let text):
                let headers: HTTPHeaders = ["content-length": "\(text.utf8.count)"]
                let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
                context.write(self.wrapOutboundOut(.head(head)), promise: nil)
                context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }
}
