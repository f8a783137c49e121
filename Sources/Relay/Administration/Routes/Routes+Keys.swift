internal import Accounts
private import FoundationEssentials
internal import Hummingbird
private import Logging

extension AdministrationService {
    func addKeys(to group: RouterGroup<AdministrationContext>) {
        group.get { _, _ in
            try Response.json(self.directory.keys().map { KeyDocument($0) })
        }
        group.post { request, context in
            let body = try await KeyDocument.Creation.read(from: request, context)
            let (key, secret) = try await self.directory.createKey(
                label: body.label ?? "",
                expires: body.expiresAt.map { Int($0.timeIntervalSince1970) },
                allowedModels: try Self.patterns(body.models ?? [])
            )
            self.logger.notice("key created", metadata: ["key": "\(key.id)"])
            return try Response.json(KeyDocument(key, secret: secret), status: .created)
        }
        group.get("{key}") { _, context in
            let key = try self.key(try context.name("key"))
            return try Response.json(KeyDocument(key))
        }
        group.patch("{key}") { request, context in
            let id = KeyID(rawValue: try context.name("key"))
            let body = try await KeyDocument.Change.read(from: request, context)
            let key = try await self.directory.setKey(id, disabled: body.disabled)
            self.logger.notice("key changed", metadata: ["key": "\(id)", "disabled": "\(body.disabled)"])
            return try Response.json(KeyDocument(key))
        }
        group.delete("{key}") { _, context in
            let id = KeyID(rawValue: try context.name("key"))
            try await self.directory.deleteKey(id)
            self.logger.notice("key deleted", metadata: ["key": "\(id)"])
            return Response.done
        }
        group.post("{key}/rotate") { _, context in
            let id = KeyID(rawValue: try context.name("key"))
            let (key, secret) = try await self.directory.rotateKey(id)
            self.logger.notice("key rotated", metadata: ["key": "\(id)"])
            return try Response.json(KeyDocument(key, secret: secret))
        }
    }

    /// The key with an id, or with an id that begins so when there is only one, as the directory finds those to change.
    private func key(_ id: String) throws(Problem) -> Key {
        let keys = self.directory.keys()
        if let key = keys.first(where: { $0.id.rawValue == id }) { return key }
        let found = keys.filter { id.count > 4 && $0.id.rawValue.hasPrefix(id) }
        guard let only = found.first, found.count == 1 else { throw Problem(.notFound, "There is no key \(id).") }
        return only
    }
}
