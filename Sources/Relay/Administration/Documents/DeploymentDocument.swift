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

    /// Other names that callers may write for it.
    package var aliases: [String]?
    /// The name of the user whose it is.
    package var owner: String?
    /// `everyone`, `owner`, or the names of groups; absent for everyone.
    package var visibleTo: [String]?
    /// Whether callers without a key see it in the list of models.
    package var `public`: Bool
    package var price: PriceDocument?
    package var limits: LimitsDocument?

    /// What its tokens cost, in credits for a million of them, as decimals.
    package struct PriceDocument: Codable, Hashable, Sendable {
        package var input: String?
        package var cachedInput: String?
        package var output: String?

        package init(input: String? = nil, cachedInput: String? = nil, output: String? = nil) {
            self.input = input
            self.cachedInput = cachedInput
            self.output = output
        }
    }

    /// The body of `POST deployments`.
    package struct Creation: RequestDocument, Encodable {
        package var name: String
        package var description: String?

        package init(name: String, description: String? = nil) {
            self.name = name
            self.description = description
        }
    }

    /// The body of `PATCH deployments/{name}`.
    package struct Change: RequestDocument, Encodable {
        package var enabled: Bool?
        package var description: String?
        /// Empty for none.
        package var aliases: [String]?
        /// An id, a name or an e-mail address; empty for nobody.
        package var owner: String?
        /// `everyone`, `owner`, or ids and names of groups.
        package var visibleTo: [String]?
        package var `public`: Bool?
        /// Needs `input` and `output`; empty for no price, and `cached_input` is as much as `input` when absent.
        package var price: PriceDocument?
        package var limits: LimitsDocument?

        package init(enabled: Bool? = nil) {
            self.enabled = enabled
        }
    }
}
