import Admission
import Dialects
import NIOCore
import Routing
import TunnelProtocol
import Vocabulary

/// A call that was let in and that nobody can answer yet: it stands in a line until its turn comes.
///
/// ```
/// waiting ──a connector is there──▶ placed: an exchange does the rest
///    │ └── long: a streamed answer begins, with signs of life ──▶ (goes on waiting)
///    └── too long, displaced, the relay stops, the caller left ──▶ over
/// ```
/// Lives on the event loop of the caller's connection. A line knows it by a closure that is called once, unless it left.
/// Whoever leaves is out of the line at once.
final class WaitingCall: OpenCall, CallLane.Pulsed {
    private enum Phase {
        /// Nobody has been asked yet.
        case seeking
        case waiting(RoutePlace)
        case placed(any OpenCall)
        case over
    }

    var pulseIndex = -1
    private let gateway: Gateway
    private let lane: CallLane
    private var admitted: AdmittedCall
    private weak var responder: (any CallResponder)?
    /// What it waits for.
    private var scarcity = Scarcity.connector
    private let since = NIODeadline.now()
    private var phase = Phase.seeking
    private var isStarted = false
    /// Towards the caller.
    private var quiet: Silence
    /// Towards the caller, but for signs of life that are no events.
    private var eventless: Silence

    init(
        _ admitted: AdmittedCall,
        of gateway: Gateway,
        lane: CallLane,
        answeringTo responder: any CallResponder
    ) {
        self.admitted = admitted
        self.gateway = gateway
        self.lane = lane
        self.responder = responder
        self.quiet = Silence(since: self.since)
        self.eventless = Silence(since: admitted.call.complete)
    }

    private var call: Call { self.admitted.call }

    // MARK: The line

    /// Looks for somebody who serves the deployment, and else stands in its line; once, before everything else.
    /// - Returns: why there is nothing to wait for, or no room to wait; then nothing has happened.
    func seekRoute() -> GatewayError? {
        let bound = NIOLoopBound(self, eventLoop: self.lane.eventLoop)
        let waiter = RouteWaiter(
            owner: self.call.user,
            size: self.call.bytesIn,
            eventLoop: self.lane.eventLoop,
            tried: self.admitted.tried,
            prefix: self.call.prefix,
            wake: { turn in bound.eventLoop.execute { bound.value.take(turn) } }
        )
        switch self.gateway.registry.placeOrWait(self.call.deployment, waiter) {
        case .route(let route): self.goOn(to: route)
        case .waits(let place, let scarcity):
            self.phase = .waiting(place)
            self.scarcity = scarcity
            self.gateway.observer.callWaits(self.call.deployment, for: self.reason)
        case .crowded: return .allBusy(self.call.deployment)
        case .offline(let outage): return .offline(self.call.deployment, outage)
        case .full(let outage): return .offlineAndFull(self.call.deployment, outage)
        case .stopping: return .restarting
        }
        return nil
    }

    /// The line has come to this call.
    private func take(_ turn: RouteTurn) {
        guard case .waiting = self.phase else {
            // The caller left in the same moment.
            if case .route(let route) = turn { self.gateway.registry.release(route) }
            return
        }
        switch turn {
        case .route(let route):
            do throws(GatewayError) {
                // It has taken its time.
                try self.gateway.gatekeeper.check(self.admitted.caller.key)
            } catch {
                self.gateway.registry.release(route)
                return self.end(.ended, error)
            }
            self.told(.served)
            self.goOn(to: route)
        case .displaced:
            let name = self.call.deployment
            self.end(
                .ended,
                self.scarcity == .slot ? .allBusy(name) : .offlineAndFull(name, self.gateway.registry.outage(of: name))
            )
        case .stopping:
            self.end(.ended, .restarting)
        }
    }

    private func goOn(to route: Route) {
        _ = self.call.choose(for: route.server)
        guard let responder else {
            self.gateway.registry.release(route)
            return self.close(.clientGone, status: 499)
        }
        let exchange = Exchange(self.admitted, on: route, of: self.gateway, lane: self.lane, answeringTo: responder)
        // The exchange lets go of it in its time.
        self.admitted.stake = Gateway.Stake()
        self.phase = .placed(exchange)
        guard self.isStarted else { return }
        self.lane.unwatch(self)
        exchange.start()
    }

    // MARK: What the caller does

    func start() {
        self.isStarted = true
        switch self.phase {
        case .placed(let exchange): exchange.start()
        case .waiting: self.lane.watch(self)
        case .seeking, .over: break
        }
    }

    func callerLeft() {
        switch self.phase {
        case .waiting(let place):
            _ = self.gateway.registry.leave(place)
            self.told(.left)
            self.close(.clientGone, status: 499)
        case .placed(let exchange): exchange.callerLeft()
        case .seeking, .over: break
        }
    }

    func callerWritable() {
        if case .placed(let exchange) = self.phase { exchange.callerWritable() }
    }

    func fail(_ error: GatewayError) {
        switch self.phase {
        case .waiting(let place):
            _ = self.gateway.registry.leave(place)
            self.end(.ended, error)
        case .placed(let exchange): exchange.fail(error)
        case .seeking, .over: break
        }
    }

    // MARK: Time

    func tick(now: NIODeadline) {
        let id = self.call.id
        self.admitted.stake.charge?.renew(id, at: now)
        guard case .waiting(let place) = self.phase else { return }
        let (registry, name) = (self.gateway.registry, self.call.deployment)
        registry.lookAgain()
        if self.scarcity == .connector, self.hasExpired(at: now), registry.isBusy(name, tried: self.admitted.tried) {
            // Its connector is back, and busy with those who came before.
            self.told(.served)
            self.scarcity = .slot
            self.gateway.observer.callWaits(name, for: self.reason)
        }
        let isSlot = self.scarcity == .slot
        // A call waits for a connector as long as one may come back.
        let isVain = isSlot ? registry.isLost(name) : registry.isForsaken(name, since: self.since)
        if isVain || self.hasExpired(at: now) {
            // Already out of the line: its turn is on its way to this event loop.
            guard registry.leave(place) else { return }
            let isBusy = isSlot && !registry.isLost(name)
            return self.end(.expired, isBusy ? .allBusy(name) : .offline(name, registry.outage(of: name)))
        }
        self.tellOfWaiting(now)
    }

    /// Begins a streamed answer whose caller has waited for long, and says from then on that the call is not forgotten.
    private func tellOfWaiting(_ now: NIODeadline) {
        // Whoever left an answer to be made in the background does not wait for it.
        guard self.call.isStreamed, !self.call.isInBackground, let responder, responder.isWritable else { return }
        let times = self.gateway.times
        let isFirst = self.admitted.announced == nil
        if isFirst {
            guard now - self.call.complete >= max(times.keepAlive, times.hold) else { return }
            self.admitted.announced = now
            responder.beginStream(self.call.streamType, keepsBody: true)
        }
        let isEventDue = self.eventless.length(at: now) >= times.event && self.call.endpoint.dialect == .responses
        guard isFirst || isEventDue || self.quiet.length(at: now) >= times.keepAlive else { return }
        if isEventDue { self.eventless.end() }
        self.quiet.end()
        responder.write(self.call.signOfWaiting(minute: isEventDue))
        responder.flush()
    }

    private func hasExpired(at now: NIODeadline) -> Bool {
        let registry = self.gateway.registry
        return now - self.since >= (self.scarcity == .slot ? registry.capacity.time : registry.hold.time)
    }

    // MARK: The end

    private func end(_ outcome: WaitOutcome, _ error: GatewayError) {
        self.told(outcome)
        let responder = self.responder
        let dialect = self.call.endpoint.dialect
        guard self.admitted.announced != nil else {
            self.close(.failed(error.code), status: dialect.status(of: error.code))
            responder?.respond(error)
            return
        }
        var answer = Answer(call: self.call, now: self.gateway.now)
        let last = answer.errorInside(error)
        // Over before the last word: it may close the caller's connection on the spot.
        self.close(.failed(error.code), status: 200)
        responder?.write(last)
        responder?.endStream()
    }

    private var reason: WaitReason { self.scarcity == .slot ? .slot : .connector }

    private func told(_ outcome: WaitOutcome) {
        self.gateway.observer.callWaited(
            CallWait(
                deployment: self.call.deployment,
                reason: self.reason,
                outcome: outcome,
                duration: .now() - self.since
            )
        )
    }

    private func close(_ outcome: CallRecord.Outcome, status: Int) {
        self.phase = .over
        self.responder = nil
        self.lane.unwatch(self)
        let charge = self.admitted.stake.charge
        self.gateway.letGo(self.admitted.stake, of: self.call.id, wasServed: !self.admitted.tried.isEmpty)
        self.admitted.stake = Gateway.Stake()
        self.gateway.endUnserved(self.call, charge, outcome, status: status, since: self.admitted.announced)
        self.call.letGoOfBody()
    }
}
