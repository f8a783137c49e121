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

    /// The secret before this one, in its two columns.
    fileprivate func retiringSecret() throws -> RetiringSecret? {
        guard let until: Int = self["retiring_until"] else { return nil }
        return RetiringSecret(digest: try self.digest("retiring_digest"), until: until)
    }

    /// The factor in a column.
    func factor(_ column: String) throws -> Factor {
        let millionths: Int64 = self[column]
        guard let factor = Factor(millionths: millionths) else {
            throw SQLiteStore.Failure(description: "the database holds the factor \(millionths), which is too large")
        }
        return factor
    }

    /// The value of an enumeration in a column.
    func choice<Choice: RawRepresentable<String>>(_ column: String) throws -> Choice {
        let word: String = self[column]
        guard let choice = Choice(rawValue: word) else {
            throw SQLiteStore.Failure(description: "the database says «\(word)» in \(column), which cannot be")
        }
        return choice
    }

    /// What the relay's own digest of its secret was when the database was made.
    func serverSecret() throws -> SecretDigest { try self.digest("secret_digest") }
}

extension User {
    init(_ row: Row, limits: Limits) throws {
        self.init(
            id: UserID(rawValue: row["id"]),
            name: row["name"],
            email: row["email"],
            role: try row.choice("role"),
            isDisabled: row["disabled"],
            limits: limits,
            selfService: SelfService(
                group: (row["own_group"] as String?).map(GroupID.init(rawValue:)),
                mostKeys: row["most_keys"]
            ),
            password: try (row["password"] as String?).map(Self.password),
            created: row["created"]
        )
    }

    private static func password(_ text: String) throws -> PasswordHash {
        if let password = PasswordHash(stored: text) { return password }
        throw SQLiteStore.Failure(description: "the database holds a password that is of no known kind")
    }
}

extension AdminToken {
    init(_ row: Row) throws {
        self.init(
            id: AdminTokenID(rawValue: row["id"]),
            user: UserID(rawValue: row["user_id"]),
            label: row["label"],
            digest: try row.digest("digest"),
            hint: row["hint"],
            scope: try row.choice("scope"),
            created: row["created"],
            expires: row["expires"]
        )
    }
}

extension Group {
    /// The group as far as its own row tells.
    init(_ row: Row) throws {
        self.init(id: GroupID(rawValue: row["id"]), name: row["name"], created: row["created"])
        if let text: String = row["dialects"] {
            guard let dialects = AllowedDialects(words: text.split(separator: " ").map(String.init)) else {
                throw SQLiteStore.Failure(description: "the database holds the dialects «\(text)», which are not known")
            }
            self.dialects = dialects
        }
        self.allowsStreaming = row["streaming"]
        self.isBilled = row["billed"]
        self.multiplier = try row.factor("multiplier")
        self.vanishedClient = try row.choice("vanished_client")
        self.missingUsage = try row.choice("missing_usage")
    }
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
            lastUsed: row["last_used"],
            quota: Quota(
                unit: try row.choice("quota_unit"),
                life: row["quota_life"],
                fiveHours: row["quota_five_hours"],
                day: row["quota_day"],
                week: row["quota_week"]
            ),
            retiring: try row.retiringSecret()
        )
    }
}

extension Deployment {
    /// The deployment as far as its own row tells.
    /// - Parameter groups: for whom it is, if it is for groups.
    init(_ row: Row, groups: Set<GroupID>) throws {
        self.init(
            name: try Self.name(row["name"]),
            description: row["description"],
            isEnabled: row["enabled"],
            created: row["created"],
            origin: try row.choice("origin"),
            owner: (row["owner"] as String?).map(UserID.init(rawValue:)),
            audience: Audience(try row.choice("audience"), groups: groups),
            isListedPublicly: row["public"]
        )
        if let input: Int64 = row["price_input"] {
            self.price = Price(input: input, cachedInput: row["price_cached_input"], output: row["price_output"])
        }
    }

    /// A name that the database holds.
    static func name(_ text: String) throws -> DeploymentName {
        guard let name = DeploymentName(text) else {
            throw SQLiteStore.Failure(description: "the database holds the deployment «\(text)», which cannot be")
        }
        return name
    }
}

extension Deployment.Audience {
    /// The word for it in the database.
    enum Word: String {
        case everyone
        case owner
        case groups
    }

    var word: Word {
        switch self {
        case .everyone: .everyone
        case .owner: .owner
        case .groups: .groups
        }
    }

    fileprivate init(_ word: Word, groups: Set<GroupID>) {
        self =
            switch word {
            case .everyone: .everyone
            case .owner: .owner
            case .groups: .groups(groups)
            }
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
            revoked: row["revoked"],
            retiring: try row.retiringSecret()
        )
    }
}
