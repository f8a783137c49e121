package import FoundationEssentials

/// A tunnel token as the API shows it; its secret only where it was made just now.
package struct TokenDocument: Codable, Hashable, Sendable {
    package var id: String
    package var label: String?
    /// The last four characters of its secret, to tell it from others.
    package var hint: String
    package var createdAt: Date
    /// When it was revoked; absent while it is good.
    package var revokedAt: Date?
    /// Names and patterns of the deployments that its connectors may publish.
    package var scope: [String]
    /// Until when its secret before this one is good; absent when it is not.
    package var previousSecretUntil: Date?
    /// What connectors send. Present in the answer that made it and never again.
    package var secret: String?

    /// The body of `POST tokens`.
    package struct Creation: RequestDocument, Encodable {
        package var label: String?
        package var scope: [String]

        package init(label: String? = nil, scope: [String]) {
            self.label = label
            self.scope = scope
        }
    }
}
