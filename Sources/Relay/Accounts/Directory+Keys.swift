package import Vocabulary

extension Directory {
    /// What every key's secret begins with.
    package static let keyPrefix = "sk-adit-"

    /// Makes a key; its secret is answered once and never again.
    /// - Parameters:
    ///   - expires: from when on it is refused, in seconds since 1970.
    ///   - allowedModels: deployments that it may use; none means every one.
    package func createKey(
        label: String,
        expires: Int?,
        allowedModels: [DeploymentPattern]
    ) async throws(DirectoryError) -> (Key, String) {
        if let expires, expires <= self.now() {
            throw DirectoryError(code: .invalid, message: "A key cannot expire in the past.")
        }
        let secret = self.secrets.secret(prefix: Self.keyPrefix)
        let key = Key(
            id: KeyID(rawValue: self.secrets.id(prefix: "key_")),
            user: .first,
            group: .first,
            label: label,
            digest: self.digest(of: secret),
            hint: String(secret.suffix(4)),
            created: self.now(),
            expires: expires,
            allowedModels: allowedModels,
            isDisabled: false,
            lastUsed: nil
        )
        let made = try await self.writer.change(self) { (snapshot: Snapshot) throws(DirectoryError) in
            var all = snapshot.keys
            all[key.id] = key
            return DirectoryWriter.Step(
                result: key,
                store: { try await $0.insert(key) },
                after: snapshot.with(keys: all)
            )
        }
        return (made, secret)
    }

    /// Disables a key, or enables it again.
    package func setKey(_ id: KeyID, disabled: Bool) async throws(DirectoryError) -> Key {
        try await self.changeKey(id) { $0.isDisabled = disabled }
    }

    /// Gives a key a new secret, answered once; the old one is refused from now on.
    package func rotateKey(_ id: KeyID) async throws(DirectoryError) -> (Key, String) {
        let secret = self.secrets.secret(prefix: Self.keyPrefix)
        let digest = self.digest(of: secret)
        let key = try await self.changeKey(id) { key in
            key.digest = digest
            key.hint = String(secret.suffix(4))
        }
        return (key, secret)
    }

    /// Deletes a key.
    package func deleteKey(_ id: KeyID) async throws(DirectoryError) {
        try await self.writer.change(self) { (snapshot: Snapshot) throws(DirectoryError) in
            let id = try Self.find(id, in: snapshot).id
            var all = snapshot.keys
            all[id] = nil
            return .init(result: (), store: { try await $0.delete(id) }, after: snapshot.with(keys: all))
        }
    }

    private func changeKey(
        _ id: KeyID,
        _ change: @Sendable (inout Key) -> Void
    ) async throws(DirectoryError) -> Key {
        try await self.writer.change(self) { (snapshot: Snapshot) throws(DirectoryError) in
            var key = try Self.find(id, in: snapshot)
            change(&key)
            let changed = key
            var all = snapshot.keys
            all[changed.id] = changed
            return DirectoryWriter.Step(
                result: changed,
                store: { try await $0.update(changed) },
                after: snapshot.with(keys: all)
            )
        }
    }

    /// The key with an id, or with an id that begins so when there is only one.
    private static func find(_ id: KeyID, in snapshot: Snapshot) throws(DirectoryError) -> Key {
        if let key = snapshot.keys[id] { return key }
        let found = snapshot.keys.values.filter { id.rawValue.count > 4 && $0.id.rawValue.hasPrefix(id.rawValue) }
        if let only = found.first, found.count == 1 { return only }
        throw DirectoryError(
            code: .notFound,
            message: found.isEmpty
                ? "There is no key «\(id)». «adit-relay key list» shows those that exist."
                : "«\(id)» is the beginning of \(found.count) keys; give more of it."
        )
    }
}
