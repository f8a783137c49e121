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

    private enum State {
        case waiting
        case held
        case streaming
        case collecting(status: Int, retryAfter: Int?, body: ByteBuffer)
        case over
    }

    private var state = State.waiting
    private let isStreamed: Bool
    private let endpoint: Endpoint
    private let publicModel: String
    private let wantsBase64: Bool
    private var filter: ChatStream

    /// What the upstream reported as used, once it did.
    private(set) var usage: Usage?
    /// Whether an error of the upstream passed by inside the stream.
    var hasFailedInside: Bool { self.filter.hasFailed }

    init(call: Call) {
        self.isStreamed = call.isStreamed
        self.endpoint = call.endpoint
        self.publicModel = call.deployment.rawValue
        self.wantsBase64 = call.prepared.wantsBase64
        self.filter = ChatStream(
            publicModel: call.deployment.rawValue,
            keepsUsage: call.wantsUsage
        )
    }

    /// Whether nothing of the upstream's answer was seen yet: only then may another tunnel be tried.
    var isUntouched: Bool {
        if case .waiting = self.state { true } else { false }
    }

    /// Whether the caller has been told that a stream begins.
    var isCommitted: Bool {
        if case .streaming = self.state { true } else { false }
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
        /// The call has failed; nothing was written.
        case fail(GatewayError)
        /// The call has failed inside the stream: write these bytes and end it.
        case failInside(ByteBuffer, GatewayError.Code)
    }

    /// The head of the upstream's answer.
    mutating func head(_ head: BinaryHTTP.ResponseHead) -> Verdict {
        guard case .waiting = self.state, head.status >= 200 else { return .wait }
        let contentType = head.fields.first { $0.name == "content-type" }?.value ?? ""
        let isEventStream = contentType.utf8.starts(with: "text/event-stream".utf8)
        if head.status == 200, self.isStreamed, isEventStream {
            self.state = .held
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
            guard let out = self.filter.receive(bytes) else {
                if self.filter.hasEnded { return self.end() }
                if self.filter.isBroken {
                    return self.broken(
                        GatewayError(.upstreamFailed, "The model server sent an event that is too large to be one.")
                    )
                }
                return .wait
            }
            if self.filter.hasEnded {
                // Some SDKs read to the end of the body after [DONE]: it ends here, whatever the upstream still does.
                self.usage = self.filter.usage
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
            let committed = self.isCommitted
            let ending = self.filter.finish()
            // Behind the ending: what comes last may come without the line that ends it.
            self.usage = self.filter.usage
            switch ending {
            case .complete(let rest):
                guard committed || rest != nil else {
                    return self.fail("ended its stream before the first event")
                }
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
            self.state = .over
            return self.whole(status: status, retryAfter: retryAfter, body: body)
        case .waiting:
            return self.fail("closed the connection without an answer")
        case .over:
            return .wait
        }
    }

    /// The answer cannot come to its end, for this reason.
    mutating func broken(_ error: GatewayError) -> Verdict {
        defer { self.state = .over }
        switch self.state {
        case .streaming:
            self.usage = self.filter.usage
            return .failInside(ChatStream.errorEvent(error), error.code)
        case .waiting, .held, .collecting:
            return .fail(error)
        case .over:
            return .wait
        }
    }

    /// The head was held back for long enough: the stream begins although nothing came yet.
    mutating func commit() -> Verdict {
        guard case .held = self.state else { return .wait }
        self.state = .streaming
        return .stream(ChatStream.keepAlive)
    }

    private mutating func fail(_ what: String) -> Verdict {
        self.state = .over
        return .fail(GatewayError(.upstreamFailed, "The model server \(what)."))
    }

    /// Judges an answer that was collected whole.
    private mutating func whole(status: Int, retryAfter: Int?, body: ByteBuffer) -> Verdict {
        guard status == 200 else {
            let failure = OpenAI.upstreamFailure(status: status, retryAfter: retryAfter, body: body)
            return .whole(
                status: failure.status,
                pieces: [failure.body],
                retryAfter: failure.retryAfter,
                code: failure.code
            )
        }
        if self.isStreamed {
            // Some servers say an error as a plain 200.
            let failure = OpenAI.upstreamFailure(status: 502, retryAfter: nil, body: body)
            return .whole(status: failure.status, pieces: [failure.body], retryAfter: nil, code: .upstreamFailed)
        }
        do {
            let answer = try OpenAI.inspectAnswer(body, publicModel: self.publicModel)
            self.usage = answer.usage
            guard self.endpoint == .embeddings, self.wantsBase64 else {
                return .whole(status: 200, pieces: answer.pieces, retryAfter: nil, code: nil)
            }
            let pieces = Embeddings.encodedBase64(answer.pieces)
            return .whole(status: 200, pieces: pieces, retryAfter: nil, code: nil)
        } catch {
            return .fail(error)
        }
    }
}
