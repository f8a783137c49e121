import Dialects
package import NIOCore
import TunnelProtocol
import Vocabulary

/// How long a call may be silent, on either side.
extension Exchange: CallLane.Pulsed {
    package func tick(now: NIODeadline) {
        guard !self.hasLeftTunnel else { return }
        self.stake.charge?.renew(self.call.id, at: now)
        if self.progress.isWaiting, self.waited(until: now) { return }
        let times = self.gateway.times
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

    /// Says that the call goes on, when its caller has heard nothing for long.
    private func keepAlive(_ now: NIODeadline) {
        let isEventDue =
            self.eventless.length(at: now) >= self.gateway.times.event && self.call.endpoint.dialect == .responses
        if isEventDue { self.eventless.end() }
        guard self.quiet.length(at: now) >= self.gateway.times.keepAlive || isEventDue else { return }
        self.write(self.answer.keepAlive(minute: isEventDue))
    }
}
