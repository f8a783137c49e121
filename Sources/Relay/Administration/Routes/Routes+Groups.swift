internal import Accounts
internal import Hummingbird
private import Logging

/// Groups, which are found by the id or the name.
extension AdministrationService {
    var groupOperations: [Operation] { self.groupsAsAWhole + self.oneGroup }

    private var groupsAsAWhole: [Operation] {
        [
            Operation("listGroups", .get, "groups", "List the groups, by name.", answer: .page(GroupDocument.self)) {
                request,
                _ in
                try Page.answer(request, self.directory.groups(), by: \.name, self.document)
            },
            Operation(
                "createGroup",
                .post,
                "groups",
                "Make a group, which has no keys yet.",
                body: .required(GroupDocument.Settings.self),
                answer: .created(GroupDocument.self),
                refusals: [404, 409]
            ) { request, context in
                let body = try await GroupDocument.Settings.read(from: request, context)
                guard let name = body.name else { throw Problem(.badRequest, "The member name is missing.") }
                let made = try await self.directory.createGroup(name: name, try self.alteration(body))
                self.logger.notice("group created", metadata: ["group": "\(made.id)"])
                context.subject.set(made.id.rawValue)
                return try Response.json(self.document(made), status: .created)
            },
        ]
    }

    private var oneGroup: [Operation] {
        [
            Operation(
                "showGroup",
                .get,
                "groups/{group}",
                "Show one group, by id or name.",
                answer: .ok(GroupDocument.self)
            ) { _, context in
                try Response.json(self.document(try self.directory.group(try context.name("group"))))
            },
            Operation(
                "changeGroup",
                .patch,
                "groups/{group}",
                "Change a group, for calls from now on.",
                body: .required(GroupDocument.Settings.self),
                answer: .ok(GroupDocument.self),
                refusals: [409]
            ) { request, context in
                let reference = try context.name("group")
                let body = try await GroupDocument.Settings.read(from: request, context)
                let changed = try await self.directory.changeGroup(reference, try self.alteration(body))
                self.logger.notice("group changed", metadata: ["group": "\(changed.id)"])
                context.subject.set(changed.id.rawValue)
                return try Response.json(self.document(changed))
            },
            Operation(
                "deleteGroup",
                .delete,
                "groups/{group}",
                "Delete a group that has no keys.",
                answer: .done,
                refusals: [409]
            ) { _, context in
                let id = try await self.directory.deleteGroup(try context.name("group"))
                self.logger.notice("group deleted", metadata: ["group": "\(id)"])
                context.subject.set(id.rawValue)
                return Response.done
            },
        ]
    }

    private func alteration(_ body: GroupDocument.Settings) throws -> Alteration<Group> {
        try body.alteration { try self.directory.user($0).id }
    }

    private func document(_ group: Group) -> GroupDocument {
        GroupDocument(group) { self.directory.user(with: $0)?.name ?? $0.rawValue }
    }
}
