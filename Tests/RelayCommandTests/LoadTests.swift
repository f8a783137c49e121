private import ArgumentParser
import ConfigurationText
private import FoundationEssentials
import Testing

@testable import RelayCommand

@Suite("Loading and checking")
struct LoadTests {
    @Test("the file is named by the flag or by the environment, the flag first")
    func file() throws {
        try inTemporaryDirectory { directory in
            try Data("threads: 2".utf8).write(to: URL(filePath: directory + "/a.yaml"))
            try Data("threads: 3".utf8).write(to: URL(filePath: directory + "/b.yaml"))
            let environment = ["ADIT_CONFIG": directory + "/a.yaml"]
            let options = try ServeOptions.parse(["--config", directory + "/b.yaml"])
            #expect(try RelayConfiguration.load(options: ServeOptions.parse([]), environment: environment).threads == 2)
            #expect(try RelayConfiguration.load(options: options, environment: environment).threads == 3)
            #expect(
                try RelayConfiguration.load(options: ServeOptions.parse([]), environment: [:]) == RelayConfiguration()
            )
        }
    }

    @Test("a file that is not there, or is no text, is a fault")
    func unreadable() throws {
        try inTemporaryDirectory { directory in
            #expect(
                try faults(["--config", directory + "/none.yaml"])
                    == ["\(directory)/none.yaml: there is no such file, or it may not be read"]
            )
            try Data([0x61, 0xFF]).write(to: URL(filePath: directory + "/x.yaml"))
            #expect(try faults(["--config", directory + "/x.yaml"]) == ["\(directory)/x.yaml: this is not UTF-8 text"])
        }
    }

    @Test("a certificate needs its key, and files that exist")
    func certificate() throws {
        #expect(
            try faults(["--tls-certificate", "a.pem"])
                == ["--tls-certificate: tls.certificate is given without tls.key: expected both"]
        )
        #expect(
            try faults(["--tls-key", "a.pem"]) == ["--tls-key: tls.key is given without tls.certificate: expected both"]
        )
        #expect(
            try faults(["--tls-key", "/none/k", "--tls-certificate", "/none/c", "--dev-tls"]) == [
                "--dev-tls: dev-tls and tls.certificate are both given: expected one of them",
                "--tls-certificate: there is no file /none/c, or it may not be read",
                "--tls-key: there is no file /none/k, or it may not be read",
            ]
        )
    }

    @Test("a certificate that cannot be used is refused before anything starts")
    func unusableCertificate() throws {
        try inTemporaryDirectory { directory in
            let one = try DevelopmentCertificate.ready(in: DataDirectory(path: directory + "/one"), now: Date())
            let two = try DevelopmentCertificate.ready(in: DataDirectory(path: directory + "/two"), now: Date())
            let pair = { (certificate: String, key: String) in
                try self.faults(["--tls-certificate", certificate, "--tls-key", key])
            }
            #expect(try pair(one.certificatePath, one.keyPath) == [])
            #expect(
                try pair(one.certificatePath, two.keyPath)
                    == ["--tls-key: \(two.keyPath) is not the key of the certificate in \(one.certificatePath)"]
            )
            #expect(
                try pair(one.keyPath, one.keyPath)
                    == ["--tls-certificate: \(one.keyPath) holds no certificate: expected PEM"]
            )
            #expect(
                try pair(one.certificatePath, one.certificatePath)
                    == ["--tls-key: \(one.certificatePath) holds no private key: expected PEM, not encrypted"]
            )
        }
    }

    @Test(
        "plain HTTP stays on loopback unless it is asked for",
        arguments: ["127.0.0.1:1", "[::1]:1", "localhost:0", "127.9.9.9:1"]
    )
    func loopback(_ address: String) throws {
        #expect(try faults(["--listen", address]).isEmpty)
    }

    @Test(
        "plain HTTP beyond loopback is refused",
        arguments: ["0.0.0.0:1", "[::]:1", "relay.example:443", "127.0.0.1.example:1", "[::2]:1"]
    )
    func beyondLoopback(_ address: String) throws {
        let fault = try #require(faults(["--listen", address]).first)
        #expect(fault.hasPrefix("--listen: listen: \(address) can be reached by other machines"))
        #expect(try faults(["--listen", address, "--insecure"]).isEmpty)
        #expect(try faults(["--listen", address, "--dev-tls"]).isEmpty)
    }

    @Test("one body must fit into what all may take")
    func bodies() throws {
        let arguments = ["--limits-body", "32MiB", "--limits-bodies"]
        #expect(
            try faults(arguments + ["16MiB"]) == [
                "--limits-bodies: limits.bodies: 16MiB for all bodies is less than limits.body for one, 32MiB: "
                    + "expected as much at least, or a smaller limits.body"
            ]
        )
        #expect(try faults(arguments + ["32MiB"]).isEmpty)
    }

    @Test("--check shows every value and where it was given")
    func check() throws {
        let options = try ServeOptions.parse(["--check", "--threads", "2"])
        #expect(options.check)
        let lines = try RelayConfiguration.check(options: options, environment: ["ADIT_DRAIN": "5"]).split(
            separator: "\n"
        )
        #expect(lines.first == "configuration is valid")
        #expect(lines.count == Setting.all.count + 1)
        // In columns, whose width is that of the longest.
        #expect(Set(lines.dropFirst().map { $0.lastIndex(of: "(")?.utf16Offset(in: $0) }).count == 1)
        let words = lines.map { $0.split(separator: " ") }
        #expect(words.contains(["threads", "2", "(--threads)"]))
        #expect(words.contains(["drain", "5s", "(ADIT_DRAIN)"]))
        #expect(words.contains(["listen", "127.0.0.1:8443", "(default)"]))
    }

    @Test("the secret of alerts in the environment is looked at too, and never said")
    func alertsSecret() throws {
        let arguments = ["--alerts-url", "https://ops.example.com/adit"]
        let fault = try #require(try faults(arguments, environment: ["ADIT_ALERTS_SECRET": "tooshort"]).first)
        let expected = "expected whsec_ and base64 of 24 to 64 bytes, or 16 characters at least"
        #expect(fault == "ADIT_ALERTS_SECRET: this is no secret for alerts: \(expected)")
        for environment in [[:], ["ADIT_ALERTS_SECRET": ""], ["ADIT_ALERTS_SECRET": "0123456789abcdef"]] {
            #expect(try faults(arguments, environment: environment).isEmpty)
        }
        // Without alerts nobody needs it.
        #expect(try faults([], environment: ["ADIT_ALERTS_SECRET": "tooshort"]).isEmpty)
    }

    private func faults(_ arguments: [String], environment: [String: String] = [:]) throws -> [String] {
        do {
            _ = try RelayConfiguration.load(options: ServeOptions.parse(arguments), environment: environment)
            return []
        } catch let faults as ConfigurationFaults {
            return faults.faults.map(\.description)
        }
    }
}

@Suite("The documents")
struct DocumentTests {
    @Test("the example says every key, with its default")
    func example() throws {
        let path = repository + "/deploy/relay.example.yaml"
        let options = try ServeOptions.parse(["--config", path])
        #expect(try RelayConfiguration.load(options: options, environment: [:]) == RelayConfiguration())
        let text = try #require(FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) })
        let file = ConfigurationFile(text: text, path: path)
        // What has no default stands there as a comment.
        #expect(Set(file.entries.keys) == Set(Setting.all.filter { !$0.defaultText.isEmpty }.map(\.key)))
        for setting in Setting.all where setting.defaultText.isEmpty {
            let name = try #require(setting.key.split(separator: ".").last)
            #expect(text.contains("#  \(name): ") || text.contains("# \(name): "))
        }
    }

    @Test("the reference says every key as the table does, and no other")
    func reference() throws {
        let data = try #require(FileManager.default.contents(atPath: repository + "/docs/relay-configuration.md"))
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        let headings = lines.filter { $0.hasPrefix("### ") }
        #expect(headings == Setting.all.map { "### `\($0.key)`" })
        let facts = lines.filter { $0.hasPrefix("`ADIT_") }
        #expect(
            facts
                == Setting.all.map { setting in
                    let standard = setting.defaultText.isEmpty ? "no default" : "default `\(setting.defaultText)`"
                    return "`\(setting.environmentName)` · `--\(setting.flagName)` · \(standard) · \(setting.expected)"
                }
        )
    }

    /// The root of the repository that this file lies in.
    private var repository: String {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
    }
}
