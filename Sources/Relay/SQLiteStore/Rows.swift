internal import Accounts
private import FoundationEssentials
internal import GRDB
internal import Vocabulary

extension SecretDigest {
    /// The digest as a value of the database.
    var data: DatabaseValue { Data(self.bytes).databaseValue }
}

extension Row {
    /// The digest in a column.
    fileprivate func digest(_ column: String) throws -> SecretDigest {
        let data: Data = self[column]
        guard let digest = SecretDigest(bytes: data) else {
            throw SQLiteStore.Failure(description: "the database holds a digest of \(data.count) bytes")
        }
        return digest
    }

    /// What the relay's own digest of its secret was when the database was made.
    func serverSecret() throws -> SecretDigest { try self.digest("secret_digest") }
}

extension Key {
    init(_ row: Row, allowedModels: [DeploymentPattern]) throws {
        self.init(
            id: KeyID(rawValue: row["id"]),
            user: UserID(rawValue: row["user_id"]),
            group: GroupID(rawValue: row["group_id"]),
            label: row["label"],
            digest: try row.digest("digest"),
            hint: row["hint"],
            created: row["created"],
            expires: row["expires"],
            allowedModels: allowedModels,
            isDisabled: row["disabled"],
            lastUsed: row["last_used"]
        )
    }
}

extension Deployment {
    init(_ row: Row) throws {
        let text: String = row["name"]
        let origin: String = row["origin"]
        guard let name = DeploymentName(text), let origin = Origin(rawValue: origin) else {
            throw SQLiteStore.Failure(
                description: "the database holds the deployment «\(text)» by «\(origin)», which cannot be"
            )
        }
        self.init(
            name: name,
            description: row["description"],
            isEnabled: row["enabled"],
            created: row["created"],
            origin: origin
        )
    }
}

extension TunnelToken {
    init(_ row: Row, scope: [DeploymentPattern]) throws {
        self.init(
            id: TunnelTokenID(rawValue: row["id"]),
            label: row["label"],
            digest: try row.digest("digest"),
            hint: row["hint"],
            scope: scope,
            created: row["created"],
            revoked: row["revoked"]
        )
    }
}
