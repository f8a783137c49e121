import Accounts
import Testing
import Vocabulary

@testable import SQLiteStore

/// The audit log, administration tokens and passwords on disk.
@Suite struct AuditTests {
    private static func entry(_ time: Int, _ action: String, subject: String? = nil) -> AuditEntry {
        AuditEntry(
            time: time,
            actor: "usr_default",
            means: "session",
            address: "192.0.2.1",
            action: action,
            subject: subject,
            details: #"{"label":"x"}"#
        )
    }

    @Test func entriesAreFoundNewestFirst() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        for (time, action) in [(10, "createKey"), (20, "deleteKey"), (30, "createKey")] {
            let id = try await store.begin(Self.entry(time, action))
            if time != 20 { try await store.finish(id, status: 201, subject: "key_\(time)") }
        }
        let withdrawn = try await store.begin(Self.entry(40, "createKey"))
        try await store.withdraw(withdrawn)
        let all = try await folder.openStore().entries(AuditQuery())
        #expect(all.map(\.time) == [30, 20, 10])
        #expect(all.map(\.status) == [201, nil, 201])
        #expect(all.map(\.subject) == ["key_30", nil, "key_10"])
        #expect(all.last?.details == #"{"label":"x"}"#)
        #expect(try await store.entries(AuditQuery(action: "deleteKey")).map(\.time) == [20])
        #expect(try await store.entries(AuditQuery(subject: "key_10")).map(\.time) == [10])
        #expect(try await store.entries(AuditQuery(actor: "local")).isEmpty)
        #expect(try await store.entries(AuditQuery(before: all[0].id, limit: 1)).map(\.time) == [20])
        #expect(try await store.forget(before: 20) == 1)
        #expect(try await store.entries(AuditQuery()).map(\.time) == [30, 20])
    }

    @Test func tokensAndPasswordsSurvive() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        var user = User(id: UserID(rawValue: "usr_1"), name: "Ada", created: 1_800_000_000)
        user.password = try PasswordHash(
            "correct horse battery",
            cost: .init(logRounds: 4, blockSize: 8, parallelism: 1)
        )
        user.selfService = SelfService(group: .first, mostKeys: 3)
        try await store.insert(user)
        let token = AdminToken(
            id: AdminTokenID(rawValue: "adm_1"),
            user: user.id,
            label: "lab",
            digest: Sample.hasher.digest(of: "at"),
            hint: "wxyz",
            scope: .write,
            created: 1_800_000_000,
            expires: 1_900_000_000
        )
        try await store.insert(token)
        var stored = try await folder.openStore().load()
        #expect(stored.users.contains(user))
        #expect(stored.adminTokens == [token])
        user.password = nil
        user.selfService = SelfService()
        try await store.update(user)
        stored = try await folder.openStore().load()
        #expect(stored.users.contains(user))
        try await store.delete(user.id)
        #expect(try await folder.openStore().load().adminTokens.isEmpty)
    }
}
