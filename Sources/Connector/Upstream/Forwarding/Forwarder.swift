import NIOCore
import TunnelProtocol
import TunnelTransport

/// One call on its way from the tunnel to a model server and back; lives on the tunnel's event loop.
///
/// ```
/// head ──▶ gathering ──▶ connecting ──▶ forwarding ──▶ delivered ──▶ over
///   └──────────┴─────────────┴──────────────┴── refused, cancelled, failed ──▲
/// ```
/// When its tunnel dies, a call whose request is complete goes on without one: its answer is kept (``KeptAnswer``) until the relay wants
/// it on another stream, or nobody has for too long.
///
/// It reads nothing of what it carries. A call ends exactly once, in ``end()``; whatever ends it before its answer is complete
/// closes the connection to the model server, which is what makes the model stop.
final class Forwarder: TunnelStreamHandler {
    /// How much of a request is gathered before a connection is taken.
    ///
    /// A request that is whole by then tells its length, which servers without chunked bodies need, and leaves in one piece; a model
    /// cannot begin before it has the whole of it anyway. Well below a stream's window, so that gathering never stalls.
    static let gathered = 256 * 1024
    /// Pieces of an answer up to this size are copied behind each other; larger ones are passed on as they are.
    static let copied = 4 * 1024

    enum Phase {
        /// The head of the request is not complete.
        case head
        /// The request is being gathered.
        case gathering(Request)
        /// A connection is being made.
        case connecting(UpstreamAttempt, Request)
        /// The request is on its way, or sent; the answer comes back.
        case forwarding(any UpstreamExchange)
        /// The answer is complete; the relay has not said yet that it has all of it.
        case delivered
        /// Nothing more is done.
        case over
    }

    /// What is forwarded, as far as it is known.
    struct Request {
        let target: ForwardablePath
        let fields: [BinaryHTTP.Field]
        /// What the relay said about the body's length.
        let declaredLength: Int?
    }

    let lane: ForwardingLane
    /// Where the answer goes; in between tunnels, where it went.
    var stream: any CallStream
    /// Whether new calls are refused: only those that are under way may go on.
    let isLeaving: Bool
    var phase = Phase.head
    /// Where the call goes, once its head has said so; counted as under way until the end.
    var route: ForwardingRoute?
    var decoder = BinaryHTTP.Decoder(.request)

    /// Content that waits for the connection.
    var waiting: [ByteBuffer] = []
    /// All content that has come.
    var contentLength = 0
    var requestIsComplete = false
    /// How much content the server has been promised, when it has.
    var promisedLength: Int?
    /// Bytes of the stream whose credit has not been given back.
    var owedCredit = 0
    /// Whether something was given to the connection since its last flush.
    var mustFlush = false

    /// What the call is known by, when it may go on in another tunnel.
    var name: CallStreamName?
    /// What of the answer is kept for that.
    var kept: KeptAnswer?
    /// Ends the call when no tunnel wants it for too long.
    var impatience: Scheduled<Void>?

    /// What of the answer leaves together at the end of this turn.
    var output = AnswerOutput()
    var answerIsComplete = false
    var isPaused = false

    init(lane: ForwardingLane, stream: any CallStream, isLeaving: Bool = false) {
        self.lane = lane
        self.stream = stream
        self.isLeaving = isLeaving
    }

    // MARK: What the tunnel brings

    func streamReceived(_ bytes: ByteBuffer, isFinal: Bool) {
        self.owedCredit += bytes.readableBytes
        // What comes after the end, of a request or of a call, is nothing but bytes to give credit for.
        guard !self.requestIsComplete else { return self.returnCredit() }
        self.decoder.receive(bytes)
        do {
            while let part = try self.nextPart(isFinal: false) { self.take(part) }
            if isFinal, let part = try self.nextPart(isFinal: true) { self.take(part) }
        } catch {
            self.fail(.protocolViolation)
        }
    }

    func streamReadComplete() {
        guard case .forwarding(let exchange) = self.phase else { return }
        if self.mustFlush {
            self.mustFlush = false
            exchange.flush()
        }
        if exchange.isWritable { self.returnCredit() }
    }

    func streamReset(code: UInt64) {
        self.cancel()
    }

    func streamStopped(code: UInt64) {
        self.cancel()
    }

    func streamWritable() {
        if self.isPaused { self.readOn() }
    }

    func streamClosed() {
        self.cancel()
    }

    // MARK: The ends of a call

    /// The answer is complete and has been handed to the tunnel.
    func succeed() {
        // A relay that may want it again says when it has all of it, by abandoning the stream.
        if self.kept != nil { return self.letGo(.delivered) }
        // Of a request that its server did not need whole, no more is wanted.
        if !self.requestIsComplete { self.stream.stopSending(.none) }
        self.end()
    }

    /// The call ends before its answer is complete: the connection is closed at once, the stream is abandoned.
    func fail(_ code: ApplicationErrorCode) {
        // The relay may not hear of it, and ask again in another tunnel.
        if let name, !self.isOver { self.lane.departed(name, code) }
        self.abandon(code)
    }

    /// The relay wants no more of the call: it was told everything, or its caller has left.
    func cancel() {
        self.abandon(.cancelled)
    }

    var isOver: Bool {
        if case .over = self.phase { true } else { false }
    }

    var isForwarding: Bool {
        if case .forwarding = self.phase { true } else { false }
    }

    private func abandon(_ code: ApplicationErrorCode) {
        let phase = self.phase
        if case .over = phase { return }
        self.end()
        switch phase {
        case .head, .gathering, .over: break
        case .connecting(let attempt, _): attempt.cancel()
        case .forwarding(let exchange): exchange.close()
        case .delivered: break
        }
        self.stream.abandon(code)
    }

    private func end() {
        self.letGo(.over)
        if let name { self.lane.forget(name) }
        self.name = nil
        self.kept = nil
        self.impatience?.cancel()
        self.impatience = nil
    }

    /// Nothing more is done for the request.
    private func letGo(_ phase: Phase) {
        self.phase = phase
        self.completeRequest()
        self.waiting = []
        self.output = AnswerOutput()
        self.returnCredit()
        self.route?.ended()
        self.route = nil
    }

    /// Nothing more is read: what the decoder holds would keep alive what its bytes were read into.
    func completeRequest() {
        guard !self.requestIsComplete else { return }
        self.requestIsComplete = true
        self.decoder = BinaryHTTP.Decoder(.request)
    }

    func returnCredit() {
        guard self.owedCredit > 0 else { return }
        self.stream.consumed(self.owedCredit)
        self.owedCredit = 0
    }

    private func nextPart(isFinal: Bool) throws(BinaryHTTP.DecodingError) -> BinaryHTTP.Part? {
        if self.requestIsComplete { return nil }
        return isFinal ? try self.decoder.finish() : try self.decoder.next()
    }
}
