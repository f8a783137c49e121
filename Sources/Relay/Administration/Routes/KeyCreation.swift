private import Accounts
internal import FoundationEssentials
internal import Hummingbird
private import Logging
private import Vocabulary

/// What is said of a key that is to be made, whoever makes it.
protocol KeyCreation: Sendable {
    var label: String? { get }
    var expiresAt: Date? { get }
    var models: [String]? { get }
    var allowedAddresses: [String]? { get }
    var deniedAddresses: [String]? { get }
    var limits: LimitsDocument? { get }
    var quota: QuotaDocument? { get }
}

extension AdministrationService {
    /// Makes a key and answers with it, its secret included.
    /// - Parameters:
    ///   - user: whose it is: an id, a name or an e-mail address.
    ///   - group: an id or a name.
    ///   - most: how many keys the user may have with this one; `nil` when it does not matter.
    func createKey(
        _ body: some KeyCreation,
        user: String,
        group: String,
        most: Int? = nil,
        _ context: AdministrationContext
    ) async throws -> Response {
        let allowed = try Self.ranges(body.allowedAddresses ?? [])
        let denied = try Self.ranges(body.deniedAddresses ?? [])
        let quota = try body.quota?.applied(to: .none)
        let (key, secret) = try await self.directory.createKey(
            label: body.label ?? "",
            expires: body.expiresAt.map { Int($0.timeIntervalSince1970) },
            allowedModels: try Self.patterns(body.models ?? []),
            user: user,
            group: group,
            most: most
        ) { key in
            key.allowedAddresses = allowed
            key.deniedAddresses = denied
            body.limits?.apply(to: &key.limits)
            if let quota { key.quota = quota }
        }
        self.logger.notice("key created", metadata: ["key": "\(key.id)", "user": "\(key.user)"])
        context.subject.set(key.id.rawValue)
        return try Response.json(KeyDocument(key, in: self.directory, secret: secret), status: .created)
    }
}
