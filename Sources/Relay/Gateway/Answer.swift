import Dialects
import NIOCore
import TunnelProtocol
import Vocabulary

/// What becomes of an upstream's answer, as a pure value: parts and silence in, what to tell the caller out.
///
/// ```
/// waiting ──head──▶ held ──first whole event──▶ streaming ──▶ over
///    │               └──────── 5 s ───────────────▲
///    └──head──▶ collecting ──────────────────────────────────▶ over
/// ```
/// A streamed answer's own head is held back until its first event (or five seconds), so that an early failure is still a
/// real HTTP error. An answer that is not a stream is collected whole: only then is it known to be one.
struct Answer {
    /// The largest answer that is collected, in bytes; the same as the largest request by default.
    static let largestAnswer = 64 * 1024 * 1024

    enum State {
        case waiting
        case held
        case streaming
        case collecting(status: Int, retryAfter: Int?, body: ByteBuffer)
        case over
    }

    var state = State.waiting {
        didSet { if case .streaming = self.state { self.isStreaming = true } else { self.isStreaming = false } }
    }
    /// By itself, because it is asked for every stream twice a second: to ask the state would copy all of the answer.
    private var isStreaming = false
    let call: Call
    /// The seconds since 1970.
    let now: @Sendable () -> Int
    private let isStreamed: Bool
    /// `nil` when the answer is not streamed.
    private var filter: ChatStream?
    /// In the place of the filter when the answer is streamed in another dialect than Chat.
    var retold: (any AnswerStream)?

    /// Whether the caller was told that a stream begins before anything of an answer was there.
    var isAnnounced = false
    /// What the upstream reported as used, once it did.
    var usage: Usage?
    /// About how many tokens of a streamed answer passed by.
    var tokens: Int { self.retold?.tokens ?? self.filter?.tokens ?? 0 }
    /// The whole answer as one object, once it has been told, in a dialect whose servers keep it.
    var response: ByteBuffer?
    /// The cause of an error of the upstream that passed by inside the stream.
    var failureInside: GatewayError.Code? { self.filter?.failure?.code }

    /// - Parameter now: tells the seconds since 1970.
    init(call: Call, now: @escaping @Sendable () -> Int) {
        self.call = call
        self.now = now
        self.isStreamed = call.isStreamed
        guard self.isStreamed else { return }
        switch call.form {
        case .passed(let prepared, _):
            self.filter = ChatStream(
                publicModel: call.deployment.rawValue,
                keepsUsage: prepared.wantsUsage,
                hidesErrors: call.hidesUpstreamText ? call.errorCodes : nil
            )
        case .translated: self.retold = call.makeStream()
        }
    }

    /// Whether nothing of the upstream's answer was seen yet: only then may another tunnel be tried.
    var isUntouched: Bool {
        if case .waiting = self.state { true } else { false }
    }

    /// Whether the caller has been told that a stream begins.
    var isCommitted: Bool {
        self.isStreaming || self.isAnnounced
    }

    /// What to do after an event.
    enum Verdict {
        /// Nothing to tell the caller now.
        case wait
        /// Begin the stream if it has not begun, then write these bytes.
        case stream(ByteBuffer)
        /// Write these bytes, if any, and end the stream in order.
        case endStream(ByteBuffer?)
        /// Write one whole answer.
        case whole(status: Int, pieces: [ByteBuffer], retryAfter: Int?, code: GatewayError.Code?)
        /// Write how many tokens were counted.
        case count(ByteBuffer)
        /// Ask the same server something else.
        case ask(Manner)
        /// The server does not have what it was asked for, although its connector said so.
        case lacks(UpstreamService)
        /// The call has failed; nothing was written.
        case fail(GatewayError)
        /// The call has failed inside the stream: write these bytes and end it.
        case failInside(ByteBuffer, CallRecord.Outcome)
    }

    /// The head of the upstream's answer.
    mutating func head(_ head: BinaryHTTP.ResponseHead) -> Verdict {
        guard case .waiting = self.state, head.status >= 200 else { return .wait }
        let contentType = head.fields.first { $0.name == "content-type" }?.value ?? ""
        let isEventStream = contentType.utf8.starts(with: "text/event-stream".utf8)
        if head.status == 200, self.isStreamed, isEventStream {
            self.state = self.isAnnounced ? .streaming : .held
            return .wait
        }
        if head.status == 200, !self.isStreamed, isEventStream {
            return self.fail("answered with a stream although none was asked for")
        }
        let retryAfter = head.fields.first { $0.name == "retry-after" }.flatMap { Int($0.value) }
        self.state = .collecting(status: head.status, retryAfter: retryAfter, body: ByteBuffer())
        return .wait
    }

    /// Bytes of the upstream's answer.
    mutating func content(_ bytes: ByteBuffer) -> Verdict {
        switch self.state {
        case .held, .streaming:
            if self.retold != nil { return self.retell(bytes) }
            guard let out = self.filter?.receive(bytes) else {
                if self.filter?.hasEnded == true { return self.end() }
                if self.filter?.isBroken == true {
                    return self.broken(
                        GatewayError(.upstreamFailed, "The model server sent an event that is too large to be one.")
                    )
                }
                return .wait
            }
            if let failure = self.earlyFailure(out) { return failure }
            if self.filter?.hasEnded == true {
                // Some SDKs read to the end of the body after [DONE]: it ends here, whatever the upstream still does.
                self.usage = self.filter?.usage
                self.state = .over
                return .endStream(out)
            }
            self.state = .streaming
            return .stream(out)
        case .collecting(let status, let retryAfter, var body):
            guard body.readableBytes + bytes.readableBytes <= Self.largestAnswer else {
                return self.fail("answered with more than \(Self.largestAnswer / 1_048_576) MiB")
            }
            self.state = .over
            if body.readableBytes == 0 { body = bytes } else { body.writeImmutableBuffer(bytes) }
            self.state = .collecting(status: status, retryAfter: retryAfter, body: body)
            return .wait
        case .waiting, .over:
            return .wait
        }
    }

    /// The upstream's answer ended in order.
    mutating func end() -> Verdict {
        switch self.state {
        case .held, .streaming:
            if self.retold != nil { return self.endRetelling() }
            let committed = self.isCommitted
            let ending = self.filter?.finish() ?? .truncated
            // Behind the ending: what comes last may come without the line that ends it.
            self.usage = self.filter?.usage
            switch ending {
            case .complete(let rest):
                guard committed || rest != nil else {
                    return self.fail("ended its stream before the first event")
                }
                if let rest, let failure = self.earlyFailure(rest) { return failure }
                self.state = .over
                return .endStream(rest)
            case .truncated:
                return self.broken(
                    GatewayError(.upstreamFailed, "The model server ended the stream before the answer was complete.")
                )
            case .failed:
                self.state = .over
                return .endStream(nil)
            }
        case .collecting(let status, let retryAfter, let body):
            if !self.isAnnounced { self.state = .over }
            return self.whole(status: status, retryAfter: retryAfter, body: body)
        case .waiting:
            return self.fail("closed the connection without an answer")
        case .over:
            return .wait
        }
    }

    /// The real HTTP error, when an error of the upstream has passed by and nothing was written yet.
    private mutating func earlyFailure(_ events: ByteBuffer) -> Verdict? {
        guard let error = self.filter?.failure, !self.isCommitted else { return nil }
        self.state = .over
        if self.call.hidesUpstreamText { return .fail(self.told(error)) }
        let failure = ChatStream.failure(in: events, codes: self.call.errorCodes)
        return .whole(
            status: failure.status,
            pieces: [failure.body],
            retryAfter: failure.retryAfter,
            code: failure.code
        )
    }

    /// The answer cannot come to its end, for this reason.
    /// - Parameter outcome: what has become of the call, where it has not simply failed.
    mutating func broken(_ error: GatewayError, as outcome: CallRecord.Outcome? = nil) -> Verdict {
        if case .over = self.state { return .wait }
        defer { self.state = .over }
        guard self.isCommitted else { return .fail(error) }
        if self.retold == nil { self.usage = self.filter?.usage }
        return .failInside(self.errorInside(error), outcome ?? .failed(error.code))
    }

    /// An error that may say what the model server said, as far as the caller may know it.
    func told(_ error: GatewayError) -> GatewayError {
        self.call.endpoint.dialect.told(self.call.hidesUpstreamText ? error.withoutUpstreamText : error)
    }

    /// An error in the place of the end of a stream that has come to it.
    mutating func errorInside(_ error: GatewayError) -> ByteBuffer {
        let worded = error.worded(by: self.call.errorCodes)
        guard self.retold != nil else { return ChatStream.errorEvent(worded) }
        // The failure of such a stream has codes of its own, in whose place only a finer one stands.
        return self.failRetelling(error.reason == nil ? error : worded)
    }

    /// The head was held back for long enough: the stream begins although nothing came yet.
    mutating func commit() -> Verdict {
        guard case .held = self.state else { return .wait }
        self.state = .streaming
        return .stream(self.keepAlive(minute: false))
    }

    /// What keeps the caller's connection open while the upstream is silent.
    /// - Parameter minute: whether a minute has passed without an event.
    mutating func keepAlive(minute: Bool) -> ByteBuffer {
        if self.isStreaming { return self.retold?.keepAlive(minute: minute) ?? ChatStream.keepAlive }
        // Another answer may still take this one's place: the call knows what was said.
        let sign = self.call.signOfWaiting(minute: minute)
        self.retold = self.call.makeStream()
        return sign
    }

    mutating func fail(_ what: String) -> Verdict {
        self.broken(GatewayError(.upstreamFailed, "The model server \(what)."))
    }

    /// Judges an answer that was collected whole.
    private mutating func whole(status: Int, retryAfter: Int?, body: ByteBuffer) -> Verdict {
        switch self.call.manner {
        case .counting(let counter): return self.counted(counter, status: status, body: body)
        case .native(let service) where Self.isMissing(status, body): return .lacks(service)
        case .native, .translated: break
        }
        // Some servers say an error as a plain 200.
        guard status == 200, !self.isStreamed else {
            let status = status == 200 ? ChatFailure.status(in: body) : status
            let dialect = self.call.endpoint.dialect
            if self.isAnnounced {
                // The status has been sent; what is left to tell is told inside the stream.
                let error = ChatFailure.error(
                    status: status,
                    retryAfter: retryAfter,
                    body: body,
                    hidesText: self.call.hidesUpstreamText
                )
                return self.broken(dialect.told(error), as: .init(status: error.code.status, error.code))
            }
            let failure = dialect.upstreamFailure(
                status: status,
                retryAfter: retryAfter,
                body: body,
                requestID: self.call.id.rawValue,
                codes: self.call.errorCodes,
                hidesText: self.call.hidesUpstreamText
            )
            return .whole(
                status: failure.status,
                pieces: [failure.body],
                retryAfter: failure.retryAfter,
                code: failure.code
            )
        }
        do throws(GatewayError) {
            return .whole(status: 200, pieces: try self.pieces(of: body), retryAfter: nil, code: nil)
        } catch {
            return .fail(self.told(error))
        }
    }

    /// A whole answer as the caller gets it.
    private mutating func pieces(of body: ByteBuffer) throws(GatewayError) -> [ByteBuffer] {
        switch self.call.form {
        case .passed(let prepared, _):
            let answer = try OpenAI.inspectAnswer(
                body,
                publicModel: self.call.deployment.rawValue,
                makesEmbeddings: self.call.endpoint == .embeddings
            )
            self.usage = answer.usage
            guard self.call.endpoint == .embeddings, prepared.wantsBase64 else { return answer.pieces }
            return Embeddings.encodedBase64(answer.pieces)
        case .translated(let translation, let identity):
            let answer =
                self.call.manner == .translated
                ? try translation.reply(body, identity: identity, now: self.now())
                : try translation.passedReply(body, identity: identity, now: self.now())
            self.usage = answer.usage
            self.response = translation.responses == nil ? nil : answer.body
            return [answer.body]
        }
    }
}
