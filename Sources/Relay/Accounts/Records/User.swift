/// Somebody who has keys.
package struct User: Hashable, Sendable {
    /// What a user may do beside calling models.
    package enum Role: String, Hashable, Sendable, CaseIterable {
        /// Everything.
        case administrator
        /// To see and change what is the user's own.
        case member
    }

    package var id: UserID
    /// What people call the user by; no two have the same.
    package var name: String
    /// In small letters; no two users have the same.
    package var email: String?
    package var role: Role
    /// Whether every call with a key of the user is refused.
    package var isDisabled: Bool
    /// Of all keys of the user together.
    package var limits: Limits
    package var selfService: SelfService
    /// What the user signs in with; without one the user cannot.
    package var password: PasswordHash?
    package var created: Int

    package init(
        id: UserID,
        name: String,
        email: String? = nil,
        role: Role = .member,
        isDisabled: Bool = false,
        limits: Limits = .none,
        selfService: SelfService = SelfService(),
        password: PasswordHash? = nil,
        created: Int
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.role = role
        self.isDisabled = isDisabled
        self.limits = limits
        self.selfService = selfService
        self.password = password
        self.created = created
    }
}
