package import Vocabulary

/// A public model name.
package struct Deployment: Hashable, Sendable {
    /// Who brought it into being.
    package enum Origin: String, Hashable, Sendable {
        /// Whoever hosts the relay.
        case administrator
        /// A connector, whose token covers the name.
        case connector
    }

    /// For whom it exists at all.
    package enum Audience: Hashable, Sendable {
        /// Every key that may use its name.
        case everyone
        /// Keys of its owner.
        case owner
        /// Keys of these groups, and those of its owner.
        case groups(Set<GroupID>)
    }

    package var name: DeploymentName
    package var description: String
    /// Whether calls to it are taken; a disabled one is to callers as if it did not exist.
    package var isEnabled: Bool
    package var created: Int
    package var origin: Origin
    /// Other names that callers may write for it; answers say ``name``.
    package var aliases: [DeploymentName]
    package var owner: UserID?
    package var audience: Audience
    /// Whether the list of models shows it to callers without a key.
    package var isListedPublicly: Bool
    /// What its tokens cost; `nil` as long as nobody has said so.
    package var price: Price?
    /// Of all calls to it together.
    package var limits: Limits

    package init(
        name: DeploymentName,
        description: String,
        isEnabled: Bool,
        created: Int,
        origin: Origin,
        aliases: [DeploymentName] = [],
        owner: UserID? = nil,
        audience: Audience = .everyone,
        isListedPublicly: Bool = false,
        price: Price? = nil,
        limits: Limits = .none
    ) {
        self.name = name
        self.description = description
        self.isEnabled = isEnabled
        self.created = created
        self.origin = origin
        self.aliases = aliases
        self.owner = owner
        self.audience = audience
        self.isListedPublicly = isListedPublicly
        self.price = price
        self.limits = limits
    }
}
