package import Vocabulary

// Times of records are whole seconds since 1970, in UTC.

/// Somebody who has keys.
package struct User: Hashable, Sendable {
    package var id: UserID
    package var name: String
    package var created: Int

    package init(id: UserID, name: String, created: Int) {
        self.id = id
        self.name = name
        self.created = created
    }
}

/// What keys share.
package struct Group: Hashable, Sendable {
    package var id: GroupID
    package var name: String
    package var created: Int

    package init(id: GroupID, name: String, created: Int) {
        self.id = id
        self.name = name
        self.created = created
    }
}

/// A caller's key; its secret is known to the caller only.
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
        lastUsed: Int?
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
    }

    /// Whether it may use a deployment.
    package func allows(_ name: DeploymentName) -> Bool {
        self.allowedModels.isEmpty || self.allowedModels.contains { $0.matches(name) }
    }
}

/// A public model name.
package struct Deployment: Hashable, Sendable {
    /// Who brought it into being.
    package enum Origin: String, Hashable, Sendable {
        /// Whoever hosts the relay.
        case administrator
        /// A connector, whose token covers the name.
        case connector
    }

    package var name: DeploymentName
    package var description: String
    package var isEnabled: Bool
    package var created: Int
    package var origin: Origin

    package init(name: DeploymentName, description: String, isEnabled: Bool, created: Int, origin: Origin) {
        self.name = name
        self.description = description
        self.isEnabled = isEnabled
        self.created = created
        self.origin = origin
    }
}

/// A connector's token; its secret is known to the connector only.
package struct TunnelToken: Hashable, Sendable {
    package var id: TunnelTokenID
    package var label: String
    package var digest: SecretDigest
    package var hint: String
    /// Deployments that it may publish.
    package var scope: [DeploymentPattern]
    package var created: Int
    /// When it was revoked; `nil` while it is good.
    package var revoked: Int?

    package init(
        id: TunnelTokenID,
        label: String,
        digest: SecretDigest,
        hint: String,
        scope: [DeploymentPattern],
        created: Int,
        revoked: Int?
    ) {
        self.id = id
        self.label = label
        self.digest = digest
        self.hint = hint
        self.scope = scope
        self.created = created
        self.revoked = revoked
    }
}
