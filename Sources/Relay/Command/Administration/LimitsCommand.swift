internal import Administration
internal import ArgumentParser

/// `adit-relay limits …`: what limits all calls to the relay together.
struct LimitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits",
        abstract: "Limit all calls to the relay together.",
        subcommands: [Show.self, Set.self]
    )

    struct Show: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Show the limits of the whole relay.")

        @OptionGroup var options: AdministrationOptions

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let limits: LimitsDocument = try await client.get(["limits"])
            return CommandAnswer(lines: [limits.text], document: limits)
        }
    }

    struct Set: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Change them; what is not mentioned stays.")

        @OptionGroup var options: AdministrationOptions
        @OptionGroup var limits: LimitOptions

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            let body = self.limits.document ?? LimitsDocument()
            let limits: LimitsDocument = try await client.patch(["limits"], body: body)
            return CommandAnswer(lines: ["limits of the relay: \(limits.text)"], document: limits)
        }
    }
}
