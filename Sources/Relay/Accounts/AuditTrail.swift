/// One change of something that is administered: who made it, what, when, and from where. No secret is ever in it.
///
/// It is written before the change is made and finished afterwards, so that no change is without an entry.
package struct AuditEntry: Hashable, Sendable {
    /// Rises with every entry; 0 until it is kept.
    package var id: Int
    /// In seconds since 1970.
    package var time: Int
    /// Whoever made the change: `local` through the relay's own socket, else the id of a user.
    package var actor: String
    /// What showed who it is: `socket`, `session` or the id of an administration token.
    package var means: String
    /// Where from; `nil` through the socket.
    package var address: String?
    /// The API's own word for it: `createKey`.
    package var action: String
    /// The id or the name of what was changed, as far as it is known.
    package var subject: String?
    /// What was asked for, as a JSON object without secrets.
    package var details: String?
    /// The HTTP status of the outcome; `nil` when a crash came between.
    package var status: Int?

    package init(
        id: Int = 0,
        time: Int,
        actor: String,
        means: String,
        address: String?,
        action: String,
        subject: String?,
        details: String?,
        status: Int? = nil
    ) {
        self.id = id
        self.time = time
        self.actor = actor
        self.means = means
        self.address = address
        self.action = action
        self.subject = subject
        self.details = details
        self.status = status
    }
}

/// Which entries are asked for.
package struct AuditQuery: Hashable, Sendable {
    package var actor: String?
    package var action: String?
    package var subject: String?
    /// Only entries with a smaller id.
    package var before: Int?
    package var limit: Int

    package init(
        actor: String? = nil,
        action: String? = nil,
        subject: String? = nil,
        before: Int? = nil,
        limit: Int = 100
    ) {
        self.actor = actor
        self.action = action
        self.subject = subject
        self.before = before
        self.limit = limit
    }
}

/// Where changes are written down. What a method was asked for is durable when it returns.
package protocol AuditTrail: Sendable {
    /// Keeps an entry, whose outcome is not known.
    /// - Returns: its id.
    func begin(_ entry: AuditEntry) async throws -> Int
    /// Says how it ended.
    /// - Parameter subject: what was changed, if that became known only then.
    func finish(_ id: Int, status: Int, subject: String?) async throws
    /// Takes an entry back whose change was refused.
    func withdraw(_ id: Int) async throws
    /// Entries, newest first.
    func entries(_ query: AuditQuery) async throws -> [AuditEntry]
    /// Forgets entries that are older.
    /// - Parameter time: in seconds since 1970.
    /// - Returns: how many there were.
    func forget(before time: Int) async throws -> Int
}
