package import Vocabulary

extension Directory {
    /// What every key's secret begins with.
    package static let keyPrefix = "sk-adit-"
    private static let keyIDPrefix = "key_"

    /// Makes a key; its secret is answered once and never again.
    /// - Parameters:
    ///   - expires: from when on it is refused, in seconds since 1970.
    ///   - allowedModels: deployments that it may use; none means every one.
    package func createKey(
        label: String,
        expires: Int?,
        allowedModels: [DeploymentPattern]
    ) async throws(DirectoryError) -> (Key, String) {
        try Self.check(label, named: "label", atMost: 200)
        let now = self.now()
        if let expires, expires <= now {
            throw DirectoryError(code: .invalid, message: "A key cannot expire in the past.")
        }
        let secret = self.secrets.secret(prefix: Self.keyPrefix)
        let key = Key(
            id: KeyID(rawValue: self.secrets.id(prefix: Self.keyIDPrefix)),
            user: .first,
            group: .first,
            label: label,
            digest: self.digest(of: secret[...]),
            hint: String(secret.suffix(4)),
            created: now,
            expires: expires,
            allowedModels: allowedModels.withoutRepetitions,
            isDisabled: false,
            lastUsed: nil
        )
        let made = try await self.writer.change(self) { _ throws(DirectoryError) in
            .init(result: key, store: { try await $0.insert(key) }, show: { $0.put(key) })
        }
        return (made, secret)
    }

    /// Disables a key, or enables it again.
    /// - Parameter id: the key's id, or a beginning of it that no other has.
    package func setKey(_ id: KeyID, disabled: Bool) async throws(DirectoryError) -> Key {
        try await self.changeKey(id) { $0.isDisabled = disabled }
    }

    /// Gives a key a new secret, answered once; the old one is refused from now on.
    /// - Parameter id: the key's id, or a beginning of it that no other has.
    package func rotateKey(_ id: KeyID) async throws(DirectoryError) -> (Key, String) {
        let secret = self.secrets.secret(prefix: Self.keyPrefix)
        let digest = self.digest(of: secret[...])
        let key = try await self.changeKey(id) { key in
            key.digest = digest
            key.hint = String(secret.suffix(4))
        }
        return (key, secret)
    }

    /// Deletes a key.
    /// - Parameter id: the key's id, or a beginning of it that no other has.
    package func deleteKey(_ id: KeyID) async throws(DirectoryError) {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            let id = try Self.find(id, in: tables).key.id
            return .init(result: (), store: { try await $0.delete(id) }, show: { $0.remove(id) })
        }
    }

    /// The key with an id, or with an id that begins so when no other does.
    package func key(_ id: KeyID) throws(DirectoryError) -> Key {
        try Self.find(id, in: self.snapshot.tables).current
    }

    /// Writes down when keys were last used. What could not be stored is tried again the next time.
    package func flushLastUsed() async throws {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            var uses: [KeyID: Int] = [:]
            for (id, entry) in tables.keys {
                if let use = entry.lastUse.unstored { uses[id] = use }
            }
            guard !uses.isEmpty else { return .init(result: ()) }
            let new = uses
            return .init(
                result: (),
                store: { store in
                    try await store.recordUse(new)
                    for (id, use) in new { tables.keys[id]?.lastUse.noteStored(use) }
                }
            )
        }
    }

    private func changeKey(
        _ id: KeyID,
        _ change: @Sendable (inout Key) -> Void
    ) async throws(DirectoryError) -> Key {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            var key = try Self.find(id, in: tables).current
            change(&key)
            let changed = key
            return .init(result: changed, store: { try await $0.update(changed) }, show: { $0.put(changed) })
        }
    }

    private static func find(_ id: KeyID, in tables: Snapshot.Tables) throws(DirectoryError) -> KeyEntry {
        if let entry = tables.keys[id] { return entry }
        let found = tables.keys.values.filter { $0.key.id.rawValue.begins(with: id.rawValue, after: Self.keyIDPrefix) }
        guard let only = found.first, found.count == 1 else {
            throw Self.cannotFind(id.rawValue, among: found.count, kind: "key", list: "adit-relay key list")
        }
        return only
    }
}
