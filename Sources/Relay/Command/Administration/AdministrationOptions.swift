internal import ArgumentParser
private import FoundationEssentials

/// What every command that administers a running relay can be told.
struct AdministrationOptions: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: "The relay's data directory (default: $ADIT_DATA or ./adit-data).",
        completion: .directory
    )
    var data: String?

    @Flag(name: .customLong("json"), help: "Answer in JSON, for programs.")
    var isJSON = false

    /// The data directory that counts: the flag's, the environment's, the default.
    func dataDirectory(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        let said = [self.data, environment["ADIT_DATA"]].compactMap(\.self).first { !$0.isEmpty }
        return said ?? RelayConfiguration().data
    }
}
