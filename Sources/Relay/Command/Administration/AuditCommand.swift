internal import Administration
internal import ArgumentParser

/// `adit-relay audit`: who changed what.
struct AuditCommand: AdministrationCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Show the changes that were made, newest first."
    )

    @OptionGroup var options: AdministrationOptions
    @Option(help: "How many at most.") var limit = 50
    @Option(help: "Only those of a user's id, or of local.") var actor: String?
    @Option(help: "Only those of one kind, such as createKey.") var action: String?
    @Option(help: "Only those of what has this id or name.") var subject: String?

    func answer(_ client: AdministrationClient) async throws -> CommandAnswer {
        let wanted = [
            ("limit", "\(min(max(self.limit, 1), 1_000))"), ("actor", self.actor), ("action", self.action),
            ("subject", self.subject),
        ]
        let query = wanted.compactMap { name, value in value.map { (name: name, value: $0) } }
        let entries: [AuditDocument] = try await client.list(["audit"], query: query, atMost: max(self.limit, 1))
        var table = TextTable([
            .whole("TIME"), .text("WHO"), .text("FROM"), .whole("WHAT"), .text("WHICH"), .whole("STATUS"),
            .text("DETAILS"),
        ])
        for entry in entries {
            let who = entry.means == "socket" ? "local" : "\(entry.actor) (\(entry.means))"
            table.add([
                Wording.time(entry.time), who, entry.address ?? "", entry.action, entry.subject ?? "",
                entry.status.map(String.init) ?? "unknown", entry.details ?? "",
            ])
        }
        return CommandAnswer(lines: entries.isEmpty ? ["no changes"] : table.lines(width: 160), document: entries)
    }
}
