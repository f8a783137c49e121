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
    /// Of all keys of the user together; absent when nothing limits them.
    package var limits: LimitsDocument?

    /// The body of `POST users`, which needs a name, and of `PATCH users/{user}`, where what is absent stays as it is.
    package struct Settings: RequestDocument, Encodable {
        package var name: String?
        /// Empty for none.
        package var email: String?
        package var role: String?
        package var disabled: Bool?
        package var limits: LimitsDocument?

        static let members = ["name", "email", "role", "disabled", "limits"]

        package init(
            name: String? = nil,
            email: String? = nil,
            role: String? = nil,
            disabled: Bool? = nil,
            limits: LimitsDocument? = nil
        ) {
            self.name = name
            self.email = email
            self.role = role
            self.disabled = disabled
            self.limits = limits
        }
    }
}
