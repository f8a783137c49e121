import ConfigurationText
private import Foundation
private import LogLines
private import Logging
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
        let sources = try ConfigurationSources.gather(options: options, environment: environment)
        var reader = ConfigurationReader(sources)
        let configuration = reader.configuration(environment: environment)
        let faults = sources.file.faults + reader.faults + sources.misspeltVariables
        guard faults.isEmpty, let configuration else { throw ConfigurationFaults(faults: faults.inOrderOfLines) }
        return configuration
    }

    /// What `--check` prints when nothing is wrong: every setting that was given, and where.
    /// - Throws: as ``load(options:environment:)``.
    static func check(options: RunOptions, environment: [String: String]) throws(ConfigurationFaults) -> String {
        let configuration = try self.load(options: options, environment: environment)
        let sources = try ConfigurationSources.gather(options: options, environment: environment)
        var rows: [[String]] = []
        for setting in Setting.all where !setting.isList {
            guard let value = sources.value(setting.key) else {
                if !setting.standard.isEmpty { rows.append([setting.key, setting.standard, "(default)"]) }
                continue
            }
            rows.append([setting.key, setting.isSecret ? "(secret)" : value.text, "(\(value.origin))"])
        }
        for upstream in configuration.upstreams { rows.append(["upstream", "\(upstream.address)", ""]) }
        for choice in configuration.choices { rows.append(["deployment", "\(choice.name) → \(choice.model)", ""]) }
        let lines = Columns.lines(rows).map { "  " + $0 } + configuration.warnings.map { "warning: \($0)" }
        return (["configuration is valid"] + lines).joined(separator: "\n")
    }

    /// Where programs keep what lasts longer than they do (XDG Base Directory Specification, `XDG_STATE_HOME`).
    static func stateDirectory(_ environment: [String: String]) -> String {
        let base = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return (base ?? (environment["HOME"] ?? "/tmp") + "/.local/state") + "/adit-connector"
    }
}

extension ConfigurationSources {
    /// The three places as they are.
    fileprivate static func gather(
        options: RunOptions,
        environment: [String: String]
    ) throws(ConfigurationFaults) -> ConfigurationSources {
        let path = options.config ?? environment["ADIT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let file = ConnectorFile(text: try path.map(ConfigurationFaults.text) ?? "", path: path ?? "")
        return ConfigurationSources(file: file, environment: environment, flags: options.given)
    }
}
