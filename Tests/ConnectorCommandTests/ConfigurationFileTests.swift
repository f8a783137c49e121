import ArgumentParser
import Foundation
import Testing
import Upstream

@testable import ConnectorCommand

@Suite("What a configuration file may say")
struct ConfigurationFileTests {
    @Test(
        "faults say where they are and what was expected",
        arguments: [
            ("relay", "c.yaml:1:1: expected keys and values, such as relay: https://relay.example.com"),
            ("[1]", "c.yaml:1:1: expected keys and values, such as relay: https://relay.example.com"),
            ("relay: https://r\ntunels: 2", "c.yaml:2:1: unknown key tunels; did you mean tunnels?"),
            ("relay: https://r\nupstream: http://h", "c.yaml:2:1: unknown key upstream; did you mean upstreams?"),
            ("relay: https://r\nlogLevel: info", "c.yaml:2:1: unknown key logLevel; did you mean log-level?"),
            ("relay: https://r\ncolour: red", "c.yaml:2:1: unknown key colour"),
            ("relay: https://r\ntunnels:", "c.yaml:2:1: tunnels: expected a whole number from 1 to 4"),
            ("relay: https://r\ntunnels: [1]", "c.yaml:2:10: tunnels: expected a whole number from 1 to 4"),
            ("relay: https://r\nstate: {a: b}", "c.yaml:2:8: state: expected a path"),
            ("relay: https://r\nstate: ''", "c.yaml:2:8: state: expected a path, not \"\""),
            ("relay: https://r\n? [a]\n: b", "c.yaml:2:3: expected the name of a setting"),
            (
                "relay: https://r\nupstream-key: x",
                "c.yaml:2:1: upstream-key: a secret does not belong into this file; give a file that holds it"
            ),
        ]
    )
    func faultsHavePlaces(_ text: String, _ expected: String) throws {
        let found = try faults(file: text).filter { !$0.hasPrefix("no relay") }
        #expect(found == [expected])
    }

    @Test(
        "text that is no YAML is refused with its place",
        arguments: ["relay: 'x", "a: b: c", "\tx", "relay: a\nrelay: b"]
    )
    func noYAML(_ text: String) throws {
        let found = try faults(file: text).filter { !$0.hasPrefix("no relay") }
        #expect(found.count == 1 && found.first?.hasPrefix("c.yaml:") == true, "\(found)")
    }

    @Test("every fault is told, those of the file in the order of its lines")
    func all() throws {
        let text = "tunnels: many\ncolour: red\nlog-level: loud\nrelay: http://far.example\n"
        let found = try faults(file: text, ["--drain", "never"], environment: ["ADIT_TUNNEL": "x"], secret: false)
        #expect(
            found.map { String($0.prefix { $0 != " " }) } == [
                "c.yaml:1:10:", "c.yaml:2:1:", "c.yaml:3:12:", "c.yaml:4:8:", "no", "--drain:", "ADIT_TUNNEL:",
            ]
        )
    }

    @Test("nothing and comments are an empty configuration", arguments: ["", "# nothing\n", "---\n", "{}"])
    func empty(_ text: String) throws {
        #expect(try load(file: text, ["--relay", "https://r"]).get().upstreams.isEmpty)
    }

    @Test("JSON is read as the YAML that it is")
    func json() throws {
        let text =
            #"{"relay": "https://r", "tunnels": 3, "upstreams": [{"url": "http:\/\/h", "verify": true}], "insecure": false}"#
        let configuration = try load(file: text).get()
        #expect(configuration.tunnels == 3)
        #expect(configuration.upstreams.map { "\($0.address)" } == ["http://h"])
    }

    @Test("the file is named by the flag or by the environment, the flag first")
    func named() throws {
        try inTemporaryDirectory { directory in
            let one = try "relay: https://one".written(to: directory + "/one")
            let other = try "relay: https://other".written(to: directory + "/other")
            #expect("\(try load(environment: ["ADIT_CONFIG": one]).get().relay)" == "https://one")
            #expect(
                "\(try load(["--config", other], environment: ["ADIT_CONFIG": one]).get().relay)" == "https://other"
            )
            let bytes = directory + "/bytes"
            try Data([0x61, 0xFF]).write(to: URL(filePath: bytes))
            #expect(try faults(["--config", bytes]) == ["\(bytes): this is not UTF-8 text"])
        }
        #expect(try faults(["--config", "/none"]) == ["/none: there is no such file, or it may not be read"])
    }

    @Test("certificates are looked at before anything starts")
    func certificates() throws {
        let flags = ["--relay", "https://r"]
        #expect(
            try faults(flags + ["--ca-file", "/none"]) == [
                "--ca-file: /none cannot be read or holds no certificate: expected PEM"
            ]
        )
        #expect(
            try faults(flags + ["--client-key", "/none"]) == [
                "--client-key: client-key is given without client-certificate"
            ]
        )
        #expect(
            try faults(flags + ["--client-certificate", "/none"]) == [
                "--client-certificate: client-certificate is given without client-key"
            ]
        )
        #expect(
            try faults(flags + ["--client-certificate", "/c", "--client-key", "/k"]) == [
                "--client-certificate: /c cannot be read or holds no certificate: expected PEM"
            ]
        )
    }

    @Test("--check shows every value and where it was given, but no secret")
    func check() throws {
        let options = try RunOptions.parse([
            "--relay", "https://r", "--upstream", "http://h:1", "--deployment", "a=b", "--tunnels", "3",
        ])
        let environment = [
            "ADIT_TOKEN": token, "ADIT_DRAIN": "300 s", "ADIT_UPSTREAM_KEY": "hidden", "HOME": "/home/x",
        ]
        let text = try ConnectorConfiguration.check(options: options, environment: environment)
        let lines = text.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(lines.first == "configuration is valid")
        for line in [
            "relay https://r (--relay)", "token (secret) (ADIT_TOKEN)", "upstream-key (secret) (ADIT_UPSTREAM_KEY)",
            "tunnels 3 (--tunnels)", "drain 5m (ADIT_DRAIN)", "log-level info (default)",
            "state /home/x/.local/state/adit-connector (default)", "upstream http://h:1", "deployment a → b",
        ] {
            #expect(lines.contains(line), "\(line) in \(text)")
        }
        #expect(!text.contains(token) && !text.contains("hidden"))
    }
}

@Suite("The documents")
struct DocumentTests {
    @Test("the example says every key that may stand in a file, with its default")
    func example() throws {
        let path = repository + "deploy/connector.example.yaml"
        let configuration = try load(["--config", path]).get()
        #expect(configuration.upstreams.count == 2 && configuration.choices.count == 1)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let file = ConnectorFile(text: text, path: path)
        for setting in Setting.all where setting.isInFile {
            if setting.isList || setting.standard.isEmpty || setting.standard.hasPrefix("$") {
                // What has no default stands there as a comment, or as a sample.
                #expect(text.contains("# \(setting.key):") || text.contains("\n\(setting.key):"), "\(setting.key)")
            } else {
                #expect(file.values[setting.key]?.text == setting.standard, "\(setting.key)")
            }
        }
        for member in ConnectorFile.upstreamMembers { #expect(text.contains("\(member): "), "\(member)") }
    }

    /// What stands there as a comment is valid too.
    @Test("every line of the example that is commented out can be used")
    func comments() throws {
        let text = try String(contentsOfFile: repository + "deploy/connector.example.yaml", encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.wholeMatch(of: /( *)# ( *[a-z-]+:.*)/).map { String($0.1 + $0.2) } ?? String(line)
        }
        let file = ConnectorFile(text: lines.joined(separator: "\n"), path: "example")
        #expect(file.faults.isEmpty, "\(file.faults)")
        let scalars = Setting.all.filter { $0.isInFile && !$0.isList }.map(\.key)
        #expect(Set(file.values.keys) == Set(scalars))
        #expect(Set(file.upstreams.flatMap { $0.members.keys }) == Set(ConnectorFile.upstreamMembers))
    }

    @Test("the reference says every key as the table does, and no other")
    func reference() throws {
        let text = try String(contentsOfFile: repository + "docs/connector-configuration.md", encoding: .utf8)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.filter { $0.hasPrefix("### ") } == Setting.all.map { "### `\($0.key)`" })
        let facts = lines.filter { $0.hasPrefix("`ADIT_") && $0.contains(" · ") }
        #expect(facts == Setting.all.map(\.facts))
        for member in ConnectorFile.upstreamMembers { #expect(text.contains("| `\(member)` |")) }
        #expect(!lines.contains { $0.count > 130 && !$0.hasPrefix("|") })
    }
}
