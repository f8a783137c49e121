/// What programs administer the relay with, in the place of its user; the secret is known to its holder only.
package struct AdminToken: Hashable, Sendable {
    /// What may be done with it, as far as its user may.
    package enum Scope: String, Hashable, Sendable, CaseIterable {
        /// To see everything that the user may see.
        case read
        /// To change things besides.
        case write
    }

    package var id: AdminTokenID
    /// In whose place it acts.
    package var user: UserID
    package var label: String
    /// What the secret is recognised by.
    package var digest: SecretDigest
    /// The secret's last four characters, for people who have several.
    package var hint: String
    package var scope: Scope
    package var created: Int
    /// From when on it is refused.
    package var expires: Int?

    package init(
        id: AdminTokenID,
        user: UserID,
        label: String,
        digest: SecretDigest,
        hint: String,
        scope: Scope,
        created: Int,
        expires: Int?
    ) {
        self.id = id
        self.user = user
        self.label = label
        self.digest = digest
        self.hint = hint
        self.scope = scope
        self.created = created
        self.expires = expires
    }
}
