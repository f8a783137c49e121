import Accounts
import GRDB
import SQLiteStore
import Testing
import Vocabulary

/// The schema has the last word, and its refusals are said as the directory says them.
@Suite struct ConstraintTests {
    @Test func whatIsThereAlreadyIsAConflict() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.insert(Sample.key("key_1"))
        try await store.insert(Sample.key("key_2"))
        try await store.insert(Sample.deployment("a"))
        try await store.insert(Sample.token("tok_1"))
        let before = try await store.load()
        let changes: [(String, () async throws -> Void)] = [
            ("key key_1", { try await store.insert(Sample.key("key_1", digest: "new")) }),
            ("key key_3", { try await store.insert(Sample.key("key_3", digest: "key_1")) }),
            ("key key_1", { try await store.update(Sample.key("key_1", digest: "key_2")) }),
            ("deployment a", { try await store.insert(Sample.deployment("a")) }),
            ("tunnel token tok_1", { try await store.insert(Sample.token("tok_1")) }),
        ]
        for (thing, change) in changes {
            let error = await refusal(change)
            #expect(error?.code == .conflict)
            #expect(error?.message.contains(thing) == true, "\(error?.message ?? "nothing")")
        }
        // A change that is refused half-way leaves nothing behind.
        let after = try await store.load()
        #expect(Set(after.keys) == Set(before.keys))
        #expect(after.tokens == before.tokens)
    }

    @Test func whatCannotBeIsInvalid() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        var stranger = Sample.key("key_1")
        stranger.user = UserID(rawValue: "usr_nobody")
        var groupless = Sample.key("key_1")
        groupless.group = GroupID(rawValue: "grp_none")
        var wordy = Sample.deployment("a")
        wordy.description = String(repeating: "x", count: 1_001)
        var talkative = Sample.token("tok_1")
        talkative.label = String(repeating: "x", count: 201)
        var dead = Sample.key("key_1")
        dead.expires = dead.created
        let records: [() async throws -> Void] = [
            { [stranger] in try await store.insert(stranger) }, { [groupless] in try await store.insert(groupless) },
            { [wordy] in try await store.insert(wordy) }, { [talkative] in try await store.insert(talkative) },
            { [dead] in try await store.insert(dead) }, { try await store.insert(Sample.key("nokey")) },
            { try await store.insert(Sample.token("notoken")) },
        ]
        for insert in records { #expect(await refusal(insert)?.code == .invalid) }
        let stored = try await store.load()
        #expect(stored.keys.isEmpty && stored.tokens.isEmpty && stored.deployments.isEmpty)
    }

    @Test func whatIsNotThereCannotBeChanged() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let changes: [() async throws -> Void] = [
            { try await store.update(Sample.key("key_1")) }, { try await store.update(Sample.deployment("a")) },
            { try await store.update(Sample.token("tok_1")) },
        ]
        for change in changes { #expect(await refusal(change)?.code == .notFound) }
    }

    /// What the types of this program do not let through, the schema does not either.
    @Test(
        arguments: [
            "INSERT INTO deployment (name, description, enabled, created, origin) VALUES ('', '', 1, 1, 'administrator')",
            "INSERT INTO deployment (name, description, enabled, created, origin) VALUES ('a', '', 2, 1, 'administrator')",
            "INSERT INTO deployment (name, description, enabled, created, origin) VALUES ('a', '', 1, 1, 'somebody')",
            "INSERT INTO deployment (name, description, enabled, created, origin) VALUES ('a', '', 1, 'yesterday', 'administrator')",
            "INSERT INTO deployment (name, description, enabled, created, origin) VALUES (NULL, '', 1, 1, 'administrator')",
            "INSERT INTO key (id, user_id, group_id, label, digest, hint, created) VALUES ('key_1', 'usr_default', 'grp_default', '', zeroblob(31), '', 1)",
            "INSERT INTO key (id, user_id, group_id, label, digest, hint, created) VALUES ('key_1', 'usr_default', 'grp_default', '', 'text', '', 1)",
            "INSERT INTO key_model VALUES ('key_1', 0, 'a')",
            "INSERT INTO tunnel_token_scope VALUES ('tok_1', 0, 'a')",
            "INSERT INTO server VALUES (2, zeroblob(32))",
            "INSERT INTO server VALUES (1, zeroblob(31))",
            "DELETE FROM user", "DELETE FROM user_group",
            "UPDATE user SET role = 'owner'", "UPDATE user SET disabled = 2",
            "INSERT INTO user (id, name, created) VALUES ('usr_2', 'default', 1)",
            "UPDATE user_group SET multiplier = -1", "UPDATE user_group SET vanished_client = 'nothing'",
            "UPDATE user_group SET missing_usage = 'guessed'", "UPDATE user_group SET streaming = 3",
            "UPDATE key SET quota_life = 0", "UPDATE key SET retiring_until = 1",
            "UPDATE key SET retiring_until = 1, retiring_digest = zeroblob(31)",
            "INSERT INTO key_address VALUES ('key_2', 'maybe', 0, '10.0.0.1')",
            "INSERT INTO key_address VALUES ('key_1', 'allow', 0, '10.0.0.1')",
            "INSERT INTO user_group_multiplier VALUES ('grp_default', 'usr_nobody', 1)",
            "INSERT INTO user_group_tier VALUES ('grp_none', 'flex', 1)",
            "INSERT INTO deployment_alias VALUES ('a', 'nowhere')",
            "INSERT INTO deployment (name, description, enabled, created, origin, price_input) VALUES ('a', '', 1, 1, 'connector', 5)",
            "INSERT INTO limit_set VALUES ('planet', '', 1, 1, 1, 1)",
            "INSERT INTO limit_set VALUES ('relay', '', 0, 1, 1, 1)",
        ]
    )
    func theSchemaKeepsItsRules(_ statement: String) async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        try await store.insert(Sample.key("key_2"))
        let error = #expect(throws: DatabaseError.self) { try folder.run(statement) }
        #expect(error?.resultCode == .SQLITE_CONSTRAINT, "\(error.map { "\($0)" } ?? "it was taken")")
    }
}
