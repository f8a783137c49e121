internal import Accounts
internal import FoundationEssentials
internal import Hummingbird
private import Logging
private import Vocabulary

/// What every user may see and change: what is their own.
extension AdministrationService {
    var ownOperations: [Operation] { self.oneself + self.ownKeys + self.oneOwnKey }

    private var oneself: [Operation] {
        [
            Operation(
                "showMe",
                .get,
                "me",
                "Who asks.",
                access: .user,
                answer: .ok(UserDocument.self),
                refusals: [409]
            ) { _, context in
                try Response.json(UserDocument(try context.user(), in: self.directory))
            },
            Operation(
                "changeOwnPassword",
                .put,
                "me/password",
                "Change one's own password; all sessions end.",
                access: .user,
                body: .required(PasswordDocument.Change.self),
                answer: .done,
                refusals: [409, 503]
            ) { request, context in
                let user = try context.user()
                let body = try await PasswordDocument.Change.read(from: request, context)
                guard try await self.check(body.currentPassword, of: user, named: user.email ?? user.name, context)
                else {
                    throw Problem(.forbidden, "The current password is wrong.")
                }
                try await self.set(body.password, of: user)
                context.subject.set(user.id.rawValue)
                return Response.done
            },
        ]
    }

    private var ownKeys: [Operation] {
        [
            Operation(
                "listOwnKeys",
                .get,
                "me/keys",
                "List one's own keys, oldest first.",
                access: .user,
                answer: .page(KeyDocument.self),
                refusals: [409]
            ) { request, context in
                let user = try context.user()
                let keys = self.directory.keys().filter { $0.user == user.id }
                return try Page.answer(request, keys, by: { Page.place($0.created, $0.id.rawValue) }) {
                    KeyDocument($0, in: self.directory)
                }
            },
            Operation(
                "createOwnKey",
                .post,
                "me/keys",
                "Make a key of one's own; its secret is in this answer only.",
                access: .user,
                body: .required(OwnKeyCreation.self),
                answer: .created(KeyDocument.self),
                refusals: [409]
            ) { request, context in
                let user = try context.user()
                let body = try await OwnKeyCreation.read(from: request, context)
                guard let group = user.selfService.group.flatMap({ self.directory.group(with: $0) }) else {
                    throw Problem(.forbidden, "You may not make keys: an administrator names a group for them first.")
                }
                try body.limits?.check(within: group.keyLimits)
                return try await self.createKey(
                    body,
                    user: user.id.rawValue,
                    group: group.id.rawValue,
                    most: user.selfService.mostKeys,
                    context
                )
            },
        ]
    }

    private var oneOwnKey: [Operation] {
        [
            Operation(
                "showOwnKey",
                .get,
                "me/keys/{key}",
                "Show one of one's own keys.",
                access: .user,
                answer: .ok(KeyDocument.self),
                refusals: [409]
            ) { _, context in
                try Response.json(KeyDocument(try self.ownKey(context), in: self.directory))
            },
            Operation(
                "changeOwnKey",
                .patch,
                "me/keys/{key}",
                "Name one of one's own keys anew, or disable it; only an administrator enables it again.",
                access: .user,
                body: .required(OwnKeyChange.self),
                answer: .ok(KeyDocument.self),
                refusals: [409]
            ) { request, context in
                let id = try self.ownKey(context).id
                let body = try await OwnKeyChange.read(from: request, context)
                guard body.disabled != false else {
                    throw Problem(.forbidden, "Only an administrator enables a key again.")
                }
                let key = try await self.directory.changeKey(id) { key in
                    if let label = body.label { key.label = label }
                    if body.disabled == true { key.isDisabled = true }
                }
                self.logger.notice("key changed", metadata: ["key": "\(key.id)", "disabled": "\(key.isDisabled)"])
                return try Response.json(KeyDocument(key, in: self.directory))
            },
            Operation(
                "rotateOwnKey",
                .post,
                "me/keys/{key}/rotate",
                "Give one of one's own keys a new secret, which is in this answer only.",
                access: .user,
                body: .optional(KeyDocument.Rotation.self),
                answer: .ok(KeyDocument.self),
                refusals: [409]
            ) { request, context in
                let id = try self.ownKey(context).id
                let body = try await KeyDocument.Rotation.readIfPresent(from: request, context)
                let (key, secret) = try await self.directory.rotateKey(id, overlap: body?.overlap ?? 0)
                self.logger.notice("key rotated", metadata: ["key": "\(key.id)"])
                return try Response.json(KeyDocument(key, in: self.directory, secret: secret))
            },
            Operation(
                "deleteOwnKey",
                .delete,
                "me/keys/{key}",
                "Delete one of one's own keys.",
                access: .user,
                answer: .done,
                refusals: [409]
            ) { _, context in
                let id = try self.ownKey(context).id
                try await self.directory.deleteKey(id)
                self.logger.notice("key deleted", metadata: ["key": "\(id)"])
                return Response.done
            },
        ]
    }

    /// The key that the path names; somebody else's is as if it were not there.
    private func ownKey(_ context: AdministrationContext) throws -> Key {
        let user = try context.user()
        let id = try context.name("key")
        guard let key = self.directory.keys().first(where: { $0.id.rawValue == id && $0.user == user.id }) else {
            throw Problem(.notFound, "You have no key \(id.prefix(60)).")
        }
        context.subject.set(key.id.rawValue)
        return key
    }
}

/// The body of `POST me/keys`.
struct OwnKeyCreation: RequestDocument, KeyCreation {
    var label: String?
    var expiresAt: Date?
    var models: [String]?
    var allowedAddresses: [String]?
    var deniedAddresses: [String]?
    var limits: LimitsDocument?
    var quota: QuotaDocument?

    static let schema = RecordSchema(
        "OwnKeyCreation",
        "A key of one's own to be made.",
        KeyDocument.Creation.schema.members.filter { !["user", "group"].contains($0.name) }
    )
}

/// The body of `PATCH me/keys/{key}`.
struct OwnKeyChange: RequestDocument {
    var label: String?
    var disabled: Bool?

    static let schema = RecordSchema(
        "OwnKeyChange",
        "What is to be another; what is absent stays.",
        KeyDocument.Change.schema.members.filter { ["label", "disabled"].contains($0.name) }
    )
}

extension LimitsDocument {
    /// Refuses limits beyond those that every key of a group has.
    fileprivate func check(within group: Limits) throws(Problem) {
        let pairs = [
            ("requests_per_minute", self.requestsPerMinute, group.requestsPerMinute),
            ("requests_per_day", self.requestsPerDay, group.requestsPerDay),
            ("tokens_per_minute", self.tokensPerMinute, group.tokensPerMinute),
            ("concurrent_calls", self.concurrentCalls, group.concurrentCalls),
        ]
        for (name, said, most) in pairs {
            guard let said, said != 0, let most, said > most else { continue }
            throw Problem(.forbidden, "\(name) may be \(most) at most for your keys.")
        }
    }
}
