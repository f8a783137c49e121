package import Accounts
internal import GRDB

/// The audit log, and the administration tokens.
extension SQLiteStore: AuditTrail {
    package func begin(_ entry: AuditEntry) async throws -> Int {
        try await self.database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO audit (time, actor, means, address, action, subject, details) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    entry.time, entry.actor, entry.means, entry.address, entry.action, entry.subject, entry.details,
                ]
            )
            return Int(database.lastInsertedRowID)
        }
    }

    package func finish(_ id: Int, status: Int, subject: String?) async throws {
        try await self.write("outcome of a change") { database in
            try database.execute(
                sql: "UPDATE audit SET status = ?, subject = coalesce(?, subject) WHERE id = ?",
                arguments: [status, subject, id]
            )
        }
    }

    package func withdraw(_ id: Int) async throws {
        try await self.write("end of a change") { database in
            try database.execute(sql: "DELETE FROM audit WHERE id = ?", arguments: [id])
        }
    }

    package func entries(_ query: AuditQuery) async throws -> [AuditEntry] {
        try await self.read("read the audit log") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM audit
                    WHERE id < :before AND (:actor IS NULL OR actor = :actor) AND (:action IS NULL OR action = :action)
                        AND (:subject IS NULL OR subject = :subject)
                    ORDER BY id DESC LIMIT :limit
                    """,
                arguments: [
                    "before": query.before ?? .max, "actor": query.actor, "action": query.action,
                    "subject": query.subject, "limit": query.limit,
                ]
            )
            .map(AuditEntry.init)
        }
    }

    package func forget(before time: Int) async throws -> Int {
        try await self.database.write { database in
            try database.execute(sql: "DELETE FROM audit WHERE time < ?", arguments: [time])
            return database.changesCount
        }
    }

    package func insert(_ token: AdminToken) async throws {
        try await self.write("administration token \(token.id)") { database in
            try database.execute(
                sql: """
                    INSERT INTO admin_token (id, user_id, label, digest, hint, scope, created, expires)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    token.id.rawValue, token.user.rawValue, token.label, token.digest.data, token.hint,
                    token.scope.rawValue, token.created, token.expires,
                ]
            )
        }
    }

    package func delete(_ token: AdminTokenID) async throws {
        try await self.write("administration token \(token)") { database in
            try database.execute(sql: "DELETE FROM admin_token WHERE id = ?", arguments: [token.rawValue])
        }
    }
}

extension AuditEntry {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"],
            time: row["time"],
            actor: row["actor"],
            means: row["means"],
            address: row["address"],
            action: row["action"],
            subject: row["subject"],
            details: row["details"],
            status: row["status"]
        )
    }
}
