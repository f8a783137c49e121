package import FoundationEssentials

/// A group as the API shows it.
package struct GroupDocument: Codable, Hashable, Sendable {
    package var id: String
    package var name: String
    package var createdAt: Date
    /// `chat`, `responses`, `messages`, `gemini`, `embeddings`; absent when every one is allowed.
    package var dialects: [String]?
    /// Names and patterns of the deployments that its keys may use; absent when they may use every one.
    package var deployments: [String]?
    package var streaming: Bool
    package var billed: Bool
    /// A decimal.
    package var multiplier: String
    /// What stands in its place for users, by their names; absent for none.
    package var userMultipliers: [String: String]?
    /// By the service tier; absent for none.
    package var serviceTiers: [String: String]?
    /// What a client pays for that has left: `produced` or `whole`.
    package var vanishedClient: String
    /// What an answer costs that does not say its usage: `free` or `estimated`.
    package var missingUsage: String
    package var limits: LimitsDocument?
    package var userLimits: LimitsDocument?
    package var keyLimits: LimitsDocument?

    /// The body of `POST groups`, which needs a name, and of `PATCH groups/{group}`, where what is absent stays as it is.
    package struct Settings: RequestDocument, Encodable {
        package var name: String?
        /// Empty for every one.
        package var dialects: [String]?
        /// Empty for every one.
        package var deployments: [String]?
        package var streaming: Bool?
        package var billed: Bool?
        package var multiplier: String?
        /// Those that are absent stay; an empty one is taken away.
        package var userMultipliers: [String: String]?
        /// Those that are absent stay; an empty one is taken away.
        package var serviceTiers: [String: String]?
        package var vanishedClient: String?
        package var missingUsage: String?
        package var limits: LimitsDocument?
        package var userLimits: LimitsDocument?
        package var keyLimits: LimitsDocument?

        package init(name: String? = nil) {
            self.name = name
        }
    }
}
