package import FoundationEssentials

/// A deployment as the API shows it: what was decided, and how it stands now.
package struct DeploymentDocument: Codable, Hashable, Sendable {
    package var name: String
    package var description: String?
    package var enabled: Bool
    /// Who brought it into being: `administrator`, or `connector` when one published it under its token's pattern.
    package var origin: String
    package var createdAt: Date
    /// Whether a call would be taken now.
    package var online: Bool
    /// Why it is not online; absent when it is.
    package var reason: String?
    /// Connectors that publish it.
    package var connectors: Int
    package var callsInFlight: Int
    /// The upstream's own name for the model.
    package var model: String?

    /// The body of `POST deployments`.
    package struct Creation: RequestDocument, Encodable {
        package var name: String
        package var description: String?

        static let members = ["name", "description"]

        package init(name: String, description: String? = nil) {
            self.name = name
            self.description = description
        }
    }

    /// The body of `PATCH deployments/{name}`.
    package struct Change: RequestDocument, Encodable {
        package var enabled: Bool

        static let members = ["enabled"]

        package init(enabled: Bool) {
            self.enabled = enabled
        }
    }
}
