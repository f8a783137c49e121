package import FoundationEssentials

/// A user as the API shows it.
package struct UserDocument: Codable, Hashable, Sendable {
    package var id: String
    package var name: String
    package var email: String?
    /// `administrator` or `member`.
    package var role: String
    package var disabled: Bool
    package var createdAt: Date
    /// Whether the user can sign in.
    package var hasPassword: Bool
    /// The name of the group of keys that the user makes; absent when the user makes none.
    package var keyGroup: String?
    /// How many keys the user may have when another one is made.
    package var mostKeys: Int
    /// Of all keys of the user together; absent when nothing limits them.
    package var limits: LimitsDocument?

    /// The body of `POST users`, which needs a name, and of `PATCH users/{user}`, where what is absent stays as it is.
    package struct Settings: RequestDocument, Encodable {
        package var name: String?
        /// Empty for none.
        package var email: String?
        package var role: String?
        package var disabled: Bool?
        /// An id or a name; empty for no keys.
        package var keyGroup: String?
        package var mostKeys: Int?
        package var limits: LimitsDocument?

        package init(
            name: String? = nil,
            email: String? = nil,
            role: String? = nil,
            disabled: Bool? = nil,
            keyGroup: String? = nil,
            mostKeys: Int? = nil,
            limits: LimitsDocument? = nil
        ) {
            self.name = name
            self.email = email
            self.role = role
            self.disabled = disabled
            self.keyGroup = keyGroup
            self.mostKeys = mostKeys
            self.limits = limits
        }
    }
}
