internal import Accounts
package import FoundationEssentials

/// One change, as the API tells of it.
package struct AuditDocument: Codable, Hashable, Sendable {
    package var id: Int
    package var time: Date
    /// The id of a user, or `local` through the relay's own socket.
    package var actor: String
    /// `socket`, `session` or the id of an administration token.
    package var means: String
    package var address: String?
    package var action: String
    package var subject: String?
    /// What was asked for, as JSON, without secrets.
    package var details: String?
    /// The HTTP status of its outcome; absent when a crash came between.
    package var status: Int?

    init(_ entry: AuditEntry) {
        self.id = entry.id
        self.time = Date(timeIntervalSince1970: Double(entry.time))
        self.actor = entry.actor
        self.means = entry.means
        self.address = entry.address
        self.action = entry.action
        self.subject = entry.subject
        self.details = entry.details
        self.status = entry.status
    }
}

extension AuditDocument: Described {
    static let schema = RecordSchema(
        "AuditEntry",
        "One change: who made it, what, when, and from where.",
        [
            .must("id", .integer("Rises with every entry.")), .must("time", .time("When it was asked for.")),
            .must("actor", .string("The id of a user, or «local» through the relay's own socket.")),
            .must("means", .string("«socket», «session», or the id of an administration token.")),
            .may("address", .string("Where from.")), .must("action", .string("The operationId of what was asked for.")),
            .may("subject", .string("The id or name of what was changed.")),
            .may("details", .string("What was asked for, as JSON, without secrets.")),
            .may(
                "status",
                .integer("The HTTP status of its outcome; absent when a crash came between.", from: 200, to: 599)
            ),
        ]
    )
}
