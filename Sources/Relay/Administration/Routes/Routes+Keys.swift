internal import Accounts
internal import Hummingbird
private import Logging
internal import Vocabulary

extension AdministrationService {
    var keyOperations: [Operation] { self.keysAsAWhole + self.oneKey }

    private var keysAsAWhole: [Operation] {
        [
            Operation("listKeys", .get, "keys", "List the keys, oldest first.", answer: .page(KeyDocument.self)) {
                request,
                _ in
                try Page.answer(request, self.directory.keys(), by: { Page.place($0.created, $0.id.rawValue) }) {
                    KeyDocument($0, in: self.directory)
                }
            },
            Operation(
                "createKey",
                .post,
                "keys",
                "Make a key; its secret is in this answer only.",
                body: .required(KeyDocument.Creation.self),
                answer: .created(KeyDocument.self),
                refusals: [404]
            ) { request, context in
                let body = try await KeyDocument.Creation.read(from: request, context)
                return try await self.createKey(
                    body,
                    user: body.user ?? UserID.first.rawValue,
                    group: body.group ?? GroupID.first.rawValue,
                    context
                )
            },
        ]
    }

    private var oneKey: [Operation] {
        [
            Operation("showKey", .get, "keys/{key}", "Show one key.", answer: .ok(KeyDocument.self)) { _, context in
                let key = try self.directory.key(KeyID(rawValue: try context.name("key")))
                return try Response.json(KeyDocument(key, in: self.directory))
            },
            Operation(
                "changeKey",
                .patch,
                "keys/{key}",
                "Change a key, for calls from now on.",
                body: .required(KeyDocument.Change.self),
                answer: .ok(KeyDocument.self)
            ) { request, context in
                let id = KeyID(rawValue: try context.name("key"))
                let body = try await KeyDocument.Change.read(from: request, context)
                let models = try body.models.map { try Self.patterns($0) }
                let allowed = try body.allowedAddresses.map { try Self.ranges($0) }
                let denied = try body.deniedAddresses.map { try Self.ranges($0) }
                let quota = try body.quota?.applied(to: try self.directory.key(id).quota)
                let key = try await self.directory.changeKey(id, user: body.user, group: body.group) { key in
                    if let disabled = body.disabled { key.isDisabled = disabled }
                    if let label = body.label { key.label = label }
                    if let models { key.allowedModels = models }
                    if let allowed { key.allowedAddresses = allowed }
                    if let denied { key.deniedAddresses = denied }
                    body.limits?.apply(to: &key.limits)
                    if let quota { key.quota = quota }
                }
                self.logger.notice("key changed", metadata: ["key": "\(key.id)", "disabled": "\(key.isDisabled)"])
                context.subject.set(key.id.rawValue)
                return try Response.json(KeyDocument(key, in: self.directory))
            },
            Operation("deleteKey", .delete, "keys/{key}", "Delete a key.", answer: .done) { _, context in
                let id = try await self.directory.deleteKey(KeyID(rawValue: try context.name("key")))
                self.logger.notice("key deleted", metadata: ["key": "\(id)"])
                context.subject.set(id.rawValue)
                return Response.done
            },
            Operation(
                "rotateKey",
                .post,
                "keys/{key}/rotate",
                "Give a key a new secret, which is in this answer only.",
                body: .optional(KeyDocument.Rotation.self),
                answer: .ok(KeyDocument.self)
            ) { request, context in
                let id = KeyID(rawValue: try context.name("key"))
                let body = try await KeyDocument.Rotation.readIfPresent(from: request, context)
                let (key, secret) = try await self.directory.rotateKey(id, overlap: body?.overlap ?? 0)
                self.logger.notice("key rotated", metadata: ["key": "\(key.id)"])
                context.subject.set(key.id.rawValue)
                return try Response.json(KeyDocument(key, in: self.directory, secret: secret))
            },
        ]
    }

    /// Addresses, and ranges of them.
    static func ranges(_ texts: [String]) throws(Problem) -> [NetworkRange] {
        var ranges: [NetworkRange] = []
        for text in texts {
            guard let range = NetworkRange(text) else {
                throw Problem(
                    .badRequest,
                    "\"\(text)\" is no address: expected one such as 192.0.2.1 or 2001:db8::1, or a range such as"
                        + " 192.0.2.0/24 that begins with its first address."
                )
            }
            ranges.append(range)
        }
        return ranges
    }
}
