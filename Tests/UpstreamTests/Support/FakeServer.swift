import Logging
import NIOCore
import NIOEmbedded
import Testing
import TunnelProtocol
import Vocabulary

@testable import Upstream

/// A model server without a socket: the test plays its part.
final class FakeServer: ExchangeOpener {
    let eventLoop: any EventLoop
    /// Whether a connection is there when it is asked for.
    var opensAtOnce = true
    private(set) var exchanges: [FakeExchange] = []
    private(set) var attempts: [UpstreamAttempt] = []
    private weak var waiting: (any AnswerReceiver)?
    var connectionCount: Int { self.exchanges.count { !$0.isClosed } }

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func open(for receiver: any AnswerReceiver) -> UpstreamOpening {
        if self.opensAtOnce {
            let exchange = FakeExchange(receiver)
            self.exchanges.append(exchange)
            return .open(exchange)
        }
        let attempt = UpstreamAttempt(receiver: receiver)
        self.attempts.append(attempt)
        self.waiting = receiver
        return .pending(attempt)
    }

    func closeIdle() {}

    /// The last attempt succeeds.
    func succeed() throws -> FakeExchange {
        let exchange = FakeExchange(try #require(self.waiting))
        self.exchanges.append(exchange)
        exchange.receiver?.exchangeOpened(exchange)
        return exchange
    }

    /// The last attempt fails.
    func fail() {
        self.attempts[self.attempts.count - 1].failed(UpstreamFault.closed)
    }
}

/// One request that came through a ``FakeServer``.
final class FakeExchange: UpstreamExchange {
    private(set) weak var receiver: (any AnswerReceiver)?
    var isWritable = true
    private(set) var head: SentHead?
    private(set) var body = ""
    private(set) var isComplete = false
    private(set) var flushes = 0
    private(set) var isPaused = false
    private(set) var isClosed = false

    init(_ receiver: any AnswerReceiver) {
        self.receiver = receiver
    }

    func send(head: UpstreamRequestHead) { self.head = SentHead(head) }
    func send(body: ByteBuffer) { self.body += String(buffer: body) }
    func sendEnd() { self.isComplete = true }
    func flush() { self.flushes += 1 }
    func pauseReading() { self.isPaused = true }
    func resumeReading() { self.isPaused = false }
    func close() { self.isClosed = true }

    // MARK: The server's part

    func begin(_ status: Int = 200, type: String = "application/json") {
        let fields = [BinaryHTTP.Field(name: "content-type", value: type)]
        self.receiver?.answerBegan(AnswerHead(status: status, fields: fields))
    }

    func say(_ text: String) {
        self.receiver?.answerContinued(ByteBuffer(string: text))
    }

    func end() { self.receiver?.answerEnded() }

    func readComplete() { self.receiver?.answerReadComplete() }

    func answer(_ text: String) {
        self.begin()
        self.say(text)
        self.end()
        self.readComplete()
    }
}

/// One forwarder between a fake stream and a fake server.
final class ForwarderStand {
    let loop = EmbeddedEventLoop()
    private let deployment: DeploymentName
    let forwarding: Forwarding
    let opener: FakeServer
    let lane: ForwardingLane
    let stream = FakeStream()
    let forwarder: Forwarder

    init() throws {
        self.forwarding = try Forwarding(upstreams: [.init(address: .demo)], logger: .silent)
        self.opener = FakeServer(eventLoop: self.loop)
        self.lane = ForwardingLane(
            forwarding: self.forwarding,
            openers: [self.opener],
            identities: [UpstreamIdentity(.init(address: try UpstreamAddress("http://models.lan:8080/base")))],
            eventLoop: self.loop
        )
        self.deployment = try #require(DeploymentName("gemma"))
        self.forwarding.serve([Deployment(name: self.deployment, model: "gemma3", upstream: 0)])
        self.lane.serve(self.forwarding.table)
        self.forwarder = Forwarder(lane: self.lane, stream: self.stream)
    }

    var inFlight: Int { self.forwarding.callsInFlight(for: self.deployment) }

    /// The relay sends bytes in one burst.
    func receive(_ bytes: ByteBuffer, isFinal: Bool = false) {
        self.forwarder.streamReceived(bytes, isFinal: isFinal)
        self.forwarder.streamReadComplete()
    }

    /// The relay sends a whole request.
    func receive(_ request: RelayRequest = RelayRequest()) {
        self.receive(request.bytes, isFinal: request.hasEnd)
    }

    var exchange: FakeExchange { self.opener.exchanges[self.opener.exchanges.count - 1] }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
