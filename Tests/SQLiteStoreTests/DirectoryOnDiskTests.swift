import Accounts
import GRDB
import Testing
import Vocabulary

@testable import SQLiteStore

/// The directory over a real file.
@Suite struct DirectoryOnDiskTests {
    @Test func changesFromManySidesAllSurvive() async throws {
        let folder = try DataFolder()
        let directory = try await folder.openDirectory()
        let secrets = try await withThrowingTaskGroup(of: (KeyID, String).self) { group in
            for number in 0..<60 {
                group.addTask {
                    _ = try await directory.ensureDeployment(name: DeploymentName("d-\(number % 7)")!)
                    let (key, first) = try await directory.createKey(
                        label: "\(number)",
                        expires: nil,
                        allowedModels: []
                    )
                    if number.isMultiple(of: 5) {
                        try await directory.deleteKey(key.id)
                        return (key.id, "")
                    }
                    _ = try await directory.changeKey(key.id) { $0.isDisabled = number.isMultiple(of: 2) }
                    guard number.isMultiple(of: 3) else { return (key.id, first) }
                    return (key.id, try await directory.rotateKey(key.id).1)
                }
            }
            return try await group.reduce(into: [KeyID: String]()) { $0[$1.0] = $1.1 }
        }
        let reopened = try await folder.openDirectory()
        #expect(reopened.keys() == directory.keys())
        #expect(reopened.keys().count == 48)
        #expect(reopened.deployments() == directory.deployments())
        #expect(reopened.deployments().count == 7)
        for (id, secret) in secrets where !secret.isEmpty {
            let digest = reopened.digest(of: secret[...])
            #expect(reopened.snapshot.key(digest)?.key.id == id)
        }
        #expect(try folder.values(String.self, "PRAGMA integrity_check") == ["ok"])
        #expect(try folder.values(Int.self, "SELECT count(*) FROM pragma_foreign_key_check") == [0])
    }

    @Test func noSecretEverReachesTheDisk() async throws {
        let folder = try DataFolder()
        let directory = try await folder.openDirectory()
        let (key, first) = try await directory.createKey(label: "lab", expires: nil, allowedModels: [])
        let (_, second) = try await directory.rotateKey(key.id)
        let (_, token) = try await directory.createToken(label: "attic", scope: [DeploymentPattern("a")!])
        for file in try folder.files {
            let content = String(decoding: try folder.read(file), as: UTF8.self)
            if file.hasSuffix("-wal") { #expect(content.contains("attic"), "this test looks at the wrong file") }
            for secret in [first, second, token] {
                #expect(!content.contains(secret.dropFirst(8).prefix(20)), "\(file)")
            }
        }
    }

    /// Somebody else changed the file meanwhile: the store's word counts, and the directory shows nothing of its own.
    @Test func aConflictInTheFileIsSaid() async throws {
        let folder = try DataFolder()
        let directory = try await folder.openDirectory()
        try folder.run(
            "INSERT INTO deployment (name, description, enabled, created, origin) VALUES ('a', '', 1, 1, 'connector')"
        )
        let error = await refusal {
            _ = try await directory.createDeployment(name: DeploymentName("a")!, description: "")
        }
        #expect(error?.code == .conflict)
        #expect(directory.deployments().isEmpty)
    }

    @Test func onAFullDiskNothingChangesUntilThereIsRoom() async throws {
        let folder = try DataFolder()
        let store = try folder.openStore()
        let directory = try await Directory(store: store, hasher: Sample.hasher, now: { 1_800_000_000 })
        // SQLite raises this to what the file has already.
        try await store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 1") }
        var made = 0
        var error: DirectoryError?
        while error == nil, made < 1_000 {
            error = await refusal {
                _ = try await directory.createKey(
                    label: .init(repeating: "x", count: 200),
                    expires: nil,
                    allowedModels: []
                )
            }
            if error == nil { made += 1 }
        }
        #expect(error?.code == .storage)
        #expect(error?.message.contains("Make room") == true, "\(error?.message ?? "")")
        #expect(directory.keys().count == made)
        #expect(try await store.load().keys.count == made)
        try await store.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
        _ = try await directory.createKey(label: "", expires: nil, allowedModels: [])
        #expect(directory.keys().count == made + 1)
    }
}
