import Accounts
import Admission
import Dialects
import Ledger
import NIOCore
import Synchronization
import Vocabulary

/// Records of calls that ended before they came to a connector: refused for money, limits or an absent connector, or given up.
extension Gateway {
    /// Keeps a record of a call that its key may make, and that was refused, or left by its caller, before it was placed.
    func keepUnserved(_ request: Request, as grant: Grant, isStreamed: Bool, _ outcome: CallRecord.Outcome) {
        guard !request.endpoint.countsTokens else { return }
        let status =
            if case .failed(let code) = outcome { request.endpoint.dialect.status(of: code) } else { 499 }
        self.keepUnserved(isBilled: grant.isBilled, outcome) { time in
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

    /// Keeps a record of a call that waited for a connector in vain.
    func keepUnserved(_ call: Call, _ charge: Charge?, _ outcome: CallRecord.Outcome, status: Int) {
        self.keepUnserved(isBilled: charge != nil, outcome) { time in
            var record = UsageRecord(of: call, at: time, status: status)
            record.tariff = charge?.tariff
            return record
        }
    }

    private func keepUnserved(
        isBilled: Bool,
        _ outcome: CallRecord.Outcome,
        _ record: (_ time: Int64) -> UsageRecord
    ) {
        guard let billing = self.billing else { return }
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

/// How many records of calls that never came to a connector a user gets in a minute; safe to use from any thread.
///
/// Such a call costs its caller nothing: without a bound whoever has a key could fill the host's disk with them.
final class UnservedTally: Sendable {
    static let mostPerMinute = 60

    private struct State {
        var minute: Int64 = 0
        var counts: [HolderID: Int] = [:]
    }

    private let state = Mutex(State())

    /// - Parameter time: in milliseconds since 1970.
    func hasRoom(for holder: HolderID, at time: Int64) -> Bool {
        self.state.withLock { state in
            if state.minute != time / 60_000 { state = State(minute: time / 60_000) }
            state.counts[holder, default: 0] += 1
            return state.counts[holder, default: 0] <= Self.mostPerMinute
        }
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
            isStreamed: call.isStreamed,
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
