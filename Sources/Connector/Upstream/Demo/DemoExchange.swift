import NIOCore
import TunnelProtocol
import Vocabulary

/// One call to the demo model: hears the request, then speaks its answer word by word until it is closed.
final class DemoExchange: UpstreamExchange {
    /// The largest request that is read, in bytes; nobody shows a demo larger ones.
    static let largestRequest = 8 * 1024 * 1024
    private static let wordTime = TimeAmount.nanoseconds(1_000_000_000 / Int64(DemoModel.wordsPerSecond))

    private let server: DemoServer
    private var receiver: (any AnswerReceiver)?
    private let created: Int
    private var service: UpstreamService?
    private var body = ByteBuffer()
    private var isTooLarge = false
    private var events: ArraySlice<String> = []
    private var next: Scheduled<Void>?
    private var isPaused = false

    init(server: DemoServer, receiver: any AnswerReceiver, created: Int) {
        self.server = server
        self.receiver = receiver
        self.created = created
    }

    // MARK: The request

    var isWritable: Bool { true }

    func send(head: UpstreamRequestHead) {
        self.service = ForwardablePath.match(method: "POST", path: head.path)?.service
    }

    func send(body: ByteBuffer) {
        if self.body.readableBytes + body.readableBytes <= Self.largestRequest {
            self.body.writeImmutableBuffer(body)
        } else {
            self.isTooLarge = true
        }
    }

    func sendEnd() {
        // In the next turn: whoever asks is not answered before he has finished asking.
        self.schedule(after: .zero) { self.answer() }
    }

    func flush() {}

    func pauseReading() { self.isPaused = true }

    func resumeReading() { self.isPaused = false }

    func close() {
        guard self.receiver != nil else { return }
        self.receiver = nil
        self.events = []
        self.next?.cancel()
        self.next = nil
        self.server.forget(self)
    }

    // MARK: The answer

    private func answer() {
        guard let receiver else { return }
        let body = self.body
        self.body = ByteBuffer()
        guard let service, !self.isTooLarge else {
            return self.respond(413, DemoAnswer.error("The demo model takes requests of up to 8 MiB."))
        }
        switch DemoAnswer(service, body: body.readableBytesView, created: self.created) {
        case .whole(let status, let text):
            self.respond(status, text)
        case .stream(let events):
            self.events = events[...]
            receiver.answerBegan(Self.head(200, "text/event-stream; charset=utf-8"))
            self.speak()
        }
    }

    private func respond(_ status: Int, _ text: String) {
        self.receiver?.answerBegan(Self.head(status, "application/json"))
        self.receiver?.answerContinued(ByteBuffer(string: text))
        self.finish()
    }

    private func speak() {
        guard let receiver else { return }
        if !self.isPaused, let event = self.events.popFirst() {
            receiver.answerContinued(ByteBuffer(string: event))
            if self.events.isEmpty { return self.finish() }
            receiver.answerReadComplete()
        }
        if self.receiver != nil { self.schedule(after: Self.wordTime) { self.speak() } }
    }

    private func finish() {
        guard let receiver else { return }
        receiver.answerEnded()
        receiver.answerReadComplete()
        self.close()
    }

    private func schedule(after time: TimeAmount, _ work: @escaping () -> Void) {
        self.next = self.server.eventLoop.assumeIsolated().scheduleTask(in: time, work)
    }

    private static func head(_ status: Int, _ type: String) -> AnswerHead {
        AnswerHead(status: status, fields: [BinaryHTTP.Field(name: "content-type", value: type)])
    }
}
