internal import Accounts
package import FoundationEssentials

/// An administration token as the API shows it; its secret only where it was made just now.
package struct AdminTokenDocument: Codable, Hashable, Sendable {
    package var id: String
    package var label: String?
    /// The last four characters of its secret, to tell it from others.
    package var hint: String
    /// `read` or `write`.
    package var scope: String
    /// The name of the user in whose place it acts.
    package var user: String
    package var createdAt: Date
    package var expiresAt: Date?
    /// Present in the answer that made it and never again.
    package var secret: String?

    /// The body of `POST admin-tokens`.
    package struct Creation: RequestDocument, Encodable {
        package var label: String?
        package var scope: String?
        package var user: String?
        package var expiresAt: Date?

        package init(label: String? = nil, scope: String? = nil, user: String? = nil, expiresAt: Date? = nil) {
            self.label = label
            self.scope = scope
            self.user = user
            self.expiresAt = expiresAt
        }
    }
}

extension AdminTokenDocument {
    init(_ token: AdminToken, in directory: Directory, secret: String? = nil) {
        self.id = token.id.rawValue
        self.label = token.label.isEmpty ? nil : token.label
        self.hint = token.hint
        self.scope = token.scope.rawValue
        self.user = directory.user(with: token.user)?.name ?? token.user.rawValue
        self.createdAt = Date(timeIntervalSince1970: Double(token.created))
        self.expiresAt = token.expires.map { Date(timeIntervalSince1970: Double($0)) }
        self.secret = secret
    }
}

extension AdminTokenDocument: Described {
    static let schema = RecordSchema(
        "AdminToken",
        "What a program administers the relay with, in the place of its user.",
        [
            .must("id", .string("Its id.")), .may("label", .string("What it is for.", longest: 200)),
            .must("hint", .string("The last four characters of its secret, to tell it from others.")),
            .must("scope", .string("Whether it may change things.", of: AdminToken.Scope.allCases.map(\.rawValue))),
            .must("user", .string("The name of the user in whose place it acts.")),
            .must("created_at", .time("When it was made.")),
            .may("expires_at", .time("When it ends; absent when it does not.")),
            .may("secret", .string("The secret itself; in the answer that made it and never again.")),
        ]
    )
}

extension AdminTokenDocument.Creation {
    static let schema = RecordSchema(
        "AdminTokenCreation",
        "An administration token to be made.",
        [
            .may("label", .string("What it is for.", longest: 200)),
            .may(
                "scope",
                .string(
                    "Whether it may change things; «read» without it.",
                    of: AdminToken.Scope.allCases.map(\.rawValue)
                )
            ),
            .may("user", .string("The id, name or e-mail address of its user; the first user without it.")),
            .may("expires_at", .time("When it ends; without it, it does not.")),
        ]
    )
}
