import ConfigurationText

/// The three places that settings come from, in rising precedence: a file, the environment, flags.
struct ConfigurationSources: Sendable {
    let file: ConnectorFile
    private let environment: [String: String]
    private let flags: [String: [String]]

    /// - Parameters:
    ///   - file: the configuration file; one of an empty text when there is none.
    ///   - environment: every variable; empty ones count as absent.
    ///   - flags: what was given on the command line, by key.
    init(file: ConnectorFile, environment: [String: String], flags: [String: [String]]) {
        self.file = file
        self.environment = environment.filter { !$0.value.isEmpty }
        self.flags = flags
    }

    /// The value that counts, if there is one.
    func value(_ key: String) -> ConnectorFile.Value? {
        let setting = Setting[key]
        if let flag = setting.flag, let text = self.flags[key]?.last {
            return ConnectorFile.Value(text: text, origin: .flag(name: flag))
        }
        if let variable = setting.variable, let text = self.environment[variable] {
            return ConnectorFile.Value(text: text, origin: .environment(name: variable))
        }
        return self.file.values[key]
    }

    /// The values of a list in the place that counts, without those of the file.
    func list(_ key: String) -> [ConnectorFile.Value] {
        let setting = Setting[key]
        if let texts = self.flags[key], !texts.isEmpty {
            return texts.map { .init(text: $0, origin: .flag(name: setting.flag ?? key)) }
        }
        guard let variable = setting.variable, let text = self.environment[variable] else { return [] }
        return text.split { $0 == "," || $0 == " " }
            .map { .init(text: String($0), origin: .environment(name: variable)) }
    }

    /// A variable that the file names.
    func variable(_ name: String) -> String? { self.environment[name] }

    /// How near to the user a value was given: a secret and the file that holds it are two names for one setting.
    static func rank(_ value: ConnectorFile.Value) -> Int {
        switch value.origin {
        case .builtIn: 0
        case .file: 1
        case .environment: 2
        case .flag: 3
        }
    }

    /// Variables that are no setting but nearly are one.
    var misspeltVariables: [ConfigurationFault] {
        Spelling.misspelt(self.environment.keys, settings: Setting.all.compactMap(\.variable))
    }
}
