import Dialects
import NIOCore
import Routing
import TunnelProtocol
import TunnelTransport
import Vocabulary

/// A call whose tunnel has died, and that goes on in another one.
extension Exchange {
    /// The tunnel has died: the call goes on in another one of its session, as soon as there is one.
    func streamLost() {
        self.stream = .none
        guard !self.hasLeftTunnel else { return }
        self.unread += self.keptCredit
        self.keptCredit = 0
        if self.route.tunnel.resumes, self.gateway.times.resume > .zero {
            self.progress.lose(now: .now())
            self.goOn()
        } else {
            self.gateway.observer.callLost()
            self.act(on: self.answer.broken(self.call.error(for: .upstreamFailed)))
        }
        self.streamReadComplete()
    }

    /// The tunnel is over, and its connector had said that it begins no call on this stream.
    func streamUnserved(isLoss: Bool) {
        // What went on there was begun long before, and is served to its end.
        guard self.progress.isResumed else {
            self.stream = .none
            self.streamReset(code: ApplicationErrorCode.draining.rawValue)
            return self.streamReadComplete()
        }
        if isLoss { self.streamLost() } else { self.streamEnded(.upstreamFailed) }
    }

    /// Goes on in another tunnel of the session, or waits for one.
    func goOn() {
        // A caller that reads nothing while tunnel after tunnel dies is not read for any further.
        guard self.unread <= Self.mostUnread else { return }
        let exchange = NIOLoopBound(self, eventLoop: self.lane.eventLoop)
        let eventLoop = self.lane.eventLoop
        let continuation = self.gateway.registry.goOn(self.route) { hasCome in
            eventLoop.execute { exchange.value.waitEnded(hasCome) }
        }
        switch continuation {
        case .waiting(let wait):
            self.wait = wait
        case .never:
            self.giveUp(.upstreamFailed)
        case .moved(let route):
            self.route = route
            self.gateway.observer.callResumed()
            let request = self.progress.resume()
            self.stream = CallStream.open(on: route.tunnel, for: self, lane: self.lane, request: [request.encode()])
            // One that takes no stream now may do so at the next tick.
            if case .none = self.stream { self.progress.lose(now: .now()) }
        }
    }

    private func waitEnded(_ hasCome: Bool) {
        self.wait = nil
        guard !self.hasLeftTunnel, self.progress.isWaiting else { return }
        if hasCome { self.goOn() } else { self.giveUp(.upstreamFailed) }
    }

    private func giveUp(_ code: ApplicationErrorCode) {
        self.gateway.observer.callLost()
        self.act(on: self.answer.broken(self.call.error(for: code)))
        self.streamReadComplete()
    }

    /// Half a second more was waited.
    /// - Returns: whether that was too long.
    func waited(until now: NIODeadline) -> Bool {
        guard self.progress.isTooLate(now: now, patience: self.gateway.times.resume) else {
            if self.wait == nil { self.goOn() }
            return false
        }
        self.giveUp(.lost)
        return true
    }

    func stopWaiting() {
        guard let wait else { return }
        self.wait = nil
        self.gateway.registry.stopWaiting(wait, for: self.route)
    }

    /// The connector has never seen the request, and never will: it is sent again, where the question was asked.
    func sendAgain() -> Bool {
        guard self.repeats < Gateway.mostTries, self.answer.isUntouched else { return false }
        self.repeats += 1
        self.stream.abandon(.none)
        self.decoder = BinaryHTTP.Decoder(.response)
        self.open()
        return true
    }

    /// How much a caller may leave unread of tunnels that have died, in bytes, before no other one is read for it.
    private static let mostUnread = 2 << 20
}
