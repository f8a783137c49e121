internal import Accounts
internal import Hummingbird
private import Logging

/// Users, groups and what limits the whole relay. A user is found by the id, the name or the e-mail address, a group by
/// the id or the name.
extension AdministrationService {
    func addUsers(to group: RouterGroup<AdministrationContext>) {
        group.get { _, _ in
            try Response.json(self.directory.users().map(UserDocument.init))
        }
        group.post { request, context in
            let body = try await UserDocument.Settings.read(from: request, context)
            guard let name = body.name else { throw Problem(.badRequest, "The member name is missing.") }
            let user = try await self.directory.createUser(name: name, try body.alteration())
            self.logger.notice("user created", metadata: ["user": "\(user.id)"])
            return try Response.json(UserDocument(user), status: .created)
        }
        group.get("{user}") { _, context in
            try Response.json(UserDocument(try self.directory.user(try context.name("user"))))
        }
        group.patch("{user}") { request, context in
            let reference = try context.name("user")
            let body = try await UserDocument.Settings.read(from: request, context)
            let user = try await self.directory.changeUser(reference, try body.alteration())
            self.logger.notice("user changed", metadata: ["user": "\(user.id)", "disabled": "\(user.isDisabled)"])
            return try Response.json(UserDocument(user))
        }
        group.delete("{user}") { _, context in
            let id = try await self.directory.deleteUser(try context.name("user"))
            self.logger.notice("user deleted", metadata: ["user": "\(id)"])
            return Response.done
        }
    }

    func addGroups(to group: RouterGroup<AdministrationContext>) {
        group.get { _, _ in
            try Response.json(self.directory.groups().map(self.document))
        }
        group.post { request, context in
            let body = try await GroupDocument.Settings.read(from: request, context)
            guard let name = body.name else { throw Problem(.badRequest, "The member name is missing.") }
            let made = try await self.directory.createGroup(name: name, try self.alteration(body))
            self.logger.notice("group created", metadata: ["group": "\(made.id)"])
            return try Response.json(self.document(made), status: .created)
        }
        group.get("{group}") { _, context in
            try Response.json(self.document(try self.directory.group(try context.name("group"))))
        }
        group.patch("{group}") { request, context in
            let reference = try context.name("group")
            let body = try await GroupDocument.Settings.read(from: request, context)
            let changed = try await self.directory.changeGroup(reference, try self.alteration(body))
            self.logger.notice("group changed", metadata: ["group": "\(changed.id)"])
            return try Response.json(self.document(changed))
        }
        group.delete("{group}") { _, context in
            let id = try await self.directory.deleteGroup(try context.name("group"))
            self.logger.notice("group deleted", metadata: ["group": "\(id)"])
            return Response.done
        }
    }

    func addLimits(to group: RouterGroup<AdministrationContext>) {
        group.get { _, _ in
            try Response.json(LimitsDocument(self.directory.snapshot.relayLimits) ?? LimitsDocument())
        }
        group.patch { request, context in
            let body = try await RelayLimits.read(from: request, context)
            var limits = self.directory.snapshot.relayLimits
            body.limits.apply(to: &limits)
            limits = try await self.directory.setRelayLimits(limits)
            self.logger.notice("limits of the relay changed", metadata: ["limits": "\(limits)"])
            return try Response.json(LimitsDocument(limits) ?? LimitsDocument())
        }
    }

    private func alteration(_ body: GroupDocument.Settings) throws -> Alteration<Group> {
        try body.alteration { try self.directory.user($0).id }
    }

    private func document(_ group: Group) -> GroupDocument {
        GroupDocument(group) { self.directory.user(with: $0)?.name ?? $0.rawValue }
    }
}

/// The body of `PATCH limits`.
private struct RelayLimits: RequestDocument {
    let limits: LimitsDocument

    static let members = ["requests_per_minute", "requests_per_day", "tokens_per_minute", "concurrent_calls"]

    init(from decoder: any Decoder) throws {
        self.limits = try LimitsDocument(from: decoder)
    }
}
