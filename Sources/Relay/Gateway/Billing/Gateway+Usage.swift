import Accounts
import Admission
import Dialects
import Ledger
package import NIOCore
package import Vocabulary

/// What a key may see of its own use.
extension Gateway {
    /// Whether records keep the caller's address.
    package var keepsAddresses: Bool { self.billing.settings.keepsAddresses }

    /// What a key has used and what its user has left, as a JSON object: the same in every dialect.
    /// - Parameter days: how many days the list goes back.
    package func usage(of caller: Caller, days: Int) async throws(GatewayError) -> ByteBuffer {
        let holder = try self.gatekeeper.holder(of: caller.key)
        let key = holder.key.id.rawValue
        var usage = JSONObject([("object", "usage"), ("key", .string(key))])
        if let limits = Self.object(holder.limits) { usage["limits"] = .object(limits) }
        let standings = self.limiter.standings(of: holder, now: Int64(NIODeadline.now().uptimeNanoseconds))
        if !standings.isEmpty { usage["rate_limits"] = .array(standings.map { .object(self.object($0)) }) }
        if let quota = self.quota(of: holder.key) { usage["quota"] = .object(quota) }
        let billing = self.billing
        let balance = billing.ledger.balance(of: HolderID(rawValue: holder.key.user.rawValue))
        usage["balance"] = [
            "unit": .string(billing.settings.unit.rawValue),
            "available": billing.number(MicroCredits(balance.available)),
            "held": billing.number(MicroCredits(balance.held)),
        ]
        let today = self.now() / 86_400
        let (total, daily): (UsageTotals, [DailyUsage])
        do throws(LedgerError) {
            (total, daily) = try await billing.ledger.attempt { store in
                let total = try await store.totalUsage(ofKey: key)
                return (total, try await store.dailyUsage(ofKey: key, since: today - days + 1))
            }
        } catch {
            throw GatewayError(.internalError, "What was used cannot be looked up now. Try again shortly.")
        }
        var byModel: [String: UsageTotals] = [:]
        var byDay: [Int: UsageTotals] = [:]
        for entry in daily {
            byModel[entry.deployment, default: UsageTotals()] += entry.totals
            byDay[entry.day, default: UsageTotals()] += entry.totals
        }
        usage["today"] = .object(billing.object(byDay[today] ?? UsageTotals()))
        usage["total"] = .object(billing.object(total))
        usage["by_model"] = .array(
            byModel.sorted { $0.key < $1.key }.map { model, totals in
                .object(billing.object(totals, named: ("model", model)))
            }
        )
        usage["by_day"] = .array(
            byDay.sorted { $0.key < $1.key }.map { day, totals in
                .object(billing.object(totals, named: ("date", CivilTime(daysSince1970: day).date)))
            }
        )
        return Self.bytes(usage)
    }

    /// What is left of a limit, and when all of it is there again.
    private func object(_ standing: LimitStanding) -> JSONObject {
        var object = JSONObject([
            ("name", .string(standing.kind.rawValue)), ("of", .string(standing.owner.rawValue)),
            ("limit", JSONValue(standing.limit)), ("remaining", JSONValue(standing.remaining)),
        ])
        if let reset = standing.reset { object["resets_at"] = JSONValue(self.now() + Int(reset / 1_000_000_000) + 1) }
        return object
    }

    /// How much may be asked for with a key; `nil` when nothing limits it.
    private static func object(_ limits: Limits) -> JSONObject? {
        guard limits != .none else { return nil }
        var object = JSONObject()
        let members = [
            ("requests_per_minute", limits.requestsPerMinute), ("requests_per_day", limits.requestsPerDay),
            ("tokens_per_minute", limits.tokensPerMinute), ("concurrent_calls", limits.concurrentCalls),
        ]
        for (name, limit) in members { if let limit { object[name] = JSONValue(limit) } }
        return object
    }

    /// What is left of a key's quota; `nil` when it has none.
    private func quota(of key: Key) -> JSONObject? {
        guard !key.quota.isNone else { return nil }
        let (use, now) = (self.quotas.use(of: key.id), self.now())
        func number(_ amount: Int) -> JSONValue {
            switch key.quota.unit {
            case .tokens: JSONValue(amount)
            case .credits: .number(MicroCredits(Int64(amount)).description)
            }
        }
        let windows = Quota.Window.allCases.compactMap { window -> JSONValue? in
            guard let limit = key.quota[window] else { return nil }
            let used = use.used(window, key.quota.unit, now: now)
            var object = JSONObject([
                ("window", .string(window.rawValue)), ("limit", number(limit)), ("used", number(used)),
                ("remaining", number(max(0, limit - used))),
            ])
            if let end = use.end(of: window, now: now) { object["resets_at"] = JSONValue(end) }
            return .object(object)
        }
        return JSONObject([("unit", .string(key.quota.unit.rawValue)), ("windows", .array(windows))])
    }

    private static func bytes(_ object: JSONObject) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.writeJSON(.object(object))
        return bytes
    }
}

extension Billing {
    /// An amount as a JSON number in the host's unit: credits with their decimals, or whole tokens.
    fileprivate func number(_ amount: MicroCredits) -> JSONValue {
        switch self.settings.unit {
        case .credits: .number(amount.description)
        case .tokens: .number(String(amount.rawValue))
        }
    }

    fileprivate func object(_ totals: UsageTotals, named name: (key: String, text: String)? = nil) -> JSONObject {
        var object = JSONObject()
        if let name { object[name.key] = .string(name.text) }
        object["calls"] = JSONValue(totals.calls)
        object["input_tokens"] = JSONValue(totals.input)
        object["cached_input_tokens"] = JSONValue(totals.cachedInput)
        object["output_tokens"] = JSONValue(totals.output)
        object["cost"] = self.number(totals.cost)
        return object
    }
}
