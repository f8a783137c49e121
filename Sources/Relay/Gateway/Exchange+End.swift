import Admission
import Routing
import TunnelProtocol

/// How a call leaves its exchange.
extension Exchange {
    /// The end of every call but one that is handed over: says the last word to the caller, then tells what became of it.
    func end(
        _ outcome: CallRecord.Outcome,
        status: Int,
        letGo code: ApplicationErrorCode,
        _ lastWord: (any CallResponder) -> Void = { _ in }
    ) {
        self.leave(for: .over, letGo: code, failed: outcome.blamesServer) { responder in
            self.account(for: outcome, status: status)
            // Before the last word: whoever has read an answer may make the next call.
            self.giveBack()
            if let responder { lastWord(responder) }
        }
        self.gateway.observer.callEnded(
            CallRecord(
                of: self.call,
                outcome,
                status: status,
                usage: self.answer.usage,
                firstByte: self.firstByte,
                bytesOut: self.bytesOut,
                isUnserved: !self.wasSent
            )
        )
    }

    /// The one way out: lets go of both sides, and of every place where the call is known.
    /// - Parameters:
    ///   - phase: how far the call is then.
    ///   - code: what the tunnel is told.
    ///   - failed: whether the server, or the way to it, is to blame; `nil` when nobody is.
    ///   - parting: what is done between, before others may have the call's place at its server.
    func leave(
        for phase: Phase,
        letGo code: ApplicationErrorCode,
        failed: Bool?,
        _ parting: ((any CallResponder)?) -> Void = { _ in }
    ) {
        // Over before the last word: it may close the caller's connection on the spot, which is no leaving early.
        self.mustFlush = false
        let responder = self.responder.take()
        self.leaveTunnel(for: phase, code)
        parting(responder)
        self.lane.unwatch(self)
        if self.isCounted { self.gateway.registry.release(self.route, failed: failed) }
    }

    /// The tunnel has nothing more to say.
    /// - Parameter phase: how far the call is then.
    func leaveTunnel(for phase: Phase, _ code: ApplicationErrorCode = .none) {
        let hadLeft = self.hasLeftTunnel
        self.phase = phase
        guard !hadLeft else { return }
        self.stream.consumed(self.keptCredit)
        self.stream.abandon(code)
        self.stream = .none
        guard self.progress.isWaiting else { return }
        self.stopWaiting()
        self.gateway.registry.cancel(self.progress.name, of: self.route)
    }

    /// What is counted against limits is over: who can read an answer, here or from the store, may make the next call.
    func giveBack() {
        if let permit = self.stake.permit.take() { self.gateway.giveBack(permit, tokens: self.spentTokens) }
        if let quota = self.stake.quota.take() {
            let (tokens, cost) = self.spent
            self.gateway.quotas.end(quota, tokens: tokens, cost: cost)
        }
    }
}
