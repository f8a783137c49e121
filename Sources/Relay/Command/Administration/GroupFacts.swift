internal import Administration
internal import ArgumentParser
internal import Terminal

/// What can be said of a group beside its name.
struct GroupFacts: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: "What its keys may speak: chat, responses, messages, gemini, embeddings, or all."
    )
    var dialects: [String] = []
    @Option(parsing: .upToNextOption, help: "Deployments that its keys may use, names or patterns, or all.")
    var deployments: [String] = []
    @Option(help: "Whether answers may be streamed: on or off.") var streaming: OnOff?
    @OptionGroup var limits: LimitOptions
    @OptionGroup var userLimits: UserLimitOptions
    @OptionGroup var keyLimits: KeyLimitOptions
    @Option(help: "Whether calls are paid for: on or off.") var billing: OnOff?
    @Option(help: "What prices are multiplied with, such as 1.5.") var multiplier: String?
    @Option(parsing: .upToNextOption, help: "What stands in its place for a user: USER=FACTOR, or USER= for nothing.")
    var userMultiplier: [String] = []
    @Option(
        parsing: .upToNextOption,
        help: "What a service tier is multiplied with: TIER=FACTOR, or TIER= for nothing."
    )
    var serviceTier: [String] = []
    @Option(help: "What a client pays for that has left: produced or whole.") var vanishedClient: String?
    @Option(help: "What an answer costs that does not say its usage: free or estimated.") var missingUsage: String?

    func settings(name: String?) throws(Complaint) -> GroupDocument.Settings {
        var settings = GroupDocument.Settings(name: name)
        settings.dialects = Self.list(self.dialects)
        settings.deployments = Self.list(self.deployments)
        settings.streaming = self.streaming?.isOn
        settings.limits = self.limits.document
        settings.userLimits = self.userLimits.document
        settings.keyLimits = self.keyLimits.document
        settings.billed = self.billing?.isOn
        settings.multiplier = self.multiplier
        settings.userMultipliers = try Assignment.parse(self.userMultiplier, option: "--user-multiplier")
        settings.serviceTiers = try Assignment.parse(self.serviceTier, option: "--service-tier")
        settings.vanishedClient = self.vanishedClient
        settings.missingUsage = self.missingUsage
        return settings
    }

    /// `nil` when nothing is said, and an empty list for all.
    static func list(_ words: [String]) -> [String]? {
        if words.isEmpty { return nil }
        return words == ["all"] ? [] : words
    }
}
