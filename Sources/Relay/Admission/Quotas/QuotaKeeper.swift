package import Accounts
private import Synchronization
package import Vocabulary

/// What is held of a quota for a call; to be given back when it is over.
package struct QuotaHold: Sendable {
    let key: KeyID
    let amount: Int
}

/// Counts what keys with a quota use up; one short lock for a call of such a key, and none for others.
///
/// A key whose quota is used up makes no call. While something is left, a call is let in and what it is expected to use is
/// held, so that calls at once do not use up the same rest: no more than the last of them goes beyond the quota.
package final class QuotaKeeper: Sendable {
    private struct Entry: Sendable {
        var use = QuotaUse()
        var held = 0
    }

    private struct State: Sendable {
        var entries: [KeyID: Entry]
        /// Whose use is not written down yet.
        var changed: Set<KeyID> = []
    }

    /// No call is expected to use more, so that sums stay far from the end of `Int`.
    private static let most = 1_000_000_000_000

    private let state: Mutex<State>
    /// The seconds since 1970.
    private let now: @Sendable () -> Int

    package init(_ uses: [KeyID: QuotaUse] = [:], now: @escaping @Sendable () -> Int) {
        self.state = Mutex(State(entries: uses.mapValues { Entry(use: $0) }))
        self.now = now
    }

    /// Lets a call in and holds what it may use.
    /// - Parameters:
    ///   - tokens: what the call is expected to use.
    ///   - cost: what it is expected to cost, in micro-credits.
    /// - Returns: what is owed to ``end(_:tokens:cost:)``; `nil` when the key has no quota.
    /// - Throws: `quotaExhausted`.
    package func admit(_ key: Key, tokens: Int, cost: Int) throws(GatewayError) -> QuotaHold? {
        guard !key.quota.isNone else { return nil }
        let now = self.now()
        let amount = min(max(0, key.quota.unit == .tokens ? tokens : cost), Self.most)
        let exhausted = self.state.withLock { state -> QuotaUse.Exhausted? in
            var entry = state.entries[key.id] ?? Entry()
            if let exhausted = entry.use.exhausted(key.quota, held: entry.held, now: now) { return exhausted }
            entry.held += amount
            state.entries[key.id] = entry
            return nil
        }
        if let exhausted { throw GatewayError(exhausted, of: key.quota, now: now) }
        return QuotaHold(key: key.id, amount: amount)
    }

    /// The call is over.
    package func end(_ hold: QuotaHold, tokens: Int, cost: Int) {
        let now = self.now()
        self.state.withLock { state in
            guard var entry = state.entries[hold.key] else { return }
            entry.held -= hold.amount
            if tokens > 0 || cost > 0 {
                entry.use.add(tokens: tokens, cost: cost, now: now)
                state.changed.insert(hold.key)
            }
            state.entries[hold.key] = entry
        }
    }

    /// What a key has used up.
    package func use(of key: KeyID) -> QuotaUse {
        self.state.withLock { $0.entries[key]?.use ?? QuotaUse() }
    }

    /// Writes down what has changed; what cannot be written is tried again the next time.
    package func flush(to store: any QuotaStore) async throws {
        let uses = self.state.withLock { state in
            defer { state.changed.removeAll() }
            return state.changed.reduce(into: [KeyID: QuotaUse]()) { $0[$1] = state.entries[$1]?.use }
        }
        guard !uses.isEmpty else { return }
        do {
            try await store.save(uses)
        } catch {
            self.state.withLock { $0.changed.formUnion(uses.keys) }
            throw error
        }
    }
}

extension GatewayError {
    /// What a caller is told whose key has used up its quota.
    fileprivate init(_ exhausted: QuotaUse.Exhausted, of quota: Quota, now: Int) {
        let amount =
            switch quota.unit {
            case .tokens: "\(exhausted.limit) tokens"
            case .credits: "\(MicroCredits(Int64(exhausted.limit))) credits"
            }
        let window =
            switch exhausted.window {
            case .life: ""
            case .fiveHours: " in 5 hours"
            case .day: " a day"
            case .week: " a week"
            }
        if exhausted.isHeld {
            let message = "The rest of the key's quota of \(amount)\(window) is held for calls that are under way."
            self.init(.quotaExhausted, "\(message) Try again when one of them is over.", retryAfter: 1)
            return
        }
        let seconds = exhausted.ends.map { max(1, $0 - now) }
        let advice =
            seconds.map { "There is something again in \($0) seconds." } ?? "Ask whoever gave you the key for more."
        self.init(
            .quotaExhausted,
            "The key's quota of \(amount)\(window) is used up. \(advice)",
            retryAfter: seconds
        )
    }
}
