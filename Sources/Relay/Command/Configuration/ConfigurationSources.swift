import ConfigurationText

/// The three places that settings come from, in rising precedence: a file, the environment, flags.
///
/// One look at them decides which value counts, which are refused and where each was given.
struct ConfigurationSources: Sendable {
    private let file: ConfigurationFile?
    private let environment: [String: String]
    private let flags: [String: [String]]

    /// - Parameters:
    ///   - file: the configuration file, if there is one.
    ///   - environment: every variable; empty ones count as absent.
    ///   - flags: what was given on the command line, by key.
    init(file: ConfigurationFile?, environment: [String: String], flags: [String: [String]]) {
        self.file = file
        self.environment = environment.filter { !$0.value.isEmpty }
        self.flags = flags
    }

    /// Every value that is not a possible one, overridden ones included, and every name that is none.
    ///
    /// Those of the file come first, in the order of its lines.
    var faults: [ConfigurationFault] {
        let faults = (self.file?.faults ?? []) + Setting.all.flatMap(self.faults(of:))
        let misspelt = Spelling.misspelt(self.environment.keys, settings: Setting.all.map(\.environmentName))
        return (faults + misspelt).inOrderOfLines
    }

    /// What the sources say together, over the defaults.
    var configuration: RelayConfiguration {
        var configuration = RelayConfiguration()
        for setting in Setting.all {
            // A value that is not a possible one is among the faults.
            if let entry = self.given(setting).last { _ = setting.read(entry.texts, &configuration) }
        }
        return configuration
    }

    /// A variable that holds a secret, and so is no setting; `nil` when it is empty or absent.
    func secret(_ name: String) -> String? { self.environment[name] }

    /// Where the value that counts was given.
    func origin(of key: String) -> ConfigurationFault.Origin {
        guard let setting = Setting.named(key) else { return .builtIn }
        return self.given(setting).last?.origin ?? .builtIn
    }
}

extension ConfigurationSources {
    /// The values of a setting in all places, the one that counts last.
    private func given(_ setting: Setting) -> [ConfigurationFile.Entry] {
        var given: [ConfigurationFile.Entry] = []
        if let entry = self.file?.entries[setting.key] { given.append(entry) }
        if let text = self.environment[setting.environmentName] {
            let texts = setting.isList ? Self.elements(of: text) : [text]
            given.append(.init(texts: texts, origin: .environment(name: setting.environmentName)))
        }
        if let texts = self.flags[setting.key] {
            given.append(.init(texts: texts, origin: .flag(name: setting.flagName)))
        }
        return given
    }

    private func faults(of setting: Setting) -> [ConfigurationFault] {
        self.given(setting).compactMap { entry in
            var scratch = RelayConfiguration()
            if setting.read(entry.texts, &scratch) { return nil }
            let value = entry.texts.joined(separator: ",")
            return ConfigurationFault(
                origin: entry.origin,
                message: "\(setting.key): expected \(setting.expected), not \"\(value)\""
            )
        }
    }

    /// The elements of a list that is written in one word, separated by commas.
    static func elements(of text: String) -> [String] {
        text.split(separator: ",").map { element in
            let start = element.drop { $0 == " " }
            return String(start.dropLast(start.reversed().prefix { $0 == " " }.count))
        }
    }
}
