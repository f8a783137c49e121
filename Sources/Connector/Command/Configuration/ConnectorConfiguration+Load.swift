private import Foundation
private import LogLines
private import Logging
private import Uplink
private import Upstream
private import Vocabulary

extension ConnectorConfiguration {
    /// Reads the file, the environment and the flags, in rising precedence, and refuses what cannot be meant.
    init(options: RunOptions, environment: [String: String]) throws {
        var file = ConnectorFile()
        if let path = options.config ?? environment["ADIT_CONFIG"] {
            guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
            else { throw Complaint("\(path): there is no such file, or it is not UTF-8 text") }
            file = try ConnectorFile(text: text, path: path)
        }
        let value = { (flag: String?, key: String) in
            flag ?? environment["ADIT_" + key.uppercased().replacing("-", with: "_")] ?? file.values[key]
        }
        guard let relay = value(options.relay, "relay") else {
            throw Complaint("no relay: say where it is with --relay https://… or ADIT_RELAY")
        }
        let allowsPlain = options.insecure || Self.isTrue(value(nil, "insecure"))
        self.relay = try RelayAddress(relay, allowsPlain: allowsPlain)
        self.token = try Self.token(options, environment, file)
        self.trust = try RelayTrust(
            authorityFile: value(options.caFile, "ca-file"),
            pin: value(options.pin, "pin")
        )
        if let certificate = value(options.clientCertificate, "client-certificate"),
            let key = value(options.clientKey, "client-key")
        {
            self.trust.clientCertificate = (certificate, key)
        }
        self.proxy = try Proxy.named(in: environment, for: self.relay)
        self.state = value(options.state, "state") ?? Self.stateDirectory(environment)
        self.model = value(options.model, "model")
        self.tunnels = try Self.number(value(options.tunnels, "tunnels"), "tunnels", 1...4) ?? 2
        self.drain = try Self.number(value(options.drain, "drain"), "drain", 0...86_400) ?? 600
        if let level = value(options.logLevel, "log-level") {
            guard let known = Logger.Level(rawValue: level) else {
                throw Complaint(
                    "log-level is «\(level)»; expected trace, debug, info, notice, warning, error or critical"
                )
            }
            self.logLevel = known
        }
        switch value(options.logFormat, "log-format") {
        case nil, "text": self.logFormat = .text
        case "json": self.logFormat = .json
        case let other?: throw Complaint("log-format is «\(other)»; expected text or json")
        }
        try self.readUpstreams(options, environment, file)
        self.choices += try options.deployment.map(Self.choice)
    }

    private mutating func readUpstreams(
        _ options: RunOptions,
        _ environment: [String: String],
        _ file: ConnectorFile
    ) throws {
        if options.demoModel {
            self.upstreams = [UpstreamConfiguration(address: .demo)]
        } else if let url = options.upstream ?? environment["ADIT_UPSTREAM"] {
            var upstream = UpstreamConfiguration(address: try UpstreamAddress(url))
            if let path = options.upstreamKeyFile ?? environment["ADIT_UPSTREAM_KEY_FILE"] {
                upstream.credential = try UpstreamCredential(file: path)
            } else if let key = environment["ADIT_UPSTREAM_KEY"] {
                upstream.credential = try UpstreamCredential(key)
            }
            self.upstreams = [upstream]
        } else {
            for (index, entry) in file.upstreams.enumerated() {
                self.upstreams.append(try Self.upstream(entry, environment))
                for deployment in entry.deployments {
                    self.choices.append(try Self.choice(deployment.name, deployment.model, upstream: index))
                }
            }
        }
    }

    private static func upstream(
        _ entry: ConnectorFile.UpstreamEntry,
        _ environment: [String: String]
    ) throws -> UpstreamConfiguration {
        var upstream = UpstreamConfiguration(
            address: try UpstreamAddress(entry.url),
            authorityFile: entry.caFile,
            verifiesCertificate: entry.verify
        )
        if let path = entry.keyFile {
            upstream.credential = try UpstreamCredential(file: path)
        } else if let variable = entry.keyVariable {
            guard let key = environment[variable] else {
                throw Complaint("the variable \(variable), which holds the key of \(entry.url), is not set")
            }
            upstream.credential = try UpstreamCredential(key)
        }
        return upstream
    }

    private static func token(
        _ options: RunOptions,
        _ environment: [String: String],
        _ file: ConnectorFile
    ) throws -> String {
        let text: String
        if let token = options.token {
            text = token
        } else if let path = options.tokenFile ?? environment["ADIT_TOKEN_FILE"] {
            text = try Self.secret(at: path)
        } else if let token = environment["ADIT_TOKEN"] {
            text = token
        } else if let path = file.values["token-file"] {
            text = try Self.secret(at: path)
        } else {
            throw Complaint(
                "no tunnel token: whoever hosts the relay makes one with «adit-relay token create NAME»; "
                    + "give it by ADIT_TOKEN or --token-file"
            )
        }
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Complaint("the tunnel token is empty, or holds characters that no token has")
        }
        return token
    }

    private static func secret(at path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Complaint("the token's file \(path) cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static func choice(_ text: String) throws -> DeploymentMap.Choice {
        guard let mark = text.firstIndex(of: "=") else {
            throw Complaint("--deployment is «\(text)»; expected NAME=MODEL")
        }
        return try self.choice(String(text[..<mark]), String(text[text.index(after: mark)...]), upstream: nil)
    }

    private static func choice(_ name: String, _ model: String, upstream: Int?) throws -> DeploymentMap.Choice {
        guard let deployment = DeploymentName(name), !model.isEmpty else {
            throw Complaint("«\(name)=\(model)» is not a deployment's name and a model")
        }
        return DeploymentMap.Choice(name: deployment, model: model, upstream: upstream)
    }

    private static func number(_ text: String?, _ key: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Complaint("\(key) is «\(text)»; expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func isTrue(_ text: String?) -> Bool { text == "true" || text == "1" || text == "yes" }

    /// Where programs keep what lasts longer than they do (XDG Base Directory Specification, `XDG_STATE_HOME`).
    static func stateDirectory(_ environment: [String: String]) -> String {
        let base = environment["XDG_STATE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return (base ?? (environment["HOME"] ?? "/tmp") + "/.local/state") + "/adit-connector"
    }
}
