import NIOCore
import TunnelProtocol

/// From the model server to the tunnel.
extension Forwarder: AnswerReceiver {
    func exchangeOpened(_ exchange: any UpstreamExchange) {
        guard case .connecting(_, let request) = self.phase else { return exchange.close() }
        self.send(request, on: exchange)
    }

    func exchangeFailedToOpen(_ error: any Error) {
        if let route { self.lane.cannotReach(route, error) }
        self.fail(.upstreamUnreachable)
    }

    func exchangeWritable() {
        self.returnCredit()
    }

    func answerBegan(_ head: AnswerHead) {
        guard (200...599).contains(head.status) else { return self.fail(.upstreamFailed) }
        self.output.begin(BinaryHTTP.ResponseHead(status: head.status, fields: head.fields))
    }

    func answerContinued(_ bytes: ByteBuffer) {
        if bytes.readableBytes <= Self.copied {
            self.output.append(bytes)
        } else {
            self.deliver(self.output.takeBefore(bytes), isFinal: false)
            self.deliver(bytes, isFinal: false)
        }
    }

    func answerEnded() {
        self.output.end()
        self.answerIsComplete = true
    }

    func answerReadComplete() {
        guard self.isForwarding else { return }
        let takesMore =
            self.output.isEmpty
            ? self.takesMore
            : self.deliver(self.output.take(in: &self.lane.scratch), isFinal: self.answerIsComplete)
        if self.answerIsComplete {
            self.succeed()
        } else if !takesMore, !self.isPaused, case .forwarding(let exchange) = self.phase {
            // The caller reads slowly, the tunnel is full, or there is none: this answer waits at the model server.
            self.isPaused = true
            exchange.pauseReading()
        }
    }

    func answerBroke(_ error: any Error) {
        if let route { self.lane.broke(route, error) }
        self.fail(.upstreamFailed)
    }
}
