internal import Accounts
private import Foundation
internal import GRDB
internal import Vocabulary

@testable import SQLiteStore

/// A folder of its own for one test, with a database in it.
struct DataFolder: ~Copyable {
    let path: String
    var database: String { self.path + "/adit.sqlite" }

    init() throws {
        self.path = FileManager.default.temporaryDirectory.path + "/store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: self.path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    func openStore() throws -> SQLiteStore { try SQLiteStore(path: self.database) }

    /// Makes the file as it was when a step of the schema was the last one.
    func openStore(upTo step: String) throws {
        try SQLiteStore.migrator.migrate(try DatabaseQueue(path: self.database), upTo: step)
    }

    func openDirectory() async throws -> Directory {
        try await Directory(store: try self.openStore(), hasher: Sample.hasher, now: { 1_800_000_000 })
    }

    /// What a test wants to know or to spoil behind the store's back.
    func values<Value: DatabaseValueConvertible>(_ type: Value.Type, _ sql: String) throws -> [Value] {
        try DatabaseQueue(path: self.database).writeWithoutTransaction { try Value.fetchAll($0, sql: sql) }
    }

    func run(_ sql: String) throws {
        try DatabaseQueue(path: self.database).writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    func mode(of name: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: self.path + "/" + name)[.posixPermissions] as? Int ?? -1
    }

    func setMode(of name: String, _ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: self.path + "/" + name)
    }

    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: self.path).sorted() }
    }

    func read(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: self.path + "/" + name)))
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: self.path + "/" + name))
    }
}

/// Records to store.
enum Sample {
    static let hasher = SecretHasher(serverSecret: Array(repeating: 7, count: 32))

    static func key(_ id: String, digest: String? = nil) -> Key {
        Key(
            id: KeyID(rawValue: id),
            user: .first,
            group: .first,
            label: "Küche 😀",
            digest: Self.hasher.digest(of: digest ?? id),
            hint: "wxyz",
            created: 1_800_000_000,
            expires: 1_900_000_000,
            allowedModels: ["home-*", "hf.co/a/b", "gemma3:4b"].compactMap { DeploymentPattern($0) },
            isDisabled: false,
            lastUsed: nil
        )
    }

    static func token(_ id: String) -> TunnelToken {
        TunnelToken(
            id: TunnelTokenID(rawValue: id),
            label: "attic",
            digest: Self.hasher.digest(of: id),
            hint: "wxyz",
            scope: ["z", "a*", "m"].compactMap { DeploymentPattern($0) },
            created: 1_800_000_000,
            revoked: nil
        )
    }

    static func deployment(_ name: String) -> Deployment {
        guard let name = DeploymentName(name) else { preconditionFailure("\(name) is no name") }
        return Deployment(
            name: name,
            description: "at home",
            isEnabled: true,
            created: 1_800_000_000,
            origin: .connector
        )
    }
}

/// The error that a change ends with.
func refusal(_ change: () async throws -> Void) async -> DirectoryError? {
    do {
        try await change()
        return nil
    } catch {
        return error as? DirectoryError
    }
}
