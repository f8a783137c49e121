package import Accounts
internal import GRDB
private import Vocabulary

/// Users, groups, and what the relay as a whole allows.
extension SQLiteStore {
    package func insert(_ user: User) async throws {
        try await self.write("user \(user.name)") { database in
            try database.execute(
                sql: """
                    INSERT INTO user (id, name, email, role, disabled, created, own_group, most_keys, password)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    user.id.rawValue, user.name, user.email, user.role.rawValue, user.isDisabled, user.created,
                    user.selfService.group?.rawValue, user.selfService.mostKeys, user.password?.stored,
                ]
            )
            try Self.put(user.limits, .user, user.id.rawValue, database)
        }
    }

    package func update(_ user: User) async throws {
        try await self.write("user \(user.name)") { database in
            try database.execute(
                sql: """
                    UPDATE user SET name = ?, email = ?, role = ?, disabled = ?, own_group = ?, most_keys = ?, password = ?
                    WHERE id = ?
                    """,
                arguments: [
                    user.name, user.email, user.role.rawValue, user.isDisabled, user.selfService.group?.rawValue,
                    user.selfService.mostKeys, user.password?.stored, user.id.rawValue,
                ]
            )
            try Self.requireChange(database, of: "user \(user.id)")
            try Self.put(user.limits, .user, user.id.rawValue, database)
        }
    }

    package func delete(_ user: UserID) async throws {
        try await self.write("user \(user)") { database in
            try database.execute(sql: "DELETE FROM user WHERE id = ?", arguments: [user.rawValue])
            try Self.put(.none, .user, user.rawValue, database)
        }
    }

    package func insert(_ group: Group) async throws {
        try await self.write("group \(group.name)") { database in
            try database.execute(
                sql: "INSERT INTO user_group (id, name, created) VALUES (?, ?, ?)",
                arguments: [group.id.rawValue, group.name, group.created]
            )
            try Self.write(group, database)
        }
    }

    package func update(_ group: Group) async throws {
        try await self.write("group \(group.name)") { database in
            try Self.write(group, database)
        }
    }

    package func delete(_ group: GroupID) async throws {
        try await self.write("group \(group)") { database in
            try database.execute(sql: "DELETE FROM user_group WHERE id = ?", arguments: [group.rawValue])
            for scope in [LimitScope.group, .groupUser, .groupKey] {
                try Self.put(.none, scope, group.rawValue, database)
            }
        }
    }

    package func update(relayLimits limits: Limits) async throws {
        try await self.write("limits of the relay") { database in
            try Self.put(limits, .relay, "", database)
        }
    }

    static func groups(_ database: Database, _ limits: (LimitScope, String) -> Limits) throws -> [Group] {
        let models = try Self.patterns(
            database,
            sql: "SELECT group_id, pattern FROM user_group_model ORDER BY position"
        )
        let multipliers = try Row.fetchAll(database, sql: "SELECT * FROM user_group_multiplier")
        let tiers = try Row.fetchAll(database, sql: "SELECT * FROM user_group_tier")
        return try Row.fetchAll(database, sql: "SELECT * FROM user_group").map { row in
            var group = try Group(row)
            let id = group.id.rawValue
            group.deployments = models[id, default: []]
            for row in multipliers where row["group_id"] == id {
                group.userMultipliers[UserID(rawValue: row["user_id"])] = try row.factor("multiplier")
            }
            for row in tiers where row["group_id"] == id {
                group.tierFactors[row["tier"]] = try row.factor("factor")
            }
            group.limits = limits(.group, id)
            group.userLimits = limits(.groupUser, id)
            group.keyLimits = limits(.groupKey, id)
            return group
        }
    }

    /// Writes everything that can change of a group that is in the database.
    private static func write(_ group: Group, _ database: Database) throws {
        let id = group.id.rawValue
        try database.execute(
            sql: """
                UPDATE user_group SET name = ?, dialects = ?, streaming = ?, billed = ?, multiplier = ?,
                    vanished_client = ?, missing_usage = ?
                WHERE id = ?
                """,
            arguments: [
                group.name, group.dialects == .every ? nil : group.dialects.words.joined(separator: " "),
                group.allowsStreaming, group.isBilled, group.multiplier.millionths, group.vanishedClient.rawValue,
                group.missingUsage.rawValue, id,
            ]
        )
        try Self.requireChange(database, of: "group \(id)")
        for list in ["user_group_model", "user_group_multiplier", "user_group_tier"] {
            try database.execute(sql: "DELETE FROM \(list) WHERE group_id = ?", arguments: [id])
        }
        for (position, pattern) in group.deployments.enumerated() {
            try database.execute(
                sql: "INSERT INTO user_group_model (group_id, position, pattern) VALUES (?, ?, ?)",
                arguments: [id, position, pattern.rawValue]
            )
        }
        for (user, multiplier) in group.userMultipliers {
            try database.execute(
                sql: "INSERT INTO user_group_multiplier (group_id, user_id, multiplier) VALUES (?, ?, ?)",
                arguments: [id, user.rawValue, multiplier.millionths]
            )
        }
        for (tier, factor) in group.tierFactors {
            try database.execute(
                sql: "INSERT INTO user_group_tier (group_id, tier, factor) VALUES (?, ?, ?)",
                arguments: [id, tier, factor.millionths]
            )
        }
        try Self.put(group.limits, .group, id, database)
        try Self.put(group.userLimits, .groupUser, id, database)
        try Self.put(group.keyLimits, .groupKey, id, database)
    }
}
