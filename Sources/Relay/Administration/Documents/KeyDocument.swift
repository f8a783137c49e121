package import FoundationEssentials

/// A key as the API shows it; its secret only where it was made just now.
package struct KeyDocument: Codable, Hashable, Sendable {
    package var id: String
    package var label: String?
    /// The last four characters of its secret, to tell it from others.
    package var hint: String
    package var disabled: Bool
    package var createdAt: Date
    /// When it ends; absent when it does not.
    package var expiresAt: Date?
    /// When a call last came with it; absent when none did.
    package var lastUsedAt: Date?
    /// Names and patterns of the deployments that it may use; absent when it may use every one.
    package var models: [String]?
    /// What callers send. Present in the answer that made it and never again.
    package var secret: String?

    /// The body of `POST keys`.
    package struct Creation: RequestDocument, Encodable {
        package var label: String?
        package var expiresAt: Date?
        package var models: [String]?

        static let members = ["label", "expires_at", "models"]

        package init(label: String? = nil, expiresAt: Date? = nil, models: [String]? = nil) {
            self.label = label
            self.expiresAt = expiresAt
            self.models = models
        }
    }

    /// The body of `PATCH keys/{id}`.
    package struct Change: RequestDocument, Encodable {
        package var disabled: Bool

        static let members = ["disabled"]

        package init(disabled: Bool) {
            self.disabled = disabled
        }
    }
}
