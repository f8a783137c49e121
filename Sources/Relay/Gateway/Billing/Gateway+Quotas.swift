import Accounts
import Admission
import Ledger
import Vocabulary

/// What quotas do to calls.
extension Gateway {
    /// Lets a call in whose key has something left of its quota, and holds what the call may use.
    func quota(
        for request: Request,
        _ order: Order,
        _ grant: Grant,
        _ charge: Charge?
    ) throws(GatewayError) -> QuotaHold? {
        guard grant.hasQuota else { return nil }
        let prompt = order.prompt(of: request)
        let output = order.outputLimit(of: request, assuming: self.billing.settings.assumedOutput)
        let usage = Usage(input: prompt, output: output)
        let cost = charge.flatMap { $0.tariff.cost(of: usage) } ?? .zero
        let (tokens, overflows) = prompt.addingReportingOverflow(output)
        return try self.quotas.admit(grant.key, tokens: overflows ? .max : tokens, cost: Int(cost.rawValue))
    }
}

extension Exchange {
    /// What the call has used of its key's quota, as far as it is known.
    var spent: (tokens: Int, cost: Int) {
        let usage = self.paid?.usage ?? self.answer.usage ?? self.seen
        return (usage.total, Int(self.paid?.cost.rawValue ?? 0))
    }

    /// What counts against limits of tokens: the same, told or seen; `nil` when nothing came, and nobody knows.
    var spentTokens: Int? {
        let tokens = self.spent.tokens
        return tokens > 0 ? tokens : self.answer.usage.map(\.total)
    }

    /// What an answer seems to have used that does not say so.
    private var seen: Usage {
        self.answer.tokens > 0 ? Usage(input: self.call.prompt, output: self.answer.tokens) : Usage()
    }
}
