package import Vocabulary

/// A connector's token; its secret is known to the connector only.
package struct TunnelToken: Hashable, Sendable {
    package var id: TunnelTokenID
    package var label: String
    /// What the secret is recognised by.
    package var digest: SecretDigest
    /// The secret's last four characters, for people who have several.
    package var hint: String
    /// Deployments that it may publish.
    package var scope: [DeploymentPattern]
    package var created: Int
    /// When it was revoked; `nil` while it is good.
    package var revoked: Int?
    /// The secret before this one.
    package var retiring: RetiringSecret?

    package init(
        id: TunnelTokenID,
        label: String,
        digest: SecretDigest,
        hint: String,
        scope: [DeploymentPattern],
        created: Int,
        revoked: Int?,
        retiring: RetiringSecret? = nil
    ) {
        self.id = id
        self.label = label
        self.digest = digest
        self.hint = hint
        self.scope = scope
        self.created = created
        self.revoked = revoked
        self.retiring = retiring
    }
}
