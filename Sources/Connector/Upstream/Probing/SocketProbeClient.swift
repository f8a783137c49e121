import NIOCore
import NIOSSL
import TunnelProtocol

/// Asks over connections of its own, apart from those of calls, and reads a bounded answer in bounded time.
final class SocketProbeClient: ProbeClient {
    /// The largest answer that is read, in bytes.
    static let largestAnswer = 4 * 1024 * 1024
    /// How long an answer may take, its connection included.
    static let patience = TimeAmount.seconds(5)

    private let eventLoop: any EventLoop
    private let identity: UpstreamIdentity
    private let pool: NIOLoopBoundBox<UpstreamPool>

    private let limit: TimeAmount

    /// - Throws: when the file of authorities cannot be used.
    init(
        _ configuration: UpstreamConfiguration,
        server: UpstreamServer,
        eventLoop: any EventLoop,
        patience: TimeAmount = SocketProbeClient.patience
    ) throws {
        self.limit = patience
        let tls = try UpstreamTLS.context(for: configuration)
        self.eventLoop = eventLoop
        self.identity = UpstreamIdentity(configuration)
        self.pool = NIOLoopBoundBox.makeBoxSendingValue(
            UpstreamPool(server: server, configuration: configuration, tls: tls, eventLoop: eventLoop),
            eventLoop: eventLoop
        )
    }

    func ask(_ method: ProbeMethod, _ path: String, body: String?) async throws(ProbeFault) -> ProbeAnswer {
        let promise = self.eventLoop.makePromise(of: ProbeAnswer.self)
        let call = NIOLoopBoundBox.makeEmptyBox(valueType: ProbeCall.self, eventLoop: self.eventLoop)
        self.eventLoop.execute {
            let question = ProbeCall(self.identity, method, path, body: body, promise: promise)
            call.value = question
            question.start(self.pool.value, patience: self.limit)
        }
        do {
            return try await withTaskCancellationHandler {
                try await promise.futureResult.get()
            } onCancel: {
                self.eventLoop.execute { call.value?.giveUp(.timedOut) }
            }
        } catch let fault as ProbeFault {
            throw fault
        } catch {
            throw .broken("\(error)")
        }
    }
}

/// One question and its answer, on the event loop of its connection.
private final class ProbeCall: AnswerReceiver {
    private let head: UpstreamRequestHead
    private let body: String?
    private var promise: EventLoopPromise<ProbeAnswer>?
    private var attempt: UpstreamAttempt?
    private var exchange: (any UpstreamExchange)?
    private var deadline: Scheduled<Void>?
    private var answer: ProbeAnswer?

    init(
        _ identity: UpstreamIdentity,
        _ method: ProbeMethod,
        _ path: String,
        body: String?,
        promise: EventLoopPromise<ProbeAnswer>
    ) {
        self.head = UpstreamRequestHead(
            opening: identity.opening(method.rawValue, path),
            path: path,
            length: body.map { .known($0.utf8.count) } ?? .none,
            fields: body == nil
                ? [.init(name: "accept", value: "*/*")] : [.init(name: "content-type", value: "application/json")]
        )
        self.body = body
        self.promise = promise
    }

    func start(_ pool: UpstreamPool, patience: TimeAmount) {
        self.deadline = pool.eventLoop.assumeIsolated().scheduleTask(in: patience) {
            self.giveUp(.timedOut)
        }
        switch pool.open(for: self) {
        case .open(let exchange): self.exchangeOpened(exchange)
        case .pending(let attempt): self.attempt = attempt
        }
    }

    func giveUp(_ fault: ProbeFault) {
        self.finish(.failure(fault))
    }

    func exchangeOpened(_ exchange: any UpstreamExchange) {
        self.attempt = nil
        self.exchange = exchange
        exchange.send(head: self.head)
        if let body { exchange.send(body: ByteBuffer(string: body)) }
        exchange.sendEnd()
        exchange.flush()
    }

    func exchangeFailedToOpen(_ error: any Error) {
        self.finish(.failure(ProbeFault.unreachable(UnreachableReason.words(for: error))))
    }

    func exchangeWritable() {}

    func answerBegan(_ head: AnswerHead) {
        self.answer = ProbeAnswer(status: head.status, server: head.server)
    }

    func answerContinued(_ bytes: ByteBuffer) {
        guard var answer else { return }
        guard answer.body.readableBytes + bytes.readableBytes <= SocketProbeClient.largestAnswer else {
            return self.finish(.failure(ProbeFault.tooLarge))
        }
        self.answer = nil
        answer.body.writeImmutableBuffer(bytes)
        self.answer = answer
    }

    func answerEnded() {
        // The connection gives itself back to its pool; only a question without an answer closes it.
        self.exchange = nil
        if let answer { self.finish(.success(answer)) }
    }

    func answerReadComplete() {}

    func answerBroke(_ error: any Error) {
        self.finish(.failure(ProbeFault.broken("\(error)")))
    }

    private func finish(_ result: Result<ProbeAnswer, any Error>) {
        guard let promise else { return }
        self.promise = nil
        self.deadline?.cancel()
        self.deadline = nil
        self.attempt?.cancel()
        self.attempt = nil
        self.exchange?.close()
        self.exchange = nil
        promise.completeWith(result)
    }
}
