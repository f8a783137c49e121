internal import Administration
internal import ArgumentParser

/// `adit-relay user …`: those whose keys there are.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Keep the users, whose keys there are.",
        subcommands: [
            Create.self, List.self, Show.self, Set.self, SetPassword.self, RemovePassword.self, Disable.self,
            Enable.self,
            Delete.self,
        ]
    )

    /// What can be said of a user beside the name.
    struct Facts: ParsableArguments {
        @Option(help: "The e-mail address; empty for none.") var email: String?
        @Option(help: "administrator or member.") var role: String?
        @Option(help: "The group of keys that the user makes alone: a name or an id, or none.") var keyGroup: String?
        @Option(help: "How many keys the user may have when making another one.") var mostKeys: Int?
        @OptionGroup var limits: LimitOptions

        func settings(name: String? = nil) -> UserDocument.Settings {
            UserDocument.Settings(
                name: name,
                email: self.email,
                role: self.role,
                keyGroup: self.keyGroup == "none" ? "" : self.keyGroup,
                mostKeys: self.mostKeys,
                limits: self.limits.document
            )
        }
    }
}

extension UserCommand {
    struct Create: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Make a user; keys may then be made for them.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The name.") var name: String
        @OptionGroup var facts: Facts

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let user: UserDocument = try await client.post(["users"], body: self.facts.settings(name: self.name))
            let next = "next: adit-relay key create --user '\(user.name)'"
            return CommandAnswer(lines: ["user \(user.name) exists (\(user.id))", next], document: user)
        }
    }

    struct List: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "List every user.")

        @OptionGroup var options: AdministrationOptions

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let users: [UserDocument] = try await client.list(["users"])
            var table = TextTable([
                .text("NAME"), .text("E-MAIL"), .whole("ROLE"), .whole("STATE"), .text("LIMITS"), .whole("ID"),
            ])
            for user in users {
                table.add([user.name, user.email ?? "", user.role, user.state, user.limits?.text ?? "", user.id])
            }
            return CommandAnswer(lines: table.lines(), document: users)
        }
    }

    struct Show: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Show one user.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The name, e-mail address or id.") var user: String

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let user: UserDocument = try await client.get(["users", self.user])
            return CommandAnswer(
                lines: Wording.facts([
                    ("id", user.id), ("name", user.name), ("e-mail", user.email), ("role", user.role),
                    ("state", user.state), ("signs in", user.hasPassword ? "yes" : "no password"),
                    ("own keys", user.keyGroup.map { "up to \(user.mostKeys), in the group \($0)" } ?? "none"),
                    ("limits", user.limits?.text ?? "none"),
                    ("created", Wording.time(user.createdAt)),
                ]),
                document: user
            )
        }
    }

    struct Set: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Change a user; what is not mentioned stays.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The name, e-mail address or id.") var user: String
        @Option(help: "Another name.") var name: String?
        @OptionGroup var facts: Facts

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let body = self.facts.settings(name: self.name)
            let user: UserDocument = try await client.patch(["users", self.user], body: body)
            return CommandAnswer(lines: ["user \(user.name) is changed"], document: user)
        }
    }

    struct Disable: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse calls with every key of the user.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The name, e-mail address or id.") var user: String

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let body = UserDocument.Settings(disabled: true)
            let user: UserDocument = try await client.patch(["users", self.user], body: body)
            return CommandAnswer(lines: ["user \(user.name) is disabled"], document: user)
        }
    }

    struct Enable: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Take calls with the user's keys again.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The name, e-mail address or id.") var user: String

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let body = UserDocument.Settings(disabled: false)
            let user: UserDocument = try await client.patch(["users", self.user], body: body)
            return CommandAnswer(lines: ["user \(user.name) is enabled"], document: user)
        }
    }

    struct Delete: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a user who has no keys.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "The name, e-mail address or id.") var user: String

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            try await client.delete(["users", self.user])
            return CommandAnswer(
                lines: ["user \(self.user) is deleted"],
                document: ["user": self.user, "state": "deleted"]
            )
        }
    }
}

extension UserDocument {
    fileprivate var state: String { self.disabled ? "disabled" : "good" }
}
