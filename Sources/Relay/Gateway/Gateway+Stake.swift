import Admission
import NIOCore
import Vocabulary

/// What is put aside for a call, and given back where it is not made.
extension Gateway {
    /// What a call holds until its end.
    struct Stake {
        /// What is put aside for it; `nil` when it is not paid for.
        var charge: Charge?
        /// What is held of the key's quota; `nil` when it has none.
        var quota: QuotaHold?
        /// What is counted against limits; `nil` when nothing is.
        var permit: Permit?
    }

    /// A call that held something is not made after all.
    /// - Parameter wasServed: `false` when it looked for a connector and got to none.
    func letGo(_ stake: Stake, of call: CallID, wasServed: Bool = true) {
        if let charge = stake.charge { self.abandon(charge, call) }
        if let quota = stake.quota { self.quotas.end(quota, tokens: 0, cost: 0) }
        self.giveBack(stake.permit, tokens: 0, wasServed: wasServed)
    }

    /// Puts aside what a call may cost, and what it may use of its key's quota.
    /// - Returns: its answer, when it was paid for before under the same name; then nothing is put aside.
    /// - Throws: why it is not made; then what it holds is given back.
    func reserve(
        _ order: Order,
        of request: Request,
        as grant: Grant,
        into stake: inout Stake
    ) throws(GatewayError) -> [ByteBuffer]? {
        do throws(GatewayError) {
            switch try self.payment(of: request, order, grant) {
            case .free: break
            case .reserved(let charge): stake.charge = charge
            case .known(let pieces): return pieces
            }
            stake.quota = try self.quota(for: request, order, grant, stake.charge)
            return nil
        } catch {
            self.letGo(stake, of: request.id)
            throw error
        }
    }
}
