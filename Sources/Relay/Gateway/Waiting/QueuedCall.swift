import Accounts
import Admission
import Dialects
import NIOCore
import Vocabulary

/// A call that waits for others to end, because one of its limits of calls at once has no room for it.
///
/// ```
/// waiting ──its turn──▶ further: whatever comes behind the limits
///    └── too long, displaced, the relay stops, the caller left ──▶ over
/// ```
/// Lives on the event loop of the caller's connection. Nothing is said meanwhile: what becomes of the wait has its own status.
final class QueuedCall: OpenCall, CallLane.Pulsed {
    private enum Phase {
        /// Nobody has been asked yet.
        case seeking
        case waiting(PermitPlace)
        case further(any OpenCall)
        case over
    }

    var pulseIndex = -1
    private let gateway: Gateway
    private let lane: CallLane
    private let grant: Grant
    private let request: Gateway.Request
    private let isStreamed: Bool
    private let size: Int
    private let estimate: Int
    private weak var responder: (any CallResponder)?
    private let since = NIODeadline.now()
    private var phase = Phase.seeking
    /// Until it goes on.
    private var further: Gateway.Further?
    /// Why it waits.
    private let refusal: LimitRefusal

    /// - Parameters:
    ///   - refusal: why it waits.
    ///   - estimate: about how many tokens the request has.
    ///   - isStreamed: whether its answer is to be streamed to the caller.
    init(
        _ request: Gateway.Request,
        as grant: Grant,
        estimate: Int,
        isStreamed: Bool,
        after refusal: LimitRefusal,
        of gateway: Gateway,
        on lane: CallLane,
        answeringTo responder: any CallResponder,
        then further: Gateway.Further
    ) {
        self.gateway = gateway
        self.lane = lane
        self.grant = grant
        // What waits is kept by who goes on with it.
        self.size = request.body.readableBytes
        self.estimate = estimate
        self.request = request.withoutBody()
        self.isStreamed = isStreamed
        self.refusal = refusal
        self.responder = responder
        self.further = further
    }

    // MARK: The line

    /// Looks for room once more, and else stands in the line; once, before everything else.
    /// - Returns: the call that goes on: this one when it waits.
    /// - Throws: when there is no room to wait either.
    func seekPermit() throws(GatewayError) -> any OpenCall {
        let bound = NIOLoopBound(self, eventLoop: self.lane.eventLoop)
        let waiter = PermitWaiter { turn in bound.eventLoop.execute { bound.value.take(turn) } }
        let prospect: PermitProspect
        do throws(LimitRefusal) {
            prospect = try self.gateway.limiter.admitOrWait(
                self.grant,
                estimate: self.estimate,
                size: self.size,
                now: Self.now,
                waiter
            )
        } catch {
            self.responder?.announce(error.report)
            self.giveUp()
            throw error.error
        }
        switch prospect {
        case .waits(let place):
            self.phase = .waiting(place)
            self.gateway.observer.callWaits(self.grant.deploymentName, for: .limit)
            return self
        case .permit(let permit):
            return try self.goOn(permit)
        }
    }

    /// The line has come to this call.
    private func take(_ turn: PermitTurn) {
        guard case .waiting = self.phase else {
            // The caller left in the same moment.
            if case .permit(let permit) = turn { self.gateway.giveBack(permit, tokens: 0) }
            return
        }
        switch turn {
        case .permit(let permit):
            do throws(GatewayError) {
                do throws(GatewayError) {
                    // It has taken its time.
                    try self.gateway.gatekeeper.check(self.request.caller.key)
                } catch {
                    self.gateway.giveBack(permit, tokens: 0)
                    throw error
                }
                self.told(.served)
                let call = try self.goOn(permit)
                self.phase = .further(call)
                self.lane.unwatch(self)
                call.start()
            } catch {
                self.end(.ended, error)
            }
        case .refused(let refusal):
            self.responder?.announce(refusal.report)
            self.end(.ended, refusal.error)
        case .stopping:
            self.end(.ended, .restarting)
        }
    }

    private func goOn(_ permit: Permit?) throws(GatewayError) -> any OpenCall {
        guard let responder, let further = self.further.take() else {
            self.gateway.giveBack(permit, tokens: 0)
            self.giveUp()
            throw .restarting
        }
        if let permit { responder.announce(permit.report) }
        return try further.goOn(permit, responder)
    }

    /// It goes no further: what it held is given back, once.
    private func giveUp() { self.further.take()?.giveUp() }

    // MARK: What the caller does

    func start() {
        if case .waiting = self.phase { self.lane.watch(self) }
    }

    func callerLeft() {
        switch self.phase {
        case .waiting(let place):
            _ = self.gateway.limiter.leave(place, now: Self.now)
            self.told(.left)
            self.close(.clientGone)
        case .further(let call): call.callerLeft()
        case .seeking, .over: break
        }
    }

    func callerWritable() {
        if case .further(let call) = self.phase { call.callerWritable() }
    }

    func fail(_ error: GatewayError) {
        switch self.phase {
        case .waiting(let place):
            _ = self.gateway.limiter.leave(place, now: Self.now)
            self.end(.ended, error)
        case .further(let call): call.fail(error)
        case .seeking, .over: break
        }
    }

    // MARK: Time

    func tick(now: NIODeadline) {
        self.further?.renew(now)
        guard case .waiting(let place) = self.phase, now - self.since >= self.gateway.times.turn else { return }
        // Already out of the line: its turn is on its way to this event loop.
        guard let report = self.gateway.limiter.leave(place, now: Self.now) else { return }
        self.responder?.announce(report)
        self.end(.expired, self.refusal.error)
    }

    /// What the limiter takes for the time.
    private static var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }

    // MARK: The end

    private func end(_ outcome: WaitOutcome, _ error: GatewayError) {
        if case .waiting = self.phase, self.further != nil { self.told(outcome) }
        let responder = self.responder
        // Over before the last word: it may close the caller's connection on the spot.
        self.close(.failed(error.code))
        responder?.respond(error)
    }

    private func told(_ outcome: WaitOutcome) {
        self.gateway.observer.callWaited(
            CallWait(
                deployment: self.grant.deploymentName,
                reason: .limit,
                outcome: outcome,
                duration: .now() - self.since
            )
        )
    }

    private func close(_ outcome: CallRecord.Outcome) {
        self.phase = .over
        self.responder = nil
        self.giveUp()
        self.lane.unwatch(self)
        self.gateway.endUnserved(
            self.request,
            bytesIn: self.size,
            as: self.grant,
            isStreamed: self.isStreamed,
            outcome
        )
    }
}
