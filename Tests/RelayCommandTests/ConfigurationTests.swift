private import ArgumentParser
import ConfigurationText
import Testing
import Vocabulary

@testable import RelayCommand

@Suite("Every setting, from every place")
struct SettingTests {
    @Test("there is a sample for each key, and each key once")
    func complete() {
        #expect(SettingSample.all.map(\.key) == Setting.all.map(\.key))
        #expect(Set(Setting.all.map(\.environmentName)).count == Setting.all.count)
        #expect(Set(Setting.all.map(\.flagName)).count == Setting.all.count)
    }

    @Test("a file, the environment and a flag each set it", arguments: SettingSample.all)
    func places(_ sample: SettingSample) throws {
        for value in [sample.one, sample.other] {
            #expect(try shown(sample, file: value) == value)
            #expect(try shown(sample, environment: value) == value)
            #expect(try shown(sample, flag: value) == value)
        }
    }

    @Test("flags win over the environment, which wins over the file", arguments: SettingSample.all)
    func precedence(_ sample: SettingSample) throws {
        #expect(try shown(sample, file: sample.one, environment: sample.other) == sample.other)
        #expect(try shown(sample, environment: sample.one, flag: sample.other) == sample.other)
        #expect(try shown(sample, file: sample.one, flag: sample.other) == sample.other)
        #expect(try shown(sample, file: sample.other, environment: sample.other, flag: sample.one) == sample.one)
    }

    @Test("impossible values are refused in every place, even where they are overridden", arguments: SettingSample.all)
    func impossible(_ sample: SettingSample) throws {
        let setting = try #require(Setting.named(sample.key))
        for value in sample.impossible {
            let yaml = "# a comment\n\"\(sample.key)\": \"\(value)\"\n"
            let message = "\(setting.key): expected \(setting.expected), not \"\(value)\""
            let inFile = sources(yaml, environment: [:], flags: [sample.key: [sample.one]]).faults
            #expect(inFile.map(\.description) == ["relay.yaml:2:\(sample.key.count + 5): \(message)"])
            if !value.isEmpty {
                let inEnvironment = sources("", environment: [setting.environmentName: value], flags: [:]).faults
                #expect(inEnvironment.map(\.description) == ["\(setting.environmentName): \(message)"])
            }
            let inFlag = sources("", environment: [:], flags: [sample.key: [value]]).faults
            #expect(inFlag.map(\.description) == ["--\(setting.flagName): \(message)"])
            // Not even the part of it that would be possible counts.
            var configuration = RelayConfiguration()
            #expect(!setting.read(setting.isList ? [sample.one, value] : [value], &configuration))
            #expect(configuration == RelayConfiguration())
        }
    }

    @Test("what a setting shows, it reads again")
    func roundTrip() {
        for setting in Setting.all where !setting.defaultText.isEmpty {
            var configuration = RelayConfiguration()
            let texts = setting.isList ? ConfigurationSources.elements(of: setting.defaultText) : [setting.defaultText]
            #expect(setting.read(texts, &configuration), "\(setting.key)")
            #expect(configuration == RelayConfiguration(), "\(setting.key)")
        }
    }

    @Test("an empty variable counts as absent")
    func emptyVariable() {
        #expect(sources("threads: 3", environment: ["ADIT_THREADS": ""], flags: [:]).configuration.threads == 3)
    }

    /// The value that a key ends up with, as it is shown.
    private func shown(
        _ sample: SettingSample,
        file: String? = nil,
        environment: String? = nil,
        flag: String? = nil
    ) throws -> String {
        let setting = try #require(Setting.named(sample.key))
        var variables: [String: String] = ["PATH": "/bin"]
        if let environment { variables[setting.environmentName] = environment }
        let flags = try flag.map { try ServeOptions.parse(arguments(setting, $0)).given } ?? [:]
        let sources = sources(file.map { yaml(setting, $0) } ?? "", environment: variables, flags: flags)
        #expect(sources.faults.isEmpty)
        return setting.show(sources.configuration)
    }

    /// The value in sections, as people write it.
    private func yaml(_ setting: Setting, _ value: String) -> String {
        let parts = setting.key.split(separator: ".")
        var text = ""
        for (depth, part) in parts.enumerated() {
            text += String(repeating: "  ", count: depth) + "\(part):" + (depth < parts.count - 1 ? "\n" : " ")
        }
        let quoted = value.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ", ")
        return text + (setting.isList ? "[\(quoted)]" : "\"\(value)\"") + "\n"
    }

    private func arguments(_ setting: Setting, _ value: String) -> [String] {
        switch (setting.expected, value) {
        case ("true or false", "true"): ["--\(setting.flagName)"]
        case ("true or false", _): ["--no-\(setting.flagName)"]
        default: ["--\(setting.flagName)", value]
        }
    }
}

@Suite("What a configuration file may say")
struct ConfigurationFileTests {
    @Test(
        "faults say where they are and what was expected",
        arguments: [
            ("listen 8443", "relay.yaml:1:1: expected keys and values, such as listen: 127.0.0.1:8443"),
            ("[1]", "relay.yaml:1:1: expected keys and values, such as listen: 127.0.0.1:8443"),
            ("limits:\n  heder: 1", "relay.yaml:2:3: unknown key limits.heder; did you mean limits.header?"),
            ("\nlimit:\n  body: 1", "relay.yaml:2:1: unknown key limit; did you mean limits?"),
            (
                "timeouts:\n  firstByte: 1s",
                "relay.yaml:2:3: unknown key timeouts.firstByte; did you mean timeouts.first-byte?"
            ),
            ("dev_tls: true", "relay.yaml:1:1: unknown key dev_tls; did you mean dev-tls?"),
            ("colour: red", "relay.yaml:1:1: unknown key colour"),
            (
                "limits: 5",
                "relay.yaml:1:9: limits is a section: expected limits.body, limits.header, limits.bodies, "
                    + "limits.connections, limits.connections-per-address, limits.connects-per-address below it"
            ),
            ("threads:", "relay.yaml:1:1: threads has no value: expected a whole number from 0 to 1024"),
            ("threads: [1]", "relay.yaml:1:10: threads: expected a whole number from 0 to 1024, not a list"),
            ("data:\n  path: x", "relay.yaml:2:3: data: expected a path, not a section"),
            (
                "cors: {origins: [[a]]}",
                "relay.yaml:1:17: cors.origins: expected a list of origins such as https://app.example.com, or *"
            ),
            ("tls:\n  key: a\ntls.key: b", "relay.yaml:3:1: tls.key is given twice"),
            ("data: a\ndata: b", "relay.yaml:1:1: data is given twice"),
            ("? [a]\n: b", "relay.yaml:1:3: expected the name of a setting"),
            ("a: [", "relay.yaml:2:1: this is no YAML: while parsing a flow node: did not find expected node content"),
            (
                "data: a\n\tx: b",
                "relay.yaml:2:1: this is no YAML: while scanning a plain scalar: found a tab character that violates indentation"
            ),
        ]
    )
    func faults(_ text: String, _ expected: String) {
        #expect(ConfigurationFile(text: text, path: "relay.yaml").faults.map(\.description) == [expected])
    }

    @Test("every fault is told, in the order of the lines")
    func allFaults() {
        let text = "threads: many\ncolour: red\nlog:\n  level: loud\n"
        let lines = sources(text, environment: ["ADIT_LISTN": "x"], flags: ["drain": ["never"]]).faults.map(
            \.description
        )
        #expect(
            lines.map { $0.prefix { $0 != " " } } == [
                "relay.yaml:1:10:", "relay.yaml:2:1:", "relay.yaml:4:10:", "--drain:", "ADIT_LISTN:",
            ]
        )
        #expect(lines.last == "ADIT_LISTN: no such setting; did you mean ADIT_LISTEN?")
        let named = sources("", environment: ["ADIT_CONFIGS": "/etc/x", "ADIT_CONFIG": "/etc/x"], flags: [:])
        #expect(named.faults.map(\.description) == ["ADIT_CONFIGS: no such setting; did you mean ADIT_CONFIG?"])
    }

    @Test(
        "nothing, comments and empty sections are an empty configuration",
        arguments: ["", "# nothing\n", "tls:\n#  key: x\n", "---\n", "{}"]
    )
    func empty(_ text: String) {
        let file = ConfigurationFile(text: text, path: "relay.yaml")
        #expect(file.faults.isEmpty)
        #expect(file.entries.isEmpty)
    }

    @Test("JSON is read as the YAML that it is")
    func json() {
        let text = """
            {
            \t"listen": "[::1]:1",
            \t"limits": {"body": 2048},
            \t"insecure": true, "cors": {"origins": ["http:\\/\\/a", "http://b"]}
            }
            """
        let sources = sources(text, environment: [:], flags: [:])
        #expect(sources.faults.isEmpty)
        #expect(sources.configuration.listen == HostAndPort(host: "::1", port: 1))
        #expect(sources.configuration.limits.body == 2048)
        #expect(sources.configuration.insecure)
        #expect(sources.configuration.cors.origins == ["http://a", "http://b"])
    }

    @Test("other programs' variables are left alone")
    func foreignVariables() {
        let environment = [
            "ADIT_TOKEN": "x", "ADIT_RELAY": "x", "ADIT_UPSTREAM": "x", "ADIT_TUNNELS": "x", "ADIT_MODEL": "x",
            "ADIT_STATE": "x", "ADIT_PIN": "x", "ADIT_CA_FILE": "x", "ADIT_TOKEN_FILE": "x", "ADIT_CONFIG": "x",
            "ADIT_DEPLOYMENT": "x", "ADIT_PORT": "x", "ADIT_SERVICE_HOST": "x", "ADIT_PORT_8443_TCP": "x",
        ]
        #expect(sources("", environment: environment, flags: [:]).faults.isEmpty)
    }
}

/// The three places together.
func sources(_ yaml: String, environment: [String: String], flags: [String: [String]]) -> ConfigurationSources {
    let file = ConfigurationFile(text: yaml, path: "relay.yaml")
    return ConfigurationSources(file: file, environment: environment, flags: flags)
}
