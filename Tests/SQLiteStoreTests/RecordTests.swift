import Accounts
import SQLiteStore
import Testing
import Vocabulary

/// What is put in comes out, now and after the file was opened again.
@Suite struct RecordTests {
    @Test func aNewDatabaseHasOneUserAndOneGroup() async throws {
        let folder = try DataFolder()
        let stored = try await folder.openStore().load()
        #expect(stored.users.map(\.id) == [.first])
        #expect(stored.groups.map(\.id) == [.first])
        #expect(stored.users.allSatisfy { $0.created > 1_700_000_000 })
        #expect(stored.keys.isEmpty && stored.deployments.isEmpty && stored.tokens.isEmpty)
        #expect(stored.serverSecret == nil)
    }

    @Test func keysSurvive() async throws {
        let folder = try DataFolder()
        var key = Sample.key("key_1")
        var open = Sample.key("key_2")
        open.expires = nil
        open.allowedModels = []
        do {
            let store = try folder.openStore()
            try await store.insert(key)
            try await store.insert(open)
            #expect(Set(try await store.load().keys) == [key, open])
            key.label = ""
            key.isDisabled = true
            key.digest = Sample.hasher.digest(of: "another")
            key.hint = "abcd"
            key.allowedModels = [DeploymentPattern("z")!]
            key.expires = nil
            try await store.update(key)
        }
        #expect(Set(try await folder.openStore().load().keys) == [key, open])
        try await folder.openStore().delete(key.id)
        #expect(try await folder.openStore().load().keys == [open])
        #expect(try folder.values(Int.self, "SELECT count(*) FROM key_model") == [0])
    }

    @Test func lastUseIsKeptApart() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let key = Sample.key("key_1")
        try await store.insert(key)
        try await store.recordUse([key.id: 1_800_000_050, KeyID(rawValue: "key_gone"): 5])
        // What the directory has in hand may be older than what was recorded.
        try await store.update(key)
        #expect(try await folder.openStore().load().keys.map(\.lastUsed) == [1_800_000_050])
    }

    @Test func deploymentsSurvive() async throws {
        let folder = try DataFolder()
        var deployment = Sample.deployment("hf.co/org/model:Q4_K_M@main+x")
        let store = try folder.openStore()
        try await store.insert(deployment)
        try await store.insert(Sample.deployment("Gemma"))
        // Names differ by their case.
        try await store.insert(Sample.deployment("gemma"))
        deployment.isEnabled = false
        deployment.description = "«anders»\u{1F600}"
        try await store.update(deployment)
        try await store.delete(DeploymentName("Gemma")!)
        #expect(Set(try await folder.openStore().load().deployments) == [deployment, Sample.deployment("gemma")])
    }

    @Test func tokensSurvive() async throws {
        let folder = try DataFolder()
        var token = Sample.token("tok_1")
        let store = try folder.openStore()
        try await store.insert(token)
        try await store.insert(Sample.token("tok_2"))
        token.revoked = 1_800_000_001
        try await store.update(token)
        #expect(Set(try await folder.openStore().load().tokens) == [token, Sample.token("tok_2")])
    }

    @Test func theServerSecretIsToldFromOthers() async throws {
        let folder = try DataFolder()
        _ = try await folder.openDirectory()
        _ = try await folder.openDirectory()
        let store = try folder.openStore()
        let error = await refusal {
            _ = try await Directory(store: store, hasher: SecretHasher(serverSecret: [1]), now: { 0 })
        }
        #expect(error?.message.contains("put the right file back") == true)
    }
}
