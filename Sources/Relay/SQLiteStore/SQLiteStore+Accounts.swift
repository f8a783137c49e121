package import Accounts
internal import GRDB
package import Vocabulary

extension SQLiteStore: AccountStore {
    package func load() async throws -> StoredAccounts {
        try await self.read("read the accounts") { database in
            var stored = StoredAccounts()
            stored.users = try Row.fetchAll(database, sql: "SELECT * FROM user").map { row in
                User(id: UserID(rawValue: row["id"]), name: row["name"], created: row["created"])
            }
            stored.groups = try Row.fetchAll(database, sql: "SELECT * FROM user_group").map { row in
                Group(id: GroupID(rawValue: row["id"]), name: row["name"], created: row["created"])
            }
            let models = try Self.patterns(database, sql: "SELECT key_id, pattern FROM key_model ORDER BY position")
            stored.keys = try Row.fetchAll(database, sql: "SELECT * FROM key").map { row in
                try Key(row, allowedModels: models[row["id"], default: []])
            }
            stored.deployments = try Row.fetchAll(database, sql: "SELECT * FROM deployment").map(Deployment.init)
            let scopes = try Self.patterns(
                database,
                sql: "SELECT token_id, pattern FROM tunnel_token_scope ORDER BY position"
            )
            stored.tokens = try Row.fetchAll(database, sql: "SELECT * FROM tunnel_token").map { row in
                try TunnelToken(row, scope: scopes[row["id"], default: []])
            }
            stored.serverSecret = try Row.fetchOne(database, sql: "SELECT * FROM server")?.serverSecret()
            return stored
        }
    }

    package func insert(_ key: Key) async throws {
        try await self.write("key \(key.id)") { database in
            try database.execute(
                sql: """
                    INSERT INTO key (id, user_id, group_id, label, digest, hint, created, expires, disabled, last_used)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    key.id.rawValue, key.user.rawValue, key.group.rawValue, key.label, key.digest.data, key.hint,
                    key.created, key.expires, key.isDisabled, key.lastUsed,
                ]
            )
            try Self.insertModels(of: key, database)
        }
    }

    package func update(_ key: Key) async throws {
        try await self.write("key \(key.id)") { database in
            try database.execute(
                sql: """
                    UPDATE key SET user_id = ?, group_id = ?, label = ?, digest = ?, hint = ?, expires = ?, disabled = ?
                    WHERE id = ?
                    """,
                arguments: [
                    key.user.rawValue, key.group.rawValue, key.label, key.digest.data, key.hint, key.expires,
                    key.isDisabled, key.id.rawValue,
                ]
            )
            try Self.requireChange(database, of: "key \(key.id)")
            try database.execute(sql: "DELETE FROM key_model WHERE key_id = ?", arguments: [key.id.rawValue])
            try Self.insertModels(of: key, database)
        }
    }

    package func delete(_ key: KeyID) async throws {
        try await self.write("key \(key)") { database in
            try database.execute(sql: "DELETE FROM key WHERE id = ?", arguments: [key.rawValue])
        }
    }

    package func recordUse(_ uses: [KeyID: Int]) async throws {
        try await self.write("last use of keys") { database in
            for (id, time) in uses {
                try database.execute(
                    sql: "UPDATE key SET last_used = ? WHERE id = ?",
                    arguments: [time, id.rawValue]
                )
            }
        }
    }

    package func insert(_ deployment: Deployment) async throws {
        try await self.write("deployment \(deployment.name)") { database in
            try database.execute(
                sql: "INSERT INTO deployment (name, description, enabled, created, origin) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    deployment.name.rawValue, deployment.description, deployment.isEnabled, deployment.created,
                    deployment.origin.rawValue,
                ]
            )
        }
    }

    package func update(_ deployment: Deployment) async throws {
        try await self.write("deployment \(deployment.name)") { database in
            try database.execute(
                sql: "UPDATE deployment SET description = ?, enabled = ?, origin = ? WHERE name = ?",
                arguments: [
                    deployment.description, deployment.isEnabled, deployment.origin.rawValue, deployment.name.rawValue,
                ]
            )
            try Self.requireChange(database, of: "deployment \(deployment.name)")
        }
    }

    package func delete(_ deployment: DeploymentName) async throws {
        try await self.write("deployment \(deployment)") { database in
            try database.execute(sql: "DELETE FROM deployment WHERE name = ?", arguments: [deployment.rawValue])
        }
    }

    package func insert(_ token: TunnelToken) async throws {
        try await self.write("tunnel token \(token.id)") { database in
            try database.execute(
                sql: "INSERT INTO tunnel_token (id, label, digest, hint, created, revoked) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    token.id.rawValue, token.label, token.digest.data, token.hint, token.created, token.revoked,
                ]
            )
            for (position, pattern) in token.scope.enumerated() {
                try database.execute(
                    sql: "INSERT INTO tunnel_token_scope (token_id, position, pattern) VALUES (?, ?, ?)",
                    arguments: [token.id.rawValue, position, pattern.rawValue]
                )
            }
        }
    }

    package func update(_ token: TunnelToken) async throws {
        try await self.write("tunnel token \(token.id)") { database in
            try database.execute(
                sql: "UPDATE tunnel_token SET label = ?, revoked = ? WHERE id = ?",
                arguments: [token.label, token.revoked, token.id.rawValue]
            )
            try Self.requireChange(database, of: "tunnel token \(token.id)")
        }
    }

    package func remember(serverSecret: SecretDigest) async throws {
        try await self.write("the digest of the server's secret") { database in
            try database.execute(
                sql: "INSERT INTO server (id, secret_digest) VALUES (1, ?)",
                arguments: [serverSecret.data]
            )
        }
    }

    private func read<Value: Sendable>(
        _ action: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await self.database.read(body)
        } catch let error as DatabaseError {
            throw Failure(action, error)
        }
    }

    /// One transaction; what the schema refuses is said as the directory says it.
    /// - Parameter thing: what is written, for the message.
    private func write(_ thing: String, _ body: @escaping @Sendable (Database) throws -> Void) async throws {
        do {
            try await self.database.write(body)
        } catch let error as DatabaseError {
            switch error.extendedResultCode {
            case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID:
                throw DirectoryError(code: .conflict, message: "The database has the \(thing) already.")
            case _ where error.resultCode == .SQLITE_CONSTRAINT:
                throw DirectoryError(
                    code: .invalid,
                    message: "The database does not take the \(thing): \(error.message ?? "it breaks a rule")."
                )
            default:
                throw Failure("write the \(thing)", error)
            }
        }
    }

    private static func requireChange(_ database: Database, of thing: String) throws {
        guard database.changesCount > 0 else {
            throw DirectoryError(code: .notFound, message: "There is no \(thing) in the database.")
        }
    }

    private static func insertModels(of key: Key, _ database: Database) throws {
        for (position, pattern) in key.allowedModels.enumerated() {
            try database.execute(
                sql: "INSERT INTO key_model (key_id, position, pattern) VALUES (?, ?, ?)",
                arguments: [key.id.rawValue, position, pattern.rawValue]
            )
        }
    }

    private static func patterns(_ database: Database, sql: String) throws -> [String: [DeploymentPattern]] {
        var patterns: [String: [DeploymentPattern]] = [:]
        for row in try Row.fetchAll(database, sql: sql) {
            let text: String = row["pattern"]
            guard let pattern = DeploymentPattern(text) else {
                throw Failure(description: "the database holds the pattern «\(text)», which is none")
            }
            patterns[row[0], default: []].append(pattern)
        }
        return patterns
    }
}
