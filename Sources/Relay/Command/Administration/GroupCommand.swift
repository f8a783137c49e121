internal import Administration
internal import ArgumentParser

/// `adit-relay group …`: what keys share.
struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group",
        abstract: "Say what the keys of a group may call, how much, and what they pay for it.",
        subcommands: [Create.self, List.self, Show.self, Set.self, Delete.self]
    )
}

extension GroupCommand {
    struct Create: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Make a group; keys may then be made in it.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "Its name.") var name: String
        @OptionGroup var facts: GroupFacts

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let group: GroupDocument = try await client.post(["groups"], body: try self.facts.settings(name: self.name))
            let next = "next: adit-relay key create --group '\(group.name)'"
            return CommandAnswer(lines: ["group \(group.name) exists (\(group.id))", next], document: group)
        }
    }

    struct List: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "List every group.")

        @OptionGroup var options: AdministrationOptions

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let groups: [GroupDocument] = try await client.list(["groups"])
            var table = TextTable([
                .text("NAME"), .text("DIALECTS"), .text("DEPLOYMENTS"), .whole("STREAMING"), .whole("BILLED"),
                .number("FACTOR"), .text("LIMITS"),
            ])
            for group in groups {
                table.add([
                    group.name, group.dialectsText, group.deploymentsText, group.streaming ? "on" : "off",
                    group.billed ? "on" : "off", group.multiplier, group.limits?.text ?? "",
                ])
            }
            return CommandAnswer(lines: table.lines(), document: groups)
        }
    }

    struct Show: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Show one group.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "Its name or id.") var group: String

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let group: GroupDocument = try await client.get(["groups", self.group])
            return CommandAnswer(
                lines: Wording.facts([
                    ("id", group.id),
                    ("name", group.name),
                    ("dialects", group.dialectsText),
                    ("deployments", group.deploymentsText),
                    ("streaming", group.streaming ? "on" : "off"),
                    ("limits", group.limits?.text ?? "none"),
                    ("of each user", group.userLimits?.text ?? "none"),
                    ("of each key", group.keyLimits?.text ?? "none"),
                    ("billing", group.billed ? "on" : "off"),
                    ("multiplier", group.multiplier),
                    ("of users", group.userMultipliers.map(Self.text)),
                    ("service tiers", group.serviceTiers.map(Self.text)),
                    ("client gone pays", group.vanishedClient),
                    ("usage missing", group.missingUsage),
                    ("created", Wording.time(group.createdAt)),
                ]),
                document: group
            )
        }

        private static func text(_ factors: [String: String]) -> String {
            factors.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
    }

    struct Set: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Change a group; what is not mentioned stays.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "Its name or id.") var group: String
        @Option(help: "Another name.") var name: String?
        @OptionGroup var facts: GroupFacts

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let body = try self.facts.settings(name: self.name)
            let group: GroupDocument = try await client.patch(["groups", self.group], body: body)
            return CommandAnswer(lines: ["group \(group.name) is changed"], document: group)
        }
    }

    struct Delete: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a group that has no keys.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "Its name or id.") var group: String

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            try await client.delete(["groups", self.group])
            return CommandAnswer(
                lines: ["group \(self.group) is deleted"],
                document: ["group": self.group, "state": "deleted"]
            )
        }
    }
}

extension GroupDocument {
    fileprivate var dialectsText: String { self.dialects?.joined(separator: " ") ?? "every one" }

    fileprivate var deploymentsText: String { self.deployments?.joined(separator: " ") ?? "every one" }
}
