import Accounts
import Admission
package import Dialects
import Ledger
package import NIOCore
package import Vocabulary

/// Calls that end before they come to a connector: refused, or left by their callers. They are told of like all others.
extension Gateway {
    /// A request for a call was refused, or left by its caller, before it was known that its key may make it.
    /// - Parameters:
    ///   - caller: who asks, as far as that is known.
    ///   - error: why it was refused; `nil` when the caller left.
    package func turnedAway(
        _ id: CallID,
        _ endpoint: Endpoint,
        from caller: Caller?,
        _ error: GatewayError?,
        arrived: NIODeadline,
        bytesIn: Int
    ) {
        self.observer.callEnded(
            CallRecord(
                id: id,
                endpoint: endpoint.name,
                deployment: nil,
                key: caller.flatMap { self.gatekeeper.keyID(of: $0.key)?.rawValue },
                isStreamed: false,
                outcome: error.map { .failed($0.code) } ?? .clientGone,
                status: error.map { endpoint.dialect.status(of: $0.code) } ?? 499,
                usage: nil,
                timeToFirstByte: nil,
                duration: .now() - arrived,
                bytesIn: bytesIn,
                bytesOut: 0,
                isUnserved: true
            )
        )
    }

    /// A request was refused, or left by its caller, before it was known that its key may make the call.
    /// - Parameter error: why it was refused; `nil` when the caller left.
    func turnedAway(_ request: Request, _ error: GatewayError?) {
        self.turnedAway(
            request.id,
            request.endpoint,
            from: request.caller,
            error,
            arrived: request.arrived,
            bytesIn: request.body.readableBytes
        )
    }

    /// A call that its key may make was refused, or left by its caller, before it was placed.
    /// - Parameter bytesIn: the size of its body, which the request need not have any more.
    func endUnserved(
        _ request: Request,
        bytesIn: Int,
        as grant: Grant,
        isStreamed: Bool,
        _ outcome: CallRecord.Outcome
    ) {
        let status =
            if case .failed(let code) = outcome { request.endpoint.dialect.status(of: code) } else { 499 }
        self.observer.callEnded(
            CallRecord(of: request, as: grant, isStreamed: isStreamed, outcome, status: status, bytesIn: bytesIn)
        )
        guard !request.endpoint.countsTokens else { return }
        self.keep(isBilled: grant.isBilled, outcome) { time in
            var record = UsageRecord(
                call: request.id,
                time: time,
                key: grant.keyID.rawValue,
                holder: HolderID(rawValue: grant.userID.rawValue),
                deployment: grant.deploymentName.rawValue,
                endpoint: request.endpoint.name,
                isStreamed: isStreamed,
                status: status,
                duration: (.now() - request.arrived).milliseconds
            )
            record.address = request.address
            return record
        }
    }

    /// A call has waited for a connector in vain.
    /// - Parameter since: when its answer was begun, if it was.
    func endUnserved(
        _ call: Call,
        _ charge: Charge?,
        _ outcome: CallRecord.Outcome,
        status: Int,
        since: NIODeadline?
    ) {
        self.observer.callEnded(CallRecord(of: call, outcome, status: status, firstByte: since, isUnserved: true))
        self.keep(isBilled: charge != nil, outcome) { time in
            var record = UsageRecord(of: call, at: time, status: status)
            record.tariff = charge?.tariff
            return record
        }
    }

    private func keep(
        isBilled: Bool,
        _ outcome: CallRecord.Outcome,
        _ record: (_ time: Int64) -> UsageRecord
    ) {
        let billing = self.billing
        switch billing.settings.recorded {
        case .none: return
        case .billed: guard isBilled else { return }
        case .all: break
        }
        var record = record(billing.ledger.now())
        guard billing.unserved.hasRoom(for: record.holder, at: record.time) else { return }
        record.error = outcome.label
        billing.ledger.keep(record)
    }
}

extension UsageRecord {
    /// What is known of a call however it ended.
    /// - Parameter time: in milliseconds since 1970.
    init(of call: Call, at time: Int64, status: Int) {
        self.init(
            call: call.id,
            time: time,
            key: call.key,
            holder: HolderID(rawValue: call.user),
            deployment: call.deployment.rawValue,
            endpoint: call.endpoint.name,
            isStreamed: call.isStreamedToCaller,
            status: status,
            duration: (.now() - call.arrived).milliseconds
        )
        self.address = call.address
    }
}

extension TimeAmount {
    /// Whole milliseconds.
    var milliseconds: Int { Int(self.nanoseconds / 1_000_000) }
}
