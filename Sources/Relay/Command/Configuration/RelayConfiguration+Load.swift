import ConfigurationText
private import Terminal

extension RelayConfiguration {
    /// Reads the file, the environment and the flags, in rising precedence, and refuses what cannot be meant.
    ///
    /// - Parameters:
    ///   - options: the flags of the command line; they name the file, as `ADIT_CONFIG` does.
    ///   - environment: every variable of the environment.
    /// - Throws: all the faults that were found, those of overridden values too.
    static func load(
        options: ServeOptions,
        environment: [String: String]
    ) throws(ConfigurationFaults) -> RelayConfiguration {
        try self.read(options: options, environment: environment).configuration
    }

    /// What `--check` prints when nothing is wrong: every setting, its value, and where the value was given.
    ///
    /// No value is a secret: secrets are never settings.
    /// - Throws: as ``load(options:environment:)``.
    static func check(options: ServeOptions, environment: [String: String]) throws(ConfigurationFaults) -> String {
        let (configuration, sources) = try self.read(options: options, environment: environment)
        let rows = Setting.all.map { setting in
            let value = setting.show(configuration)
            return [setting.key, value.isEmpty ? "-" : value, "(\(sources.origin(of: setting.key)))"]
        }
        let lines = Columns.lines(rows).map { "  " + $0 }
        let warnings = [configuration.endedCertificate()].compactMap(\.self)
        return (["configuration is valid"] + lines + warnings).joined(separator: "\n")
    }

    private static func read(
        options: ServeOptions,
        environment: [String: String]
    ) throws(ConfigurationFaults) -> (configuration: RelayConfiguration, sources: ConfigurationSources) {
        let path = options.config ?? environment["ADIT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let file: ConfigurationFile?
        if let path {
            file = ConfigurationFile(text: try ConfigurationFaults.text(ofFile: path), path: path)
        } else {
            file = nil
        }
        let sources = ConfigurationSources(file: file, environment: environment, flags: options.given)
        var faults = sources.faults
        let configuration = sources.configuration
        if faults.isEmpty { faults = configuration.contradictions(sources) }
        guard faults.isEmpty else { throw ConfigurationFaults(faults: faults) }
        return (configuration, sources)
    }
}
