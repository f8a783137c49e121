import Accounts
private import FoundationEssentials
import GRDB
import Vocabulary

extension SecretDigest {
    /// The digest as a value of the database.
    var data: DatabaseValue { Data(self.bytes).databaseValue }
}

extension Key {
    init(_ row: Row, allowedModels: [DeploymentPattern]) {
        let digest: Data = row["digest"]
        self.init(
            id: KeyID(rawValue: row["id"]),
            user: UserID(rawValue: row["user_id"]),
            group: GroupID(rawValue: row["group_id"]),
            label: row["label"],
            digest: SecretDigest(bytes: Array(digest)),
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
    /// Answers `nil` for a name that is none, which the relay never writes.
    init?(_ row: Row) {
        let text: String = row["name"]
        guard let name = DeploymentName(text) else { return nil }
        let origin: String = row["origin"]
        self.init(
            name: name,
            description: row["description"],
            isEnabled: row["enabled"],
            created: row["created"],
            origin: Origin(rawValue: origin) ?? .administrator
        )
    }
}

extension TunnelToken {
    init(_ row: Row, scope: [DeploymentPattern]) {
        let digest: Data = row["digest"]
        self.init(
            id: TunnelTokenID(rawValue: row["id"]),
            label: row["label"],
            digest: SecretDigest(bytes: Array(digest)),
            hint: row["hint"],
            scope: scope,
            created: row["created"],
            revoked: row["revoked"]
        )
    }
}
