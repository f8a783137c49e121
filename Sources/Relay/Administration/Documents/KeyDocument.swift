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
    /// The name of its user.
    package var user: String
    package var userId: String
    /// The name of its group.
    package var group: String
    package var groupId: String
    /// Addresses and ranges that it may be used from; absent when it may be used from everywhere.
    package var allowedAddresses: [String]?
    /// Addresses and ranges that it may not be used from; absent for none.
    package var deniedAddresses: [String]?
    package var limits: LimitsDocument?
    /// Absent when it has none.
    package var quota: QuotaDocument?
    /// Until when its secret before this one is good; absent when it is not.
    package var previousSecretUntil: Date?
    /// What callers send. Present in the answer that made it and never again.
    package var secret: String?

    /// The body of `POST keys`.
    package struct Creation: RequestDocument, KeyCreation, Encodable {
        package var label: String?
        package var expiresAt: Date?
        package var models: [String]?
        /// An id, a name or an e-mail address; the first user when absent.
        package var user: String?
        /// An id or a name; the default group when absent.
        package var group: String?
        package var allowedAddresses: [String]?
        package var deniedAddresses: [String]?
        package var limits: LimitsDocument?
        package var quota: QuotaDocument?

        package init(label: String? = nil, expiresAt: Date? = nil, models: [String]? = nil) {
            self.label = label
            self.expiresAt = expiresAt
            self.models = models
        }
    }

    /// The body of `PATCH keys/{id}`.
    package struct Change: RequestDocument, Encodable {
        package var disabled: Bool?
        package var label: String?
        /// Empty for every one.
        package var models: [String]?
        package var user: String?
        package var group: String?
        /// Empty for everywhere.
        package var allowedAddresses: [String]?
        package var deniedAddresses: [String]?
        package var limits: LimitsDocument?
        package var quota: QuotaDocument?

        package init(disabled: Bool? = nil) {
            self.disabled = disabled
        }
    }

    /// The body of `POST keys/{id}/rotate` and `POST tokens/{id}/rotate`; without one the old secret ends at once.
    package struct Rotation: RequestDocument, Encodable {
        /// How long the old secret is good yet, in seconds.
        package var overlap: Int?

        package init(overlap: Int? = nil) {
            self.overlap = overlap
        }
    }
}
