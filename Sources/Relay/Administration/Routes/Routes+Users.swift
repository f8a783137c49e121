internal import Accounts
internal import Hummingbird
private import Ledger
private import Logging
private import Vocabulary

/// Users, who are found by the id, the name or the e-mail address.
extension AdministrationService {
    var userOperations: [Operation] { self.usersAsAWhole + self.oneUser + self.passwords }

    private var usersAsAWhole: [Operation] {
        [
            Operation("listUsers", .get, "users", "List the users, by name.", answer: .page(UserDocument.self)) {
                request,
                _ in
                try Page.answer(request, self.directory.users(), by: \.name) { UserDocument($0, in: self.directory) }
            },
            Operation(
                "createUser",
                .post,
                "users",
                "Make a user, who has no keys yet.",
                body: .required(UserDocument.Settings.self),
                answer: .created(UserDocument.self),
                refusals: [404, 409]
            ) { request, context in
                let body = try await UserDocument.Settings.read(from: request, context)
                guard let name = body.name else { throw Problem(.badRequest, "The member name is missing.") }
                let user = try await self.directory.createUser(name: name, try self.alteration(body))
                self.logger.notice("user created", metadata: ["user": "\(user.id)"])
                context.subject.set(user.id.rawValue)
                return try Response.json(UserDocument(user, in: self.directory), status: .created)
            },
        ]
    }

    private var oneUser: [Operation] {
        [
            Operation(
                "showUser",
                .get,
                "users/{user}",
                "Show one user, by id, name or e-mail address.",
                answer: .ok(UserDocument.self)
            ) { _, context in
                try Response.json(UserDocument(try self.directory.user(try context.name("user")), in: self.directory))
            },
            Operation(
                "changeUser",
                .patch,
                "users/{user}",
                "Change a user, for calls from now on.",
                body: .required(UserDocument.Settings.self),
                answer: .ok(UserDocument.self),
                refusals: [409]
            ) { request, context in
                let reference = try context.name("user")
                let body = try await UserDocument.Settings.read(from: request, context)
                let user = try await self.directory.changeUser(reference, try self.alteration(body))
                // At once, for the user may be enabled again before anybody uses them.
                if user.isDisabled { self.sessions.endAll(of: user.id) }
                self.logger.notice("user changed", metadata: ["user": "\(user.id)", "disabled": "\(user.isDisabled)"])
                context.subject.set(user.id.rawValue)
                return try Response.json(UserDocument(user, in: self.directory))
            },
            Operation(
                "deleteUser",
                .delete,
                "users/{user}",
                "Delete a user who has no keys and no balance.",
                answer: .done,
                refusals: [409]
            ) { _, context in
                let id = try await self.directory.deleteUser(try context.name("user")) { user in
                    // Whatever is left would be nobody's: no command finds it without its user.
                    let left = self.ledger.balance(of: HolderID(rawValue: user.id.rawValue))
                    guard left.available != 0 || left.held != 0 else { return nil }
                    return "The user «\(user.name)» has a balance of \(MicroCredits(left.available + left.held)): "
                        + "adjust it to 0 first, or disable the user."
                }
                self.logger.notice("user deleted", metadata: ["user": "\(id)"])
                context.subject.set(id.rawValue)
                return Response.done
            },
        ]
    }

    private func alteration(_ body: UserDocument.Settings) throws -> Alteration<User> {
        try body.alteration { try self.directory.group($0).id }
    }
}
