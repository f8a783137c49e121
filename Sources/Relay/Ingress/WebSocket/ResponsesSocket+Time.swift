import Dialects
import Gateway
import NIOCore
import NIOWebSocket

/// What the passing of time does to a WebSocket.
extension ResponsesSocket: CallLane.Pulsed {
    func tick(now: NIODeadline) {
        switch self.phase {
        case .open:
            // A connection that was made while the relay began to stop has not heard of it.
            if self.desk.isStopping { self.end(.stopping) }
            if now - self.opened >= self.configuration.age {
                self.end(.age(minutes: max(1, Int(self.configuration.age.nanoseconds / 60_000_000_000))))
            }
            if now - self.lastPing >= self.configuration.ping { self.ping(now) }
            if !self.isReading, self.gauge.isStuck(since: self.patience, now: now) {
                let seconds = self.patience.nanoseconds / 1_000_000_000
                self.close(.policyViolation, "a message made no progress for \(seconds) seconds")
            }
        case .closing(let since):
            if now - since >= Self.closingPatience { self.closeChannel() }
        case .closed:
            break
        }
    }

    /// Asks whether the client is still there; who has not said anything since the last eight questions
    /// is not. Fewer would cut off programs that are busy with what they have been told.
    private func ping(_ now: NIODeadline) {
        guard case .open = self.phase else { return }
        self.lastPing = now
        // Behind what the client does not read, a ping is not heard; nor is its answer behind what the relay does not.
        guard self.isWritable, !self.isReading else { return }
        guard self.unansweredPings < Self.mostUnansweredPings else { return self.closeChannel() }
        self.unansweredPings += 1
        self.write(frame: WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()), flushes: true)
    }

    private static let mostUnansweredPings = 8
    /// How long a client may take to close after it was asked to.
    private static let closingPatience = TimeAmount.seconds(5)
}
