internal import ArgumentParser

/// The program `adit-connector`.
@main
struct AditConnector: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adit-connector",
        abstract: "Puts the model on this machine behind a relay's public API.",
        version: Version.text,
        subcommands: [RunCommand.self, StatusCommand.self, DoctorCommand.self]
    )
}

/// The version of this program.
enum Version {
    static let text = "0.1.0"
    /// What the relay is told.
    static let software = "adit-connector/\(text)"
}
