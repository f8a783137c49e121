import Admission
import Dialects
package import NIOCore
import Routing
import TunnelProtocol
import TunnelTransport
package import Vocabulary

/// One call on its way: between the caller's connection and a stream of a tunnel, until both have let go.
///
/// Lives on the event loop of the caller's connection. It only carries: what an answer means is decided by ``Answer``.
package final class Exchange: OpenCall, TunnelStreamHandler, CallLane.Pulsed {
    package var pulseIndex = -1

    let gateway: Gateway
    let lane: CallLane
    var call: Call
    private let caller: Caller
    /// What is counted against limits until the end.
    private var permit: Permit?
    weak var responder: (any CallResponder)?

    var answer: Answer
    var decoder = BinaryHTTP.Decoder(.response)
    var route: Route
    private var tried: [Int]
    /// Whether the call is counted on the tunnel of its route.
    private var isCounted = true
    var stream = CallStream.none
    /// How much of the answer came, and on which of the streams that were opened for it.
    var progress: AnswerProgress
    /// The wait for a tunnel.
    var wait: Int?
    /// How often the request was sent again because its connector had never seen it.
    var repeats = 0
    /// Bytes of the tunnel whose credit is kept back because the caller reads slowly.
    var keptCredit = 0
    /// The same of tunnels that have died.
    var unread = 0
    /// Of the tunnel.
    var silence: Silence
    /// Towards the caller.
    var quiet: Silence
    /// Towards the caller, but for signs of life.
    var eventless: Silence
    private var firstByte: NIODeadline?
    private let announced: Announced?
    /// When the call left the line, if it waited in one.
    let placed: NIODeadline
    private var bytesOut = 0
    private var mustFlush = false
    private(set) var isOver = false
    /// Who does the rest of a call that no server took, and that waits for another one.
    private var successor: WaitingCall?

    /// - Parameter announced: what the caller was told before anybody was there to answer.
    init(
        gateway: Gateway,
        lane: CallLane,
        call: Call,
        caller: Caller,
        route: Route,
        permit: Permit?,
        responder: any CallResponder,
        tried: [Int] = [],
        announced: Announced? = nil
    ) {
        self.gateway = gateway
        self.lane = lane
        self.call = call
        self.caller = caller
        self.route = route
        self.permit = permit
        self.responder = responder
        self.progress = AnswerProgress(call: call.id.rawValue, numbered: lane.makeStreamNumber())
        self.answer = Answer(call: call, now: gateway.now)
        self.placed = .now()
        self.silence = Silence(since: self.placed)
        self.quiet = Silence(since: call.complete)
        self.eventless = Silence(since: call.complete)
        self.tried = tried
        self.announced = announced
        self.answer.isAnnounced = announced != nil
        self.firstByte = announced?.since
    }

    /// The number of the stream that was opened last: what an earlier one still brings is for nobody.
    var opened: Int { self.progress.opened }

    /// Opens the stream and sends the request.
    package func start() {
        self.lane.watch(self)
        self.gateway.observer.callOpened()
        self.open()
    }

    // MARK: What the caller does

    /// The caller left: the upstream stops generating.
    package func callerLeft() {
        if let successor { return successor.callerLeft() }
        guard !self.isOver else { return }
        self.end(.clientGone, status: 499, letGo: .cancelled)
    }

    /// The answer cannot be taken to its end.
    package func fail(_ error: GatewayError) {
        if let successor { return successor.fail(error) }
        guard !self.isOver else { return }
        self.act(on: self.answer.broken(error))
    }

    /// The caller's connection takes bytes again.
    package func callerWritable() {
        self.successor?.callerWritable()
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

    package func streamReceived(_ bytes: ByteBuffer, isFinal: Bool) {
        guard !self.isOver else { return self.stream.consumed(bytes.readableBytes) }
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
            while !self.isOver, self.opened == number, let part = try self.decoder.next() { self.take(part) }
            if isFinal, !self.isOver, self.opened == number, let part = try self.decoder.finish() { self.take(part) }
        } catch {
            self.act(on: self.answer.broken(GatewayError(.upstreamFailed, "The connector broke off the answer.")))
        }
    }

    package func streamReadComplete() {
        guard self.mustFlush else { return }
        self.mustFlush = false
        self.responder?.flush()
    }

    package func streamReset(code: UInt64) {
        guard !self.isOver else { return }
        var code = ApplicationErrorCode(rawValue: code) ?? .upstreamFailed
        if self.progress.isResumed {
            if code == .refused, self.progress.received == 0, self.sendAgain() { return }
            if code.meansNotStarted, !self.answer.isUntouched { code = .lost }
            if code == .lost { self.gateway.observer.callLost() }
        }
        if code.meansNotStarted, self.answer.isUntouched, self.tryElsewhere(mayWait: code != .refused) { return }
        self.act(on: self.answer.broken(self.call.error(for: code)))
        self.streamReadComplete()
    }

    package func streamStopped(code: UInt64) {
        // The upstream may answer before it has read the whole request; its answer decides.
    }

    package func streamWritable() {}

    package func streamClosed() {
        self.stream = .none
        guard !self.isOver else { return }
        self.act(on: self.answer.broken(self.call.error(for: .upstreamFailed)))
        self.streamReadComplete()
    }

    /// The tunnel took no further stream, or died before it could.
    func streamNotOpened() {
        guard !self.isOver else { return }
        // It may take one by the next tick.
        if self.progress.isResumed { return self.progress.lose(now: .now()) }
        if self.tryElsewhere(mayWait: self.gateway.registry.hasLeft(self.route)) { return }
        let error = GatewayError(
            .upstreamBusy,
            "The connector of \(self.call.deployment) has as many calls open as it takes. Try again shortly.",
            retryAfter: 1
        )
        self.act(on: self.answer.broken(error))
    }

    // MARK: Inside

    func open() {
        self.progress.start()
        self.stream = CallStream.open(
            on: self.route.tunnel,
            for: self,
            lane: self.lane,
            request: self.gateway.request(for: self.call, on: self.route, stream: self.opened)
        )
        if case .none = self.stream { self.streamNotOpened() }
    }

    /// Another tunnel gets the call, if there is one; only before anything of an answer was seen.
    /// - Parameter mayWait: whether it may wait for one otherwise.
    private func tryElsewhere(mayWait: Bool) -> Bool {
        self.tried.append(self.route.tunnel.number)
        self.gateway.registry.release(self.route)
        self.isCounted = false
        self.stream.abandon(.cancelled)
        self.stream = .none
        guard self.tried.count < Gateway.mostTries else { return false }
        let placement = self.gateway.registry.place(
            self.call.deployment,
            near: self.lane.eventLoop,
            tried: self.tried
        )
        guard case .route(let route) = placement else { return mayWait && self.waitForAnother() }
        self.route = route
        self.isCounted = true
        self.ask(self.call.choose(for: route.server))
        return true
    }

    /// Nobody else is there now, but somebody may be in a moment: the call goes back into the line.
    private func waitForAnother() -> Bool {
        guard let responder, !self.call.endpoint.countsTokens else { return false }
        let waiting = WaitingCall(
            self.call,
            of: self.caller,
            with: self.permit,
            gateway: self.gateway,
            lane: self.lane,
            responder: responder,
            tried: self.tried,
            announced: self.announced
        )
        guard waiting.seekRoute() == nil else { return false }
        self.permit = nil
        self.isOver = true
        self.mustFlush = false
        self.responder = nil
        self.lane.unwatch(self)
        self.gateway.observer.callClosed()
        self.call.letGoOfBody()
        self.successor = waiting
        waiting.start()
        return true
    }

    /// Asks the server of the route, on a new stream.
    /// - Parameter isPossible: whether it can be asked; else the number of tokens that is wanted is estimated.
    private func ask(_ isPossible: Bool) {
        self.stream.consumed(self.keptCredit)
        self.keptCredit = 0
        self.stream.abandon(.none)
        self.stream = .none
        self.decoder = BinaryHTTP.Decoder(.response)
        self.answer = Answer(call: self.call, now: self.gateway.now)
        self.answer.isAnnounced = self.announced != nil
        if isPossible {
            self.open()
        } else if let estimate = self.call.estimate {
            self.tell(count: estimate, isExact: false)
        }
    }

    private func tell(count: ByteBuffer, isExact: Bool) {
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
            self.act(on: self.answer.head(head))
        case .content(let bytes): self.act(on: self.answer.content(bytes))
        case .end: self.act(on: self.answer.end())
        case .requestHead: break
        }
    }

    func act(on verdict: Answer.Verdict) {
        guard !self.isOver else { return }
        if let response = self.answer.response {
            self.giveBack()
            self.gateway.keep(response, of: self.call.form, for: self.caller, on: self.lane.eventLoop)
        }
        switch verdict {
        case .wait:
            break
        case .stream(let bytes):
            self.write(bytes)
            self.eventless.end()
        case .endStream(let rest):
            if let rest { self.write(rest) }
            self.end(self.answer.hasFailedInside ? .failed(.upstreamFailed) : .completed, status: 200, letGo: .none) {
                $0.endStream()
            }
        case .failInside(let bytes, let code):
            self.write(bytes)
            self.end(.failed(code), status: 200, letGo: .cancelled) { $0.endStream() }
        case .whole(let status, let pieces, let retryAfter, let code):
            self.firstByte = .now()
            self.bytesOut = pieces.reduce(0) { $0 + $1.readableBytes }
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

    /// What is counted against limits is over: who can read an answer, here or from the store, may make the next call.
    private func giveBack() {
        self.gateway.giveBack(self.permit, tokens: self.answer.usage.map { $0.input + $0.output })
        self.permit = nil
    }

    /// The one end of every call: lets go of both sides, says the last word to the caller, then tells what became of it.
    private func end(
        _ outcome: CallRecord.Outcome,
        status: Int,
        letGo code: ApplicationErrorCode,
        _ lastWord: (any CallResponder) -> Void = { _ in }
    ) {
        // Over before the last word: it may close the caller's connection on the spot, which is no leaving early.
        self.isOver = true
        self.mustFlush = false
        let responder = self.responder
        self.responder = nil
        self.stream.consumed(self.keptCredit)
        self.stream.abandon(code)
        self.stream = .none
        if self.progress.isWaiting {
            self.stopWaiting()
            self.gateway.registry.cancel(self.progress.name, of: self.route)
        }
        // Before the last word too: whoever has read an answer may make the next call.
        self.giveBack()
        if let responder { lastWord(responder) }
        self.lane.unwatch(self)
        if self.isCounted { self.gateway.registry.release(self.route) }
        self.gateway.observer.callClosed()
        self.gateway.observer.callEnded(
            CallRecord(
                of: self.call,
                outcome,
                status: status,
                usage: self.answer.usage,
                firstByte: self.firstByte,
                bytesOut: self.bytesOut
            )
        )
    }
}
