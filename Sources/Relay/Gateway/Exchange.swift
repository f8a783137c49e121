import Accounts
import Dialects
import NIOCore
import Routing
import TunnelProtocol
import TunnelTransport
import Vocabulary

/// One call on its way: between the caller's connection and a stream of a tunnel, until both have let go.
///
/// ```
/// carrying ──all is there that is to be paid──▶ settling ──▶ over
///    │ └── every other end ──────────────────────────────────▲
///    └── nobody took it, somebody else may in a moment ──▶ handedOver
/// ```
/// Lives on the event loop of the caller's connection. It only carries: what an answer means is decided by ``Answer``.
final class Exchange: OpenCall, TunnelStreamHandler {
    /// How far it is.
    enum Phase {
        /// What the tunnel brings counts.
        case carrying
        /// Nothing of the tunnel counts any more: the call waits to be paid.
        case settling
        case over
        /// No server took the call: it waits for another one, and this does the rest.
        case handedOver(WaitingCall)
    }

    // What every piece of a stream looks at comes first, and so lies together: with thousands of streams none of it is in a
    // processor's cache any more when its next piece comes.

    var phase = Phase.carrying
    var mustFlush = false
    /// Held until the end, or until the caller has left, as it holds the call; a weak reference would be looked up three times
    /// for every piece.
    var responder: (any CallResponder)?
    var stream = CallStream.none
    /// Bytes of the tunnel whose credit is kept back because the caller reads slowly.
    var keptCredit = 0
    private(set) var bytesOut = 0
    private(set) var firstByte: NIODeadline?
    /// Of the tunnel.
    var silence: Silence
    /// Towards the caller.
    var quiet: Silence
    /// Towards the caller, but for signs of life.
    var eventless: Silence
    /// What the call holds until its end.
    var stake: Gateway.Stake
    /// How much of the answer came, and on which of the streams that were opened for it.
    var progress: AnswerProgress
    var decoder = BinaryHTTP.Decoder(.response)
    var answer: Answer

    var pulseIndex = -1
    let gateway: Gateway
    let lane: CallLane
    let call: Call
    let caller: Caller
    /// `nil` for a call that is not paid for.
    var charge: Charge? { self.stake.charge }

    var route: Route
    var tried: [Int]
    /// Whether the call is counted on the tunnel of its route.
    var isCounted = true
    /// Whether a tunnel has taken the request: only then may a model server have been asked.
    var wasSent = false
    /// The wait for a tunnel.
    var wait: Int?
    /// How often the request was sent again because its connector had never seen it.
    var repeats = 0
    /// The same as ``keptCredit``, of tunnels that have died.
    var unread = 0
    /// When a streamed answer was begun before anybody was there to give it.
    let announced: NIODeadline?
    /// When the call left the line, if it waited in one.
    let placed: NIODeadline
    /// The caller left, and the answer is taken to its end all the same.
    private(set) var isDrained = false

    /// What became of the money is decided: it must not be decided twice.
    var isAccounted = false
    /// What was charged, and for what, once that is decided.
    var paid: (usage: Usage, cost: MicroCredits)?

    /// Nothing of the tunnel counts any more.
    var hasLeftTunnel: Bool { if case .carrying = self.phase { false } else { true } }
    /// Whether the caller has got the beginning of a stream.
    var hasBegun: Bool { self.firstByte != nil }

    init(
        _ admitted: AdmittedCall,
        on route: Route,
        of gateway: Gateway,
        lane: CallLane,
        answeringTo responder: any CallResponder
    ) {
        let call = admitted.call
        self.gateway = gateway
        self.lane = lane
        self.call = call
        self.caller = admitted.caller
        self.route = route
        self.stake = admitted.stake
        self.responder = responder
        self.progress = AnswerProgress(call: call.id.rawValue, numbered: lane.makeStreamNumber())
        self.answer = Answer(call: call, now: gateway.now)
        self.placed = route.placed
        self.silence = Silence(since: self.placed)
        self.quiet = Silence(since: call.complete)
        self.eventless = Silence(since: call.complete)
        self.tried = admitted.tried
        self.announced = admitted.announced
        self.answer.isAnnounced = admitted.announced != nil
        self.firstByte = admitted.announced
    }

    /// The number of the stream that was opened last: what an earlier one still brings is for nobody.
    var opened: Int { self.progress.opened }

    /// Opens the stream and sends the request.
    func start() {
        self.lane.watch(self)
        self.open()
    }

    // MARK: What the caller does

    /// The caller left: the upstream stops generating, unless the caller pays for the whole answer.
    func callerLeft() {
        switch self.phase {
        case .handedOver(let successor): return successor.callerLeft()
        case .over: return
        // What waits to be paid is paid; nobody is there to be told.
        case .settling: return self.responder = nil
        case .carrying: break
        }
        if let charge {
            // Nobody can leave a response in the background: it is cancelled.
            if charge.vanishedClient == .paysWhole, !self.call.isInBackground { return self.drain() }
            self.settleVanished(charge)
        }
        self.end(.clientGone, status: 499, letGo: .cancelled)
    }

    /// The answer cannot be taken to its end.
    func fail(_ error: GatewayError) {
        switch self.phase {
        case .handedOver(let successor): successor.fail(error)
        case .over: break
        case .carrying, .settling: self.act(on: self.answer.broken(error))
        }
    }

    /// The caller's connection takes bytes again.
    func callerWritable() {
        if case .handedOver(let successor) = self.phase { return successor.callerWritable() }
        if self.unread > 0 {
            self.unread = 0
            if self.progress.isWaiting, self.wait == nil { self.goOn() }
        }
        guard self.keptCredit > 0 else { return }
        let credit = self.keptCredit
        self.keptCredit = 0
        self.stream.consumed(credit)
    }

    // MARK: What the tunnel brings

    func streamReceived(_ bytes: ByteBuffer, isFinal: Bool) {
        guard !self.hasLeftTunnel else { return self.stream.consumed(bytes.readableBytes) }
        if self.responder?.isWritable != false {
            self.stream.consumed(bytes.readableBytes)
        } else {
            self.keptCredit += bytes.readableBytes
        }
        self.progress.receive(bytes.readableBytes)
        self.silence.end()
        self.decoder.receive(bytes)
        let number = self.opened
        do {
            while !self.hasLeftTunnel, self.opened == number, let part = try self.decoder.next() { self.take(part) }
            if isFinal, !self.hasLeftTunnel, self.opened == number, let part = try self.decoder.finish() {
                self.take(part)
            }
        } catch {
            self.act(on: self.answer.broken(GatewayError(.upstreamFailed, "The connector broke off the answer.")))
        }
    }

    func streamReadComplete() {
        guard self.mustFlush else { return }
        self.mustFlush = false
        self.responder?.flush()
    }

    func streamReset(code: UInt64) {
        guard !self.hasLeftTunnel else { return }
        var code = ApplicationErrorCode(rawValue: code) ?? .upstreamFailed
        if self.progress.isResumed {
            if code == .refused, self.progress.received == 0, self.sendAgain() { return }
            if code.meansNotStarted, !self.answer.isUntouched { code = .lost }
            if code == .lost { self.gateway.observer.callLost() }
        }
        if code.meansNotStarted, self.answer.isUntouched,
            self.tryElsewhere(mayWait: code != .refused, failed: code == .draining ? nil : true)
        {
            return
        }
        self.act(on: self.answer.broken(self.call.error(for: code)))
        self.streamReadComplete()
    }

    func streamStopped(code: UInt64) {
        // The upstream may answer before it has read the whole request; its answer decides.
    }

    func streamWritable() {}

    func streamClosed() {
        self.stream = .none
        guard !self.hasLeftTunnel else { return }
        self.act(on: self.answer.broken(self.call.error(for: .upstreamFailed)))
        self.streamReadComplete()
    }

    /// The tunnel took no further stream, or died before it could.
    func streamNotOpened() {
        guard !self.hasLeftTunnel else { return }
        // It may take one by the next tick.
        if self.progress.isResumed { return self.progress.lose(now: .now()) }
        self.wasSent = false
        if self.tryElsewhere(mayWait: self.gateway.registry.hasLeft(self.route)) { return }
        let error = GatewayError(
            .upstreamBusy,
            "The connector of \(self.call.deployment) has as many calls open as it takes. Try again shortly.",
            retryAfter: 1
        )
        self.act(on: self.answer.broken(error))
    }

    // MARK: Inside

    func tell(count: ByteBuffer, isExact: Bool) {
        self.firstByte = .now()
        self.bytesOut = count.readableBytes
        self.end(.completed, status: 200, letGo: isExact ? .none : .cancelled) {
            $0.respond(count: count, isExact: isExact)
        }
    }

    private func take(_ part: BinaryHTTP.Part) {
        switch part {
        case .responseHead(let head):
            // From now on the call cannot be tried elsewhere: its body is not needed any more. Only a server that turns out not
            // to have what it was asked for is asked once more.
            if head.status >= 200, case .translated = self.call.manner { self.call.letGoOfBody() }
            if self.announced != nil { self.letGoOfHeldBody(behind: head.status) }
            self.act(on: self.answer.head(head))
        case .content(let bytes): self.act(on: self.answer.content(bytes))
        case .end: self.act(on: self.answer.end())
        case .requestHead: break
        }
    }

    func act(on verdict: Answer.Verdict) {
        guard !self.hasLeftTunnel else { return }
        // The verdict first: most are a piece of a stream, for which nobody looks at the money.
        if let last = LastWord(verdict), let charge, self.answer.failureInside == nil {
            return self.settle(charge, last)
        }
        self.keepResponse()
        switch verdict {
        case .wait:
            break
        case .stream(let bytes):
            self.write(bytes)
            self.eventless.end()
        case .endStream(let rest):
            if let rest { self.write(rest) }
            let outcome = self.answer.failureInside.map { CallRecord.Outcome.failed($0) } ?? .completed
            self.end(outcome, status: 200, letGo: .none) { $0.endStream() }
        case .failInside(let bytes, let outcome):
            self.write(bytes)
            self.end(outcome, status: 200, letGo: .cancelled) { $0.endStream() }
        case .whole(let status, let pieces, let retryAfter, let code):
            self.countWhole(pieces)
            self.end(.init(status: status, code), status: status, letGo: .none) {
                $0.respond(status: status, pieces: pieces, retryAfter: retryAfter)
            }
        case .count(let bytes):
            self.tell(count: bytes, isExact: true)
        case .ask(let manner):
            self.call.manner = manner
            self.ask(true)
        case .lacks(let service):
            self.gateway.registry.note(&self.route, lacks: service)
            self.ask(self.call.choose(for: self.route.server))
        case .fail(let error):
            if let estimate = self.call.estimate { return self.tell(count: estimate, isExact: false) }
            let status = self.call.endpoint.dialect.status(of: error.code)
            self.end(.failed(error.code), status: status, letGo: .cancelled) { $0.respond(error) }
        }
    }

    /// Puts a whole response where its caller may ask for it.
    func keepResponse() {
        guard let response = self.answer.response else { return }
        self.giveBack()
        self.gateway.keep(
            response,
            of: self.call.form,
            in: self.call.manner,
            for: self.caller,
            on: self.lane.eventLoop
        )
    }

    /// The caller left, and pays for the whole answer: it is taken to its end.
    private func drain() {
        self.responder = nil
        self.isDrained = true
        self.callerWritable()
    }

    func countWhole(_ pieces: [ByteBuffer]) {
        self.firstByte = .now()
        self.bytesOut = pieces.reduce(0) { $0 + $1.readableBytes }
    }

    func write(_ bytes: ByteBuffer) {
        self.quiet.end()
        self.bytesOut += bytes.readableBytes
        if self.firstByte == nil {
            self.firstByte = .now()
            self.responder?.beginStream(self.call.streamType)
        }
        self.responder?.write(bytes)
        self.mustFlush = true
    }
}
