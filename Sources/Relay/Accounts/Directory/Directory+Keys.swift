package import Vocabulary

extension Directory {
    private static let keyIDPrefix = "key_"

    /// Makes a key; its secret is answered once and never again.
    /// - Parameters:
    ///   - expires: from when on it is refused, in seconds since 1970.
    ///   - allowedModels: deployments that it may use; none means every one.
    ///   - user: whose it is: an id, a name or an e-mail address.
    ///   - group: what it shares with others: an id or a name.
    ///   - most: how many keys the user may have with this one; `nil` when it does not matter.
    ///   - settle: says the rest of it.
    package func createKey(
        label: String,
        expires: Int?,
        allowedModels: [DeploymentPattern],
        user: String = UserID.first.rawValue,
        group: String = GroupID.first.rawValue,
        most: Int? = nil,
        _ settle: @Sendable (inout Key) -> Void = { _ in }
    ) async throws(DirectoryError) -> (Key, String) {
        let now = self.now()
        if let expires, expires <= now {
            throw DirectoryError(code: .invalid, message: "A key cannot expire in the past.")
        }
        let secret = self.secrets.secret(prefix: self.keyPrefix)
        let id = KeyID(rawValue: self.secrets.id(prefix: Self.keyIDPrefix))
        let digest = self.digest(of: secret[...])
        let key = try await self.writer.change(self) { tables throws(DirectoryError) in
            var key = Key(
                id: id,
                user: try Self.find(user: user, in: tables).id,
                group: try Self.find(group: group, in: tables).id,
                label: label,
                digest: digest,
                hint: String(secret.suffix(4)),
                created: now,
                expires: expires,
                allowedModels: allowedModels.withoutRepetitions,
                isDisabled: false,
                lastUsed: nil
            )
            settle(&key)
            try Self.check(key)
            if let most { try Self.checkRoom(for: key, atMost: most, in: tables) }
            let made = key
            return .init(result: made, store: { try await $0.insert(made) }, show: { $0.put(made) })
        }
        return (key, secret)
    }

    /// Changes a key: what it says holds for calls from now on.
    /// - Parameters:
    ///   - id: the key's id, or a beginning of it that no other has.
    ///   - user: whose it is from now on: an id, a name or an e-mail address; `nil` leaves it.
    ///   - group: what it shares with others from now on: an id or a name; `nil` leaves it.
    package func changeKey(
        _ id: KeyID,
        user: String? = nil,
        group: String? = nil,
        _ change: @Sendable (inout Key) -> Void
    ) async throws(DirectoryError) -> Key {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            var key = try Self.find(id, in: tables).current
            change(&key)
            if let user { key.user = try Self.find(user: user, in: tables).id }
            if let group { key.group = try Self.find(group: group, in: tables).id }
            try Self.check(key)
            let changed = key
            return .init(result: changed, store: { try await $0.update(changed) }, show: { $0.put(changed) })
        }
    }

    /// Gives a key a new secret, answered once.
    /// - Parameters:
    ///   - id: the key's id, or a beginning of it that no other has.
    ///   - overlap: how long the old secret is good yet, in seconds; the one before that is refused from now on.
    package func rotateKey(_ id: KeyID, overlap: Int = 0) async throws(DirectoryError) -> (Key, String) {
        let retiring = try self.retirement(after: overlap)
        let secret = self.secrets.secret(prefix: self.keyPrefix)
        let digest = self.digest(of: secret[...])
        let key = try await self.changeKey(id) { key in
            key.retiring = retiring.map { RetiringSecret(digest: key.digest, until: $0) }
            key.digest = digest
            key.hint = String(secret.suffix(4))
        }
        return (key, secret)
    }

    /// When a secret ends that is replaced now; `nil` for at once.
    func retirement(after overlap: Int) throws(DirectoryError) -> Int? {
        guard (0...90 * 86_400).contains(overlap) else {
            throw DirectoryError(code: .invalid, message: "A replaced secret is good for 90 days at most.")
        }
        return overlap == 0 ? nil : self.now() + overlap
    }

    /// Deletes a key.
    /// - Parameter id: the key's id, or a beginning of it that no other has.
    /// - Returns: its whole id.
    @discardableResult
    package func deleteKey(_ id: KeyID) async throws(DirectoryError) -> KeyID {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            let id = try Self.find(id, in: tables).key.id
            return .init(result: id, store: { try await $0.delete(id) }, show: { $0.remove(id) })
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

    private static func checkRoom(
        for key: Key,
        atMost most: Int,
        in tables: Snapshot.Tables
    ) throws(DirectoryError) {
        guard tables.keys.values.filter({ $0.key.user == key.user }).count >= most else { return }
        throw DirectoryError(
            code: .conflict,
            message: "There are \(most) keys already, which is the most: delete one that is not needed."
        )
    }

    private static func check(_ key: Key) throws(DirectoryError) {
        try Self.check(key.label, named: "label", atMost: 200)
        try Self.check(key.limits)
        for quota in Quota.Window.allCases.compactMap({ key.quota[$0] }) where !(1...Quota.largest).contains(quota) {
            throw DirectoryError(
                code: .invalid,
                message: "A quota is more than nothing, and at most 10^15 tokens or micro-credits."
            )
        }
        guard key.allowedAddresses.count <= 256, key.deniedAddresses.count <= 256 else {
            throw DirectoryError(code: .invalid, message: "A key may name 256 addresses to allow and 256 to deny.")
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
