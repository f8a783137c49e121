internal import Vocabulary

extension Directory {
    private static let userIDPrefix = "usr_"

    /// Makes a user, who has no keys yet.
    package func createUser(
        name: String,
        _ settle: @Sendable (inout User) -> Void = { _ in }
    ) async throws(DirectoryError) -> User {
        var user = User(
            id: UserID(rawValue: self.secrets.id(prefix: Self.userIDPrefix)),
            name: name,
            created: self.now()
        )
        settle(&user)
        let made = user
        return try await self.writer.change(self) { tables throws(DirectoryError) in
            let made = try Self.checked(made, in: tables)
            return .init(result: made, store: { try await $0.insert(made) }, show: { $0.put(made) })
        }
    }

    /// Changes a user: what the record says holds for calls from now on.
    /// - Parameter reference: the id, the name or the e-mail address.
    package func changeUser(
        _ reference: String,
        _ change: @Sendable (inout User) -> Void
    ) async throws(DirectoryError) -> User {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            let old = try Self.find(user: reference, in: tables)
            var user = old
            change(&user)
            guard user != old else { return .init(result: old) }
            let changed = try Self.checked(user, in: tables)
            return .init(result: changed, store: { try await $0.update(changed) }, show: { $0.put(changed) })
        }
    }

    /// Deletes a user who has no keys.
    /// - Parameters:
    ///   - reference: the id, the name or the e-mail address.
    ///   - obstacle: why the user has to stay, as a sentence; `nil` when nothing is in the way.
    package func deleteUser(
        _ reference: String,
        unless obstacle: @Sendable (User) -> String? = { _ in nil }
    ) async throws(DirectoryError) -> UserID {
        try await self.writer.change(self) { tables throws(DirectoryError) in
            let user = try Self.find(user: reference, in: tables)
            guard user.id != .first else {
                throw DirectoryError(code: .conflict, message: "The first user cannot be deleted.")
            }
            let keys = tables.keys.values.filter { $0.key.user == user.id }.count
            guard keys == 0 else {
                throw DirectoryError(
                    code: .conflict,
                    message: "The user «\(user.name)» has \(keys) keys: delete them first, or disable the user."
                )
            }
            if let obstacle = obstacle(user) { throw DirectoryError(code: .conflict, message: obstacle) }
            return .init(
                result: user.id,
                store: { try await $0.delete(user.id) },
                show: { tables in
                    tables.remove(user.id)
                    tables.forget(user.id)
                }
            )
        }
    }

    /// The user with an id, a name or an e-mail address.
    package func user(_ reference: String) throws(DirectoryError) -> User {
        try Self.find(user: reference, in: self.snapshot.tables)
    }

    static func find(user reference: String, in tables: Snapshot.Tables) throws(DirectoryError) -> User {
        if let user = tables.users[UserID(rawValue: reference)] { return user }
        let email = reference.lowercased()
        guard let user = tables.users.values.first(where: { $0.name == reference || $0.email == email }) else {
            throw DirectoryError(
                code: .notFound,
                message: "There is no user «\(reference)». «adit-relay user list» shows those that exist."
            )
        }
        return user
    }

    /// The user as it is kept, or why it cannot be.
    private static func checked(_ user: User, in tables: Snapshot.Tables) throws(DirectoryError) -> User {
        var user = user
        user.email = user.email?.lowercased()
        try Self.check(name: user.name, of: "user")
        if let email = user.email {
            try Self.check(email, named: "e-mail address", atMost: 254)
            let parts = email.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !email.contains(where: \.isWhitespace) else {
                throw DirectoryError(code: .invalid, message: "«\(email)» is no e-mail address.")
            }
        }
        try Self.check(user.limits)
        if let group = user.selfService.group { _ = try Self.find(group: group.rawValue, in: tables) }
        guard (0...SelfService.largest).contains(user.selfService.mostKeys) else {
            throw DirectoryError(code: .invalid, message: "A user may have 0 to \(SelfService.largest) keys.")
        }
        for other in tables.users.values where other.id != user.id {
            let isTaken =
                [other.name, other.email, other.id.rawValue].contains(user.name)
                || (user.email.map { [other.name, other.email].contains($0) } ?? false)
            guard !isTaken else {
                throw DirectoryError(
                    code: .conflict,
                    message: "The user «\(other.name)» has this name or e-mail address already."
                )
            }
        }
        return user
    }
}
