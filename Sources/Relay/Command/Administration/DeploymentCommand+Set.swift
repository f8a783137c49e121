internal import Administration
internal import ArgumentParser

extension DeploymentCommand {
    struct Set: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Change a deployment; what is not mentioned stays.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "Its name.") var name: String
        @Option(help: "What it is, for people.") var description: String?
        @Option(parsing: .upToNextOption, help: "Other names that callers may write for it, or none.")
        var alias: [String] = []
        @Option(help: "The user whose it is; empty for nobody.") var owner: String?
        @Option(parsing: .upToNextOption, help: "For whom it exists: everyone, owner, or names of groups.")
        var visibleTo: [String] = []
        @Option(help: "Whether callers without a key see it in the list of models: on or off.") var `public`: OnOff?
        @Option(help: "Credits for a million tokens of prompts.") var priceInput: String?
        @Option(help: "Credits for a million tokens of prompts that were cached (default: as for others).")
        var priceCached: String?
        @Option(help: "Credits for a million tokens of answers.") var priceOutput: String?
        @Flag(help: "Take its price away.") var noPrice = false
        @OptionGroup var limits: LimitOptions

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            var body = DeploymentDocument.Change()
            body.description = self.description
            body.aliases = self.alias.isEmpty ? nil : self.alias == ["none"] ? [] : self.alias
            body.owner = self.owner
            body.visibleTo = self.visibleTo.isEmpty ? nil : self.visibleTo
            body.public = self.public?.isOn
            body.limits = self.limits.document
            let price = DeploymentDocument.PriceDocument(
                input: self.priceInput,
                cachedInput: self.priceCached,
                output: self.priceOutput
            )
            if price != .init() || self.noPrice { body.price = self.noPrice ? .init() : price }
            let deployment: DeploymentDocument = try await client.patch(["deployments", self.name], body: body)
            return CommandAnswer(lines: ["deployment \(deployment.name) is changed"], document: deployment)
        }
    }
}

extension DeploymentDocument {
    /// For people.
    var priceText: String? {
        guard let price, let input = price.input, let cached = price.cachedInput, let output = price.output else {
            return nil
        }
        return "\(input) in, \(cached) cached, \(output) out, for a million tokens"
    }
}
