internal import ArgumentParser

/// The program `adit-relay`.
@main
struct AditRelay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adit-relay",
        abstract: "Puts models that run elsewhere behind a public API.",
        version: Version.text,
        subcommands: [
            Serve.self, StatusCommand.self, UserCommand.self, GroupCommand.self, DeploymentCommand.self,
            KeyCommand.self,
            TokenCommand.self, LimitsCommand.self, AdminTokenCommand.self, AuditCommand.self,
            BalanceCommand.self, CodeCommand.self, UsageCommand.self, BackupCommand.self,
        ]
    )
}
