internal import ArgumentParser

/// The flags that say what a connector is to be: one for each ``Setting`` that is one, and the file of the others.
///
/// They are all taken as text; what they may be is decided in one place for all sources.
struct RunOptions: ParsableArguments {
    @Option(help: "YAML or JSON file with settings.", completion: .file())
    var config: String?

    @Option(help: .setting("relay"))
    var relay: String?

    @Option(help: .setting("token"))
    var token: String?

    @Option(help: .setting("token-file"), completion: .file())
    var tokenFile: String?

    @Option(help: .setting("upstreams"))
    var upstream: [String] = []

    @Option(help: .setting("upstream-key-file"), completion: .file())
    var upstreamKeyFile: String?

    @Flag(inversion: .prefixedNo, help: .setting("demo-model"))
    var demoModel: Bool?

    @Option(help: .setting("native"))
    var native: String?

    @Option(help: .setting("model"))
    var model: String?

    @Option(help: .setting("deployments"))
    var deployment: [String] = []

    @Option(help: .setting("ca-file"), completion: .file())
    var caFile: String?

    @Option(help: .setting("pin"))
    var pin: String?

    @Option(help: .setting("client-certificate"), completion: .file())
    var clientCertificate: String?

    @Option(help: .setting("client-key"), completion: .file())
    var clientKey: String?

    @Flag(inversion: .prefixedNo, help: .setting("insecure"))
    var insecure: Bool?

    @Option(help: .setting("carrier"))
    var carrier: String?

    @Option(help: .setting("tunnels"))
    var tunnels: String?

    @Option(help: .setting("drain"))
    var drain: String?

    @Option(help: .setting("resume-time"))
    var resumeTime: String?

    @Option(help: .setting("resume-buffer"))
    var resumeBuffer: String?

    @Option(help: .setting("dead-after"))
    var deadAfter: String?

    @Option(help: .setting("state"), completion: .directory)
    var state: String?

    @Option(help: .setting("log-level"))
    var logLevel: String?

    @Option(help: .setting("log-format"))
    var logFormat: String?
}

extension RunOptions {
    /// What was given, by the setting's key.
    var given: [String: [String]] {
        let texts: [String: String?] = [
            "relay": self.relay,
            "token": self.token,
            "token-file": self.tokenFile,
            "upstream-key-file": self.upstreamKeyFile,
            "demo-model": self.demoModel.map(String.init),
            "native": self.native,
            "model": self.model,
            "ca-file": self.caFile,
            "pin": self.pin,
            "client-certificate": self.clientCertificate,
            "client-key": self.clientKey,
            "insecure": self.insecure.map(String.init),
            "carrier": self.carrier,
            "tunnels": self.tunnels,
            "drain": self.drain,
            "resume-time": self.resumeTime,
            "resume-buffer": self.resumeBuffer,
            "dead-after": self.deadAfter,
            "state": self.state,
            "log-level": self.logLevel,
            "log-format": self.logFormat,
        ]
        var given = texts.compactMapValues { text in text.map { [$0] } }
        if !self.upstream.isEmpty { given["upstreams"] = self.upstream }
        if !self.deployment.isEmpty { given["deployments"] = self.deployment }
        return given
    }
}

extension ArgumentHelp {
    /// What a setting does, and what it is when nothing is said.
    fileprivate static func setting(_ key: String) -> ArgumentHelp {
        let setting = Setting[key]
        let standard = setting.standard.isEmpty ? "" : " (default: \(setting.standard))"
        let names = [
            "relay": "url", "upstreams": "url", "deployments": "name=model", "drain": "time", "resume-time": "time",
            "resume-buffer": "size", "dead-after": "time", "pin": "sha256",
        ]
        let name = names[key] ?? (setting.expected == "a path" ? "path" : nil)
        return ArgumentHelp("\(setting.summary)\(standard)", valueName: name)
    }
}
