import ConfigurationText
private import Terminal
private import Uplink
private import Upstream

extension ConnectorConfiguration {
    /// Reads the file, the environment and the flags, in rising precedence, and refuses what cannot be meant.
    ///
    /// - Parameters:
    ///   - options: the flags of the command line; they name the file, as `ADIT_CONFIG` does.
    ///   - environment: every variable of the environment.
    /// - Throws: all the faults that were found.
    static func load(
        options: RunOptions,
        environment: [String: String]
    ) throws(ConfigurationFaults) -> ConnectorConfiguration {
        try self.read(options: options, environment: environment).configuration
    }

    /// What `--check` prints when nothing is wrong: every setting that has a value, and where that was given.
    /// - Throws: as ``load(options:environment:)``.
    static func check(options: RunOptions, environment: [String: String]) throws(ConfigurationFaults) -> String {
        let (configuration, sources) = try self.read(options: options, environment: environment)
        var rows: [[String]] = []
        for setting in Setting.all where !setting.isList {
            let given = sources.value(setting.key)
            let text = setting.show(configuration.settings) ?? given?.text ?? ""
            guard given != nil || !text.isEmpty else { continue }
            let origin = given?.origin ?? .builtIn
            rows.append([setting.key, setting.isSecret ? "(secret)" : text, "(\(origin))"])
        }
        for upstream in configuration.upstreams { rows.append(["upstream", "\(upstream.address)", ""]) }
        for choice in configuration.choices { rows.append(["deployment", "\(choice.name) → \(choice.model)", ""]) }
        let lines = Columns.lines(rows).map { "  " + $0 } + configuration.warnings.map { "warning: \($0)" }
        return (["configuration is valid"] + lines).joined(separator: "\n")
    }

    private static func read(
        options: RunOptions,
        environment: [String: String]
    ) throws(ConfigurationFaults) -> (configuration: ConnectorConfiguration, sources: ConfigurationSources) {
        let sources = try ConfigurationSources(config: options.config, environment: environment, flags: options.given)
        var reader = ConfigurationReader(sources)
        let configuration = reader.configuration(environment: environment)
        let faults = sources.file.faults + reader.faults + sources.misspeltVariables
        guard faults.isEmpty, let configuration else { throw ConfigurationFaults(faults: faults.inOrderOfLines) }
        return (configuration, sources)
    }
}

extension ConnectorSettings {
    /// Reads where the status of a connector is that is told the same, whatever else it is told.
    /// - Parameters:
    ///   - config: the file that a flag names, if one does.
    ///   - state: what a flag says, which wins.
    static func state(
        config: String?,
        state: String?,
        environment: [String: String]
    ) throws(ConfigurationFaults) -> String {
        var settings = ConnectorSettings(environment: environment)
        let flags = state.map { ["state": [$0]] } ?? [:]
        var reader = ConfigurationReader(
            try ConfigurationSources(config: config, environment: environment, flags: flags)
        )
        reader.read(Setting["state"], &settings)
        guard reader.faults.isEmpty else { throw ConfigurationFaults(faults: reader.faults) }
        return settings.state
    }
}

extension ConfigurationSources {
    /// The three places as they are.
    /// - Parameter config: the file that a flag names; else `ADIT_CONFIG` may name one.
    fileprivate init(
        config: String?,
        environment: [String: String],
        flags: [String: [String]]
    ) throws(ConfigurationFaults) {
        let path = config ?? environment["ADIT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let file = ConnectorFile(text: try path.map(ConfigurationFaults.text) ?? "", path: path ?? "")
        self.init(file: file, environment: environment, flags: flags)
    }
}
