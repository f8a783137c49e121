import Accounts
import SQLiteStore
import Testing
import Vocabulary

/// Users, groups, limits and what belongs to them come out as they were put in.
@Suite struct UserRecordTests {
    static let limits = Limits(
        requestsPerMinute: 60,
        requestsPerDay: 1_000,
        tokensPerMinute: 100_000,
        concurrentCalls: 10
    )

    static let user = User(
        id: UserID(rawValue: "usr_1"),
        name: "Ada",
        email: "ada@example.com",
        role: .member,
        isDisabled: true,
        limits: limits,
        created: 1_800_000_000
    )

    static func group() -> Group {
        var group = Group(id: GroupID(rawValue: "grp_1"), name: "pro", created: 1_800_000_000)
        group.dialects = [.chat, .gemini]
        group.deployments = ["z", "home-*", "a"].compactMap { DeploymentPattern($0) }
        group.allowsStreaming = false
        group.limits = Limits(requestsPerMinute: 55)
        group.userLimits = Limits(concurrentCalls: 10)
        group.keyLimits = Limits(requestsPerMinute: 60)
        group.isBilled = true
        group.multiplier = Factor("1.5") ?? .one
        group.userMultipliers = [Self.user.id: Factor("0.25") ?? .one]
        group.tierFactors = ["flex": Factor("0.5") ?? .one, "priority": Factor("2") ?? .one]
        group.vanishedClient = .paysWhole
        group.missingUsage = .isEstimated
        return group
    }

    @Test func usersSurvive() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        var user = Self.user
        try await store.insert(user)
        #expect(try await folder.openStore().load().users.contains(user))
        user.name = "Ada Lovelace"
        user.email = nil
        user.role = .administrator
        user.isDisabled = false
        user.limits = .none
        try await store.update(user)
        #expect(try await folder.openStore().load().users.contains(user))
        #expect(try folder.values(Int.self, "SELECT count(*) FROM limit_set") == [0])
        try await store.delete(user.id)
        #expect(try await folder.openStore().load().users.map(\.id) == [.first])
    }

    @Test func groupsSurvive() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.insert(Self.user)
        var group = Self.group()
        try await store.insert(group)
        #expect(try await folder.openStore().load().groups.contains(group))
        group.dialects = .every
        group.deployments = []
        group.userMultipliers = [:]
        group.tierFactors["flex"] = nil
        group.keyLimits = .none
        try await store.update(group)
        #expect(try await folder.openStore().load().groups.contains(group))
        try await store.delete(group.id)
        #expect(try await folder.openStore().load().groups.map(\.id) == [.first])
        #expect(try folder.values(Int.self, "SELECT count(*) FROM limit_set") == [1])
    }

    @Test func whatAKeyHasBesideItsModelsSurvives() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.insert(Self.user)
        try await store.insert(Self.group())
        var key = Sample.key("key_1")
        key.user = Self.user.id
        key.group = Self.group().id
        key.allowedAddresses = ["10.0.0.0/8", "2001:db8::/32"].compactMap { NetworkRange($0) }
        key.deniedAddresses = ["10.0.0.1"].compactMap { NetworkRange($0) }
        key.limits = Self.limits
        key.quota = Quota(life: 1, fiveHours: 2, day: 3, week: 4)
        key.retiring = RetiringSecret(digest: Sample.hasher.digest(of: "old"), until: 1_800_000_500)
        try await store.insert(key)
        #expect(try await folder.openStore().load().keys == [key])
        key.allowedAddresses = []
        key.quota = .none
        key.retiring = nil
        key.group = .first
        try await store.update(key)
        #expect(try await folder.openStore().load().keys == [key])
        try await store.delete(key.id)
        #expect(try folder.values(Int.self, "SELECT count(*) FROM key_address") == [0])
        #expect(try folder.values(String.self, "SELECT scope FROM limit_set ORDER BY scope").contains("key") == false)
    }

    @Test func whatADeploymentHasSurvives() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.insert(Self.user)
        try await store.insert(Self.group())
        var deployment = Sample.deployment("gemma")
        deployment.aliases = ["z", "a"].compactMap { DeploymentName($0) }
        deployment.owner = Self.user.id
        deployment.audience = .groups([.first, Self.group().id])
        deployment.isListedPublicly = true
        deployment.price = Price(input: 1, cachedInput: 0, output: 3)
        deployment.limits = Self.limits
        try await store.insert(deployment)
        #expect(try await folder.openStore().load().deployments == [deployment])
        // Who owns something and leaves, owns it no more.
        try await store.delete(Self.user.id)
        deployment.owner = nil
        deployment.audience = .owner
        deployment.price = nil
        try await store.update(deployment)
        #expect(try await folder.openStore().load().deployments == [deployment])
        try await store.delete(deployment.name)
        #expect(try folder.values(Int.self, "SELECT count(*) FROM deployment_alias") == [0])
    }

    @Test func theRelaysLimitsAndATokensOldSecretSurvive() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.update(relayLimits: Self.limits)
        var token = Sample.token("tok_1")
        try await store.insert(token)
        token.retiring = RetiringSecret(digest: token.digest, until: 1_800_000_009)
        token.digest = Sample.hasher.digest(of: "new")
        token.hint = "abcd"
        try await store.update(token)
        let stored = try await folder.openStore().load()
        #expect(stored.relayLimits == Self.limits)
        #expect(stored.tokens == [token])
    }

    /// A database of the version before this one: what it has stays as it is, and gets what it had without saying so.
    @Test func anOlderDatabaseIsBroughtUpToDate() async throws {
        let folder = try DataFolder()
        try folder.openStore(upTo: "1 accounts")
        try folder.run(
            """
            INSERT INTO key (id, user_id, group_id, label, digest, hint, created)
            VALUES ('key_1', 'usr_default', 'grp_default', '', zeroblob(32), '', 1);
            INSERT INTO deployment VALUES ('a', '', 1, 1, 'connector');
            """
        )
        let stored = try await folder.openStore().load()
        #expect(stored.users.map(\.role) == [.administrator])
        #expect(stored.groups.allSatisfy { $0.dialects == .every && $0.allowsStreaming && !$0.isBilled })
        #expect(stored.keys.allSatisfy { $0.limits == .none && $0.quota == .none && $0.retiring == nil })
        #expect(stored.keys.count == 1)
        #expect(stored.deployments.allSatisfy { $0.price == nil && $0.audience == .everyone && !$0.isListedPublicly })
        #expect(stored.deployments.count == 1)
    }
}
