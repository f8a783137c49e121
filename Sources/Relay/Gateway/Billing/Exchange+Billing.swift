import Dialects
import Ledger
import NIOCore
import Routing
import TunnelProtocol
import Vocabulary

/// The money of one call: settled once, before the last byte of its answer leaves.
extension Exchange {
    /// What is still to be written when the ledger says that a call is paid.
    enum LastWord: Sendable {
        case end(ByteBuffer?)
        case whole([ByteBuffer])

        /// What ends an answer that is to be paid; `nil` for everything else.
        init?(_ verdict: Answer.Verdict) {
            switch verdict {
            case .endStream(let rest): self = .end(rest)
            case .whole(200, let pieces, _, nil): self = .whole(pieces)
            default: return nil
            }
        }
    }

    /// The answer is complete: it is paid first, and told then.
    func settle(_ charge: Charge, _ last: LastWord) {
        let produced =
            switch last {
            case .end: self.answer.tokens
            case .whole where self.call.endpoint.makesEmbeddings: 0
            case .whole(let pieces): pieces.reduce(0) { $0 + $1.readableBytes } / 4
            }
        guard let (usage, isEstimated) = charge.usage(reported: self.answer.usage, produced: produced) else {
            return self.finish(last)
        }
        guard let cost = charge.tariff.cost(of: usage) else { return self.refuse(last) }
        self.leaveTunnel(for: .settling)
        self.isAccounted = true
        self.paid = (usage, cost)
        var record = self.record(status: self.isDrained ? 499 : 200, nil)
        record?.usage = usage
        record?.isEstimated = isEstimated
        let bound = NIOLoopBound(self, eventLoop: self.lane.eventLoop)
        let name = charge.name?.paid(as: self.call.id, at: charge.ledger.now())
        charge.ledger.settle(self.call.id, cost: cost, record: record, name: name) { result in
            bound.eventLoop.execute {
                switch result {
                case .success: bound.value.finish(last)
                case .failure: bound.value.refuse(last)
                }
            }
        }
    }

    /// The caller left before the end: what was produced is paid, as far as anything was.
    func settleVanished(_ charge: Charge) {
        guard self.answer.tokens > 0 || self.answer.usage != nil else { return }
        let usage = self.answer.usage ?? Usage(input: charge.prompt, output: self.answer.tokens)
        guard let cost = charge.tariff.cost(of: usage) else { return }
        self.isAccounted = true
        self.paid = (usage, cost)
        var record = self.record(status: 499, CallRecord.Outcome.clientGone.label)
        record?.usage = usage
        record?.isEstimated = self.answer.usage == nil
        // Nobody waits: what cannot be written down is not charged, which the ledger's log says.
        charge.ledger.settle(self.call.id, cost: cost, record: record) { _ in }
    }

    /// The call is paid, or needs not be.
    private func finish(_ last: LastWord) {
        self.keepResponse()
        switch last {
        case .end(let rest):
            if let rest { self.write(rest) }
            self.end(self.isDrained ? .clientGone : .completed, status: self.isDrained ? 499 : 200, letGo: .none) {
                $0.endStream()
            }
        case .whole(let pieces):
            self.countWhole(pieces)
            if let name = self.charge?.name {
                self.gateway.billing.outcomes.finish(
                    name.onShelf,
                    pieces: pieces,
                    clock: self.gateway.now,
                    eventLoop: self.lane.eventLoop
                )
            }
            self.end(self.isDrained ? .clientGone : .completed, status: self.isDrained ? 499 : 200, letGo: .none) {
                $0.respond(status: 200, pieces: pieces, retryAfter: nil)
            }
        }
    }

    /// The call could not be paid: the caller gets an error in the place of the end.
    private func refuse(_ last: LastWord) {
        let error = Billing.notAccounted
        self.paid = nil
        switch last {
        case .end where self.hasBegun:
            self.write(self.answer.errorInside(error))
            self.end(.failed(error.code), status: 200, letGo: .none) { $0.endStream() }
        case .end, .whole:
            self.end(.failed(error.code), status: 500, letGo: .none) { $0.respond(error) }
        }
    }

    /// The call is over: gives back what is still put aside for it, and keeps its record if there is none yet.
    func account(for outcome: CallRecord.Outcome, status: Int) {
        // No harm when the outcome is kept already.
        if let name = self.charge?.name { self.gateway.billing.outcomes.with { $0.forget(name.onShelf) } }
        guard !self.isAccounted else { return }
        self.isAccounted = true
        let reason = outcome == .completed ? nil : outcome.label
        if let charge {
            charge.ledger.release(self.call.id, record: self.record(status: status, reason))
        } else if self.gateway.billing.settings.recorded == .all, let record = self.record(status: status, reason) {
            self.gateway.billing.ledger.keep(record)
        }
    }

    /// What is kept of the call as it stands, if anything is.
    private func record(status: Int, _ error: String?) -> UsageRecord? {
        let billing = self.gateway.billing
        guard billing.settings.recorded != .none else { return nil }
        var record = UsageRecord(of: self.call, at: billing.ledger.now(), status: status)
        record.error = error
        record.tariff = self.charge?.tariff
        guard self.wasSent else {
            return billing.unserved.hasRoom(for: record.holder, at: record.time) ? record : nil
        }
        record.usage = self.answer.usage ?? Usage()
        record.firstByte = ((self.firstByte ?? .now()) - self.call.complete).milliseconds
        record.connector = self.route.tunnel.ticket.session
        return record
    }
}
