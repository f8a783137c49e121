package import Accounts
internal import GRDB
internal import Vocabulary

extension SQLiteStore: AccountStore {
    package func load() async throws -> StoredAccounts {
        try await self.read("read the accounts") { database in
            var stored = StoredAccounts()
            let limits = try Self.limits(database)
            stored.relayLimits = limits(.relay, "")
            stored.users = try Row.fetchAll(database, sql: "SELECT * FROM user").map { row in
                try User(row, limits: limits(.user, row["id"]))
            }
            stored.groups = try Self.groups(database, limits)
            let models = try Self.patterns(database, sql: "SELECT key_id, pattern FROM key_model ORDER BY position")
            let addresses = try Self.addresses(database)
            stored.keys = try Row.fetchAll(database, sql: "SELECT * FROM key").map { row in
                var key = try Key(row, allowedModels: models[row["id"], default: []])
                key.allowedAddresses = addresses["allow" + key.id.rawValue, default: []]
                key.deniedAddresses = addresses["deny" + key.id.rawValue, default: []]
                key.limits = limits(.key, key.id.rawValue)
                return key
            }
            stored.deployments = try Self.deployments(database, limits)
            let scopes = try Self.patterns(
                database,
                sql: "SELECT token_id, pattern FROM tunnel_token_scope ORDER BY position"
            )
            stored.tokens = try Row.fetchAll(database, sql: "SELECT * FROM tunnel_token").map { row in
                try TunnelToken(row, scope: scopes[row["id"], default: []])
            }
            stored.adminTokens = try Row.fetchAll(database, sql: "SELECT * FROM admin_token").map { try AdminToken($0) }
            stored.serverSecret = try Row.fetchOne(database, sql: "SELECT * FROM server")?.serverSecret()
            return stored
        }
    }

    package func insert(_ key: Key) async throws {
        try await self.write("key \(key.id)") { database in
            try database.execute(
                sql: """
                    INSERT INTO key (
                        id, user_id, group_id, label, digest, hint, created, expires, disabled, last_used,
                        retiring_digest, retiring_until, quota_unit, quota_life, quota_five_hours, quota_day,
                        quota_week
                    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    key.id.rawValue, key.user.rawValue, key.group.rawValue, key.label, key.digest.data, key.hint,
                    key.created, key.expires, key.isDisabled, key.lastUsed, key.retiring?.digest.data,
                    key.retiring?.until, key.quota.unit.rawValue, key.quota.life, key.quota.fiveHours, key.quota.day,
                    key.quota.week,
                ]
            )
            try Self.insertLists(of: key, database)
        }
    }

    package func update(_ key: Key) async throws {
        try await self.write("key \(key.id)") { database in
            try database.execute(
                sql: """
                    UPDATE key SET user_id = ?, group_id = ?, label = ?, digest = ?, hint = ?, expires = ?, disabled = ?,
                        retiring_digest = ?, retiring_until = ?,
                        quota_unit = ?, quota_life = ?, quota_five_hours = ?, quota_day = ?, quota_week = ?
                    WHERE id = ?
                    """,
                arguments: [
                    key.user.rawValue, key.group.rawValue, key.label, key.digest.data, key.hint, key.expires,
                    key.isDisabled, key.retiring?.digest.data, key.retiring?.until,
                    key.quota.unit.rawValue, key.quota.life,
                    key.quota.fiveHours, key.quota.day, key.quota.week, key.id.rawValue,
                ]
            )
            try Self.requireChange(database, of: "key \(key.id)")
            for list in ["key_model", "key_address"] {
                try database.execute(sql: "DELETE FROM \(list) WHERE key_id = ?", arguments: [key.id.rawValue])
            }
            try Self.insertLists(of: key, database)
        }
    }

    package func delete(_ key: KeyID) async throws {
        try await self.write("key \(key)") { database in
            try database.execute(sql: "DELETE FROM key WHERE id = ?", arguments: [key.rawValue])
            try Self.put(.none, .key, key.rawValue, database)
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

    package func insert(_ token: TunnelToken) async throws {
        try await self.write("tunnel token \(token.id)") { database in
            try database.execute(
                sql: """
                    INSERT INTO tunnel_token (
                        id, label, digest, hint, created, revoked, retiring_digest, retiring_until
                    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    token.id.rawValue, token.label, token.digest.data, token.hint, token.created, token.revoked,
                    token.retiring?.digest.data, token.retiring?.until,
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
                sql: """
                    UPDATE tunnel_token
                    SET label = ?, digest = ?, hint = ?, revoked = ?, retiring_digest = ?, retiring_until = ?
                    WHERE id = ?
                    """,
                arguments: [
                    token.label, token.digest.data, token.hint, token.revoked, token.retiring?.digest.data,
                    token.retiring?.until, token.id.rawValue,
                ]
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
}
