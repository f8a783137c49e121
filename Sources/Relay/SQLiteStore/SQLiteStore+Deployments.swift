package import Accounts
internal import GRDB
package import Vocabulary

/// Deployments, their other names and for whom they are.
extension SQLiteStore {
    package func insert(_ deployment: Deployment) async throws {
        try await self.write("deployment \(deployment.name)") { database in
            try database.execute(
                sql: "INSERT INTO deployment (name, description, enabled, created, origin) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    deployment.name.rawValue, deployment.description, deployment.isEnabled, deployment.created,
                    deployment.origin.rawValue,
                ]
            )
            try Self.write(deployment, database)
        }
    }

    package func update(_ deployment: Deployment) async throws {
        try await self.write("deployment \(deployment.name)") { database in
            try Self.write(deployment, database)
        }
    }

    package func delete(_ deployment: DeploymentName) async throws {
        try await self.write("deployment \(deployment)") { database in
            try database.execute(sql: "DELETE FROM deployment WHERE name = ?", arguments: [deployment.rawValue])
            try Self.put(.none, .deployment, deployment.rawValue, database)
        }
    }

    static func deployments(
        _ database: Database,
        _ limits: (LimitScope, String) -> Limits
    ) throws -> [Deployment] {
        let aliases = try Self.lists(database, sql: "SELECT deployment, alias FROM deployment_alias ORDER BY rowid")
        let groups = try Self.lists(
            database,
            sql: "SELECT deployment, group_id FROM deployment_group ORDER BY group_id"
        )
        return try Row.fetchAll(database, sql: "SELECT * FROM deployment").map { row in
            var deployment = try Deployment(
                row,
                groups: Set(groups[row["name"], default: []].map(GroupID.init(rawValue:)))
            )
            deployment.aliases = try aliases[row["name"], default: []].map(Deployment.name)
            deployment.limits = limits(.deployment, row["name"])
            return deployment
        }
    }

    /// Writes everything that can change of a deployment that is in the database.
    private static func write(_ deployment: Deployment, _ database: Database) throws {
        let name = deployment.name.rawValue
        try database.execute(
            sql: """
                UPDATE deployment SET description = ?, enabled = ?, origin = ?, owner = ?, audience = ?, public = ?,
                    price_input = ?, price_cached_input = ?, price_output = ?
                WHERE name = ?
                """,
            arguments: [
                deployment.description, deployment.isEnabled, deployment.origin.rawValue,
                deployment.owner?.rawValue, deployment.audience.word.rawValue, deployment.isListedPublicly,
                deployment.price?.input, deployment.price?.cachedInput, deployment.price?.output, name,
            ]
        )
        try Self.requireChange(database, of: "deployment \(name)")
        for list in ["deployment_alias", "deployment_group"] {
            try database.execute(sql: "DELETE FROM \(list) WHERE deployment = ?", arguments: [name])
        }
        for alias in deployment.aliases {
            try database.execute(
                sql: "INSERT INTO deployment_alias (alias, deployment) VALUES (?, ?)",
                arguments: [alias.rawValue, name]
            )
        }
        if case .groups(let groups) = deployment.audience {
            for group in groups {
                try database.execute(
                    sql: "INSERT INTO deployment_group (deployment, group_id) VALUES (?, ?)",
                    arguments: [name, group.rawValue]
                )
            }
        }
        try Self.put(deployment.limits, .deployment, name, database)
    }
}
