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
        self.output.reserveCapacity(minimumWritableBytes: 512)
        BinaryHTTP.write(BinaryHTTP.ResponseHead(status: head.status, fields: head.fields), to: &self.output)
    }

    func answerContinued(_ bytes: ByteBuffer) {
        if bytes.readableBytes <= Self.copied {
            // Its length would get a storage of its own first, which the bytes do not fit into; and an end may follow.
            if self.output.readableBytes == 0 {
                self.output.reserveCapacity(minimumWritableBytes: bytes.readableBytes + 16)
            }
            BinaryHTTP.write(content: bytes, to: &self.output)
        } else {
            BinaryHTTP.writeContentHeader(length: bytes.readableBytes, to: &self.output)
            self.deliver(self.output, isFinal: false)
            self.output = ByteBuffer()
            self.deliver(bytes, isFinal: false)
        }
    }

    func answerEnded() {
        BinaryHTTP.writeEnd(trailers: [], to: &self.output)
        self.answerIsComplete = true
    }

    func answerReadComplete() {
        guard case .forwarding(let exchange) = self.phase else { return }
        if self.output.readableBytes > 0 {
            let output = self.output
            self.output = ByteBuffer()
            self.deliver(output, isFinal: self.answerIsComplete)
        }
        if self.answerIsComplete {
            self.succeed()
        } else if !self.isPaused, !self.takesMore {
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
