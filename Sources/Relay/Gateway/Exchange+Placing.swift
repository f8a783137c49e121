import Dialects
import NIOCore
import Routing
import TunnelProtocol

/// Whom a call is sent to, and whom next when nobody began to answer it.
extension Exchange {
    func open() {
        if let refusal = self.call.refusal { return self.act(on: self.answer.broken(refusal)) }
        self.progress.start()
        self.wasSent = true
        self.stream = CallStream.open(
            on: self.route.tunnel,
            for: self,
            lane: self.lane,
            request: self.gateway.request(for: self.call, on: self.route, stream: self.opened)
        )
        if case .none = self.stream { self.streamNotOpened() }
    }

    /// Another tunnel gets the call, if there is one; only before anything of an answer was seen.
    /// - Parameters:
    ///   - mayWait: whether it may wait for one otherwise; for one that is busy it always may.
    ///   - failed: whether the server, or the way to it, is to blame; `nil` when nobody is.
    /// - Returns: whether somebody else has it now, or may in a moment.
    func tryElsewhere(mayWait: Bool, failed: Bool? = nil) -> Bool {
        self.tried.append(self.route.tunnel.number)
        self.gateway.registry.release(self.route, failed: failed)
        self.isCounted = false
        self.stream.abandon(.cancelled)
        self.stream = .none
        guard self.tried.count < Gateway.mostTries else { return false }
        let placement = self.gateway.registry.place(
            self.call.deployment,
            near: self.lane.eventLoop,
            tried: self.tried
        ) { self.call.prefix }
        switch placement {
        case .route(let route):
            self.route = route
            self.isCounted = true
            self.ask(self.call.choose(for: route.server))
            return true
        case .busy: return self.waitForAnother()
        case .offline: return mayWait && self.waitForAnother()
        }
    }

    /// Nobody else is there now, but somebody may be in a moment: the call goes back into the line.
    private func waitForAnother() -> Bool {
        guard let responder, !self.call.endpoint.countsTokens else { return false }
        let admitted = AdmittedCall(
            call: self.call,
            caller: self.caller,
            stake: self.stake,
            tried: self.tried,
            announced: self.announced
        )
        let waiting = WaitingCall(admitted, of: self.gateway, lane: self.lane, answeringTo: responder)
        guard waiting.seekRoute() == nil else { return false }
        self.stake = Gateway.Stake()
        self.leave(for: .handedOver(waiting), letGo: .cancelled, failed: nil)
        waiting.start()
        return true
    }

    /// A server answers a stream that was begun before: its body does not count as held any more, unless another is to get it.
    func letGoOfHeldBody(behind status: Int) {
        let isDone =
            switch self.call.manner {
            case .translated: status >= 200
            // Behind another status the same server may be asked once more.
            case .native, .counting: status == 200
            }
        if isDone { self.responder?.letGoOfBody() }
    }

    /// Asks the server of the route, on a new stream.
    /// - Parameter isPossible: whether it can be asked; else the number of tokens that is wanted is estimated.
    func ask(_ isPossible: Bool) {
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
}
