import Accounts
import Admission
import Testing
import Vocabulary

/// Quotas, with calls at once.
struct QuotaKeeperTests {
    /// Keeps what it is told, or refuses to.
    private actor Shelf: QuotaStore {
        var uses: [KeyID: QuotaUse] = [:]
        var isFull = false

        func loadQuotaUse() -> [KeyID: QuotaUse] { self.uses }
        func save(_ uses: [KeyID: QuotaUse]) throws {
            if self.isFull { throw CancellationError() }
            self.uses.merge(uses) { $1 }
        }
        func set(full: Bool) { self.isFull = full }
    }

    private static func key(_ quota: Quota) throws -> Key {
        Key(
            id: KeyID(rawValue: "key_1"),
            user: .first,
            group: .first,
            label: "",
            digest: try #require(SecretDigest(bytes: Array(repeating: 0, count: 32))),
            hint: "",
            created: 0,
            expires: nil,
            allowedModels: [],
            isDisabled: false,
            lastUsed: nil,
            quota: quota
        )
    }

    @Test("a key without a quota is not counted")
    func none() throws {
        let keeper = QuotaKeeper(now: { 0 })
        #expect(try keeper.admit(try Self.key(.none), tokens: 1, cost: 1) == nil)
    }

    @Test("calls at once do not use up the same rest")
    func atOnce() throws {
        let keeper = QuotaKeeper(now: { 0 })
        let key = try Self.key(Quota(life: 100))
        let first = try #require(try keeper.admit(key, tokens: 60, cost: 0))
        let second = try #require(try keeper.admit(key, tokens: 60, cost: 0))
        let held = #expect(throws: GatewayError.self) { try keeper.admit(key, tokens: 1, cost: 0) }
        #expect(held?.code == .quotaExhausted && held?.retryAfter == 1)
        keeper.end(first, tokens: 10, cost: 0)
        keeper.end(second, tokens: 10, cost: 0)
        let third = try #require(try keeper.admit(key, tokens: 1, cost: 0))
        keeper.end(third, tokens: 80, cost: 0)
        let used = #expect(throws: GatewayError.self) { try keeper.admit(key, tokens: 1, cost: 0) }
        #expect(used?.message.contains("100 tokens is used up") == true && used?.retryAfter == nil)
    }

    @Test("credits are counted where they are what counts")
    func credits() throws {
        let keeper = QuotaKeeper(now: { 0 })
        let key = try Self.key(Quota(unit: .credits, day: 1_500_000))
        let hold = try #require(try keeper.admit(key, tokens: 1 << 40, cost: 10))
        keeper.end(hold, tokens: 1 << 40, cost: 1_499_999)
        let last = try #require(try keeper.admit(key, tokens: 5, cost: 10))
        keeper.end(last, tokens: 5, cost: 1)
        let error = #expect(throws: GatewayError.self) { try keeper.admit(key, tokens: 0, cost: 0) }
        #expect(error?.message.contains("1.5 credits a day is used up") == true && error?.retryAfter == 86_400)
    }

    @Test("what cannot be written down is written the next time")
    func flush() async throws {
        let (keeper, shelf) = (QuotaKeeper(now: { 0 }), Shelf())
        let key = try Self.key(Quota(life: 100))
        keeper.end(try #require(try keeper.admit(key, tokens: 1, cost: 0)), tokens: 7, cost: 2)
        await shelf.set(full: true)
        await #expect(throws: CancellationError.self) { try await keeper.flush(to: shelf) }
        await shelf.set(full: false)
        try await keeper.flush(to: shelf)
        let kept = await shelf.uses
        #expect(kept[key.id]?.used(.life, .tokens, now: 0) == 7)
        let later = QuotaKeeper(kept, now: { 0 })
        #expect(later.use(of: key.id) == keeper.use(of: key.id))
    }
}
