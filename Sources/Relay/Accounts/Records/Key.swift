package import Vocabulary

/// A caller's key; its secret is known to the caller only.
///
/// Times of this and every other record are whole seconds since 1970, in UTC.
package struct Key: Hashable, Sendable {
    package var id: KeyID
    package var user: UserID
    package var group: GroupID
    package var label: String
    /// What the secret is recognised by.
    package var digest: SecretDigest
    /// The secret's last four characters, for people who have several.
    package var hint: String
    package var created: Int
    /// From when on it is refused.
    package var expires: Int?
    /// Deployments that it may use; none means every one.
    package var allowedModels: [DeploymentPattern]
    package var isDisabled: Bool
    package var lastUsed: Int?
    /// Addresses that it may be used from; none means every one.
    package var allowedAddresses: [NetworkRange]
    /// Addresses that it may not be used from, even if they are allowed.
    package var deniedAddresses: [NetworkRange]
    package var limits: Limits
    package var quota: Quota
    /// The secret before this one.
    package var retiring: RetiringSecret?

    package init(
        id: KeyID,
        user: UserID,
        group: GroupID,
        label: String,
        digest: SecretDigest,
        hint: String,
        created: Int,
        expires: Int?,
        allowedModels: [DeploymentPattern],
        isDisabled: Bool,
        lastUsed: Int?,
        allowedAddresses: [NetworkRange] = [],
        deniedAddresses: [NetworkRange] = [],
        limits: Limits = .none,
        quota: Quota = .none,
        retiring: RetiringSecret? = nil
    ) {
        self.id = id
        self.user = user
        self.group = group
        self.label = label
        self.digest = digest
        self.hint = hint
        self.created = created
        self.expires = expires
        self.allowedModels = allowedModels
        self.isDisabled = isDisabled
        self.lastUsed = lastUsed
        self.allowedAddresses = allowedAddresses
        self.deniedAddresses = deniedAddresses
        self.limits = limits
        self.quota = quota
        self.retiring = retiring
    }
}
