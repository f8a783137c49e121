internal import Administration
internal import ArgumentParser
private import ConfigurationText
internal import Terminal

/// Whose a key is and where it may be used.
struct KeyFacts: ParsableArguments {
    @Option(help: "Whose it is: a name, an e-mail address or an id.") var user: String?
    @Option(help: "What it shares with others: the name or id of a group.") var group: String?
    @Option(
        parsing: .upToNextOption,
        help: "Addresses that it may be used from, such as 192.0.2.7 or 2001:db8::/32, or all."
    )
    var allow: [String] = []
    @Option(parsing: .upToNextOption, help: "Addresses that it may not be used from, or none.")
    var deny: [String] = []
    @OptionGroup var limits: LimitOptions
    @Option(
        parsing: .upToNextOption,
        help: "How much it may use up, such as day=100000: life, 5h, day or week; 0 for no quota."
    )
    var quota: [String] = []
    @Option(
        help:
            "What its quota counts: tokens or credits; another one than before needs --quota, which replaces all amounts."
    )
    var quotaUnit: String?

    /// What is said of its quota; `nil` when nothing is.
    var quotaDocument: QuotaDocument? {
        get throws(Complaint) {
            let windows = ["life", "5h", "day", "week"]
            if self.quota == ["0"] {
                return QuotaDocument(unit: nil, amounts: Dictionary(uniqueKeysWithValues: windows.map { ($0, "0") }))
            }
            let amounts = try Assignment.parse(self.quota, option: "--quota", value: "AMOUNT") ?? [:]
            if let unknown = amounts.keys.first(where: { !windows.contains($0) }) {
                throw Complaint(
                    "--quota \(unknown) is no time: expected \(windows.joined(separator: ", "))"
                )
            }
            if amounts.isEmpty, self.quotaUnit == nil { return nil }
            return QuotaDocument(unit: self.quotaUnit, amounts: amounts)
        }
    }

    /// `nil` when nothing is said, and an empty list for every address.
    var allowedAddresses: [String]? { GroupFacts.list(self.allow) }

    /// `nil` when nothing is said.
    var deniedAddresses: [String]? { self.deny.isEmpty ? nil : self.deny == ["none"] ? [] : self.deny }
}

extension KeyCommand {
    struct Set: AdministrationCommand {
        static let configuration = CommandConfiguration(abstract: "Change a key; what is not mentioned stays.")

        @OptionGroup var options: AdministrationOptions
        @Argument(help: "Its id.") var id: String
        @Option(help: "Whose or what it is, for people.") var label: String?
        @Option(parsing: .upToNextOption, help: "Deployments that it may use, names or patterns, or all.")
        var models: [String] = []
        @OptionGroup var facts: KeyFacts

        func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
            var body = KeyDocument.Change()
            body.label = self.label
            body.models = GroupFacts.list(self.models)
            body.user = self.facts.user
            body.group = self.facts.group
            body.allowedAddresses = self.facts.allowedAddresses
            body.deniedAddresses = self.facts.deniedAddresses
            body.limits = self.facts.limits.document
            body.quota = try self.facts.quotaDocument
            let key: KeyDocument = try await client.patch(["keys", self.id], body: body)
            return CommandAnswer(lines: ["key \(key.id) is changed"], document: key)
        }
    }
}

/// How long a replaced secret is good yet.
struct OverlapOption: ParsableArguments {
    @Option(help: "How long the old secret is good yet: 10m, 24h (default: it ends at once).") var overlap: String?

    /// What is asked of the relay; `nil` when nothing is said.
    var rotation: KeyDocument.Rotation? {
        get throws(Complaint) {
            guard let overlap else { return nil }
            guard let span = TimeSpan.parse(overlap) else {
                throw Complaint("--overlap \(overlap) is no time: expected one such as 10m or 24h")
            }
            return KeyDocument.Rotation(overlap: Int(span.components.seconds))
        }
    }
}
