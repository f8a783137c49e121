import Dialects
import NIOCore
import TunnelProtocol
import Vocabulary

/// How long a call may be silent, on either side.
extension Exchange: CallLane.Pulsed {
    func tick(now: NIODeadline) {
        guard !self.hasLeftTunnel else { return }
        self.stake.charge?.renew(self.call.id, at: now)
        if self.progress.isWaiting, self.waited(until: now) { return }
        let times = self.gateway.times
        if self.isUnread, self.silence.length(at: now) >= times.idle { return self.endUnread(after: times.idle) }
        let patience = self.call.endpoint.countsTokens ? times.count : times.firstByte
        if self.answer.isCommitted {
            if self.silence.length(at: now) >= times.idle {
                let seconds = times.idle.nanoseconds / 1_000_000_000
                self.act(
                    on: self.answer.broken(
                        GatewayError(.upstreamTimeout, "The model server sent nothing for \(seconds) seconds.")
                    )
                )
            } else if self.responder?.isWritable == true {
                self.keepAlive(now)
            }
        } else if now - self.placed >= patience {
            let seconds = patience.nanoseconds / 1_000_000_000
            self.act(
                on: self.answer.broken(
                    GatewayError(.upstreamTimeout, "The model server did not answer within \(seconds) seconds.")
                )
            )
        } else if now - self.placed >= times.hold {
            self.act(on: self.answer.commit())
        }
        self.streamReadComplete()
    }

    /// Whether the caller has not taken what came last: the tunnel gets no credit for it, and falls silent.
    private var isUnread: Bool { self.keptCredit > 0 || self.unread > 0 }

    /// The caller reads nothing: it pays for what was produced, and its server has done no wrong.
    private func endUnread(after time: TimeAmount) {
        let seconds = time.nanoseconds / 1_000_000_000
        let error = GatewayError(
            .requestTimeout,
            "The answer was broken off, because nothing of it was read for \(seconds) seconds."
        )
        let verdict = self.answer.broken(error)
        if let charge { self.settleVanished(charge) }
        let status = self.call.endpoint.dialect.status(of: error.code)
        self.end(.failed(error.code), status: status, letGo: .cancelled) { responder in
            guard case .failInside(let last, _) = verdict else { return responder.respond(error) }
            responder.write(last)
            responder.endStream()
        }
    }

    /// Says that the call goes on, when its caller has heard nothing for long.
    private func keepAlive(_ now: NIODeadline) {
        let isEventDue =
            self.eventless.length(at: now) >= self.gateway.times.event && self.call.endpoint.dialect == .responses
        if isEventDue { self.eventless.end() }
        guard self.quiet.length(at: now) >= self.gateway.times.keepAlive || isEventDue else { return }
        self.write(self.answer.keepAlive(minute: isEventDue))
    }
}
