import ConfigurationText
private import Uplink
internal import Upstream
private import Vocabulary

/// Makes a configuration of texts, and remembers what of them cannot be meant.
struct ConfigurationReader {
    let sources: ConfigurationSources
    var faults: [ConfigurationFault] = []

    init(_ sources: ConfigurationSources) {
        self.sources = sources
    }

    /// - Returns: `nil` when there is no relay or no token to speak of; then there is a fault.
    mutating func configuration(environment: [String: String]) -> ConnectorConfiguration? {
        var settings = ConnectorSettings(environment: environment)
        for setting in Setting.all { self.read(setting, &settings) }
        self.judge(StateDirectory(path: settings.state))
        let relay = self.relay(settings)
        let secret = self.token()
        let trust = self.trust()
        let upstreams = self.upstreams(settings)
        let choices = self.choices(upstreams: upstreams)
        let proxy = self.proxy(environment, for: relay)
        guard let relay, let secret, let trust else { return nil }
        return ConnectorConfiguration(
            relay: relay,
            token: secret.token,
            trust: trust,
            proxy: proxy,
            upstreams: upstreams.configurations,
            choices: choices,
            settings: settings,
            warnings: [secret.warning].compactMap(\.self)
        )
    }

    // MARK: The relay

    private mutating func relay(_ settings: ConnectorSettings) -> RelayAddress? {
        guard let value = self.sources.value("relay") else {
            self.fault(.builtIn, "no relay: say where it is with --relay https://… or ADIT_RELAY")
            return nil
        }
        return self.attempt(value, "relay") { try RelayAddress($0, allowsPlain: settings.insecure) }
    }

    private mutating func trust() -> RelayTrust? {
        let pin = self.sources.value("pin")
        var trust = pin.map { pin in self.attempt(pin, "pin") { try RelayTrust(pin: $0) } } ?? (try? RelayTrust())
        trust?.authorityFile = self.sources.value("ca-file")?.text
        let certificate = self.sources.value("client-certificate")
        let key = self.sources.value("client-key")
        switch (certificate, key) {
        case (let certificate?, let key?): trust?.clientCertificate = (certificate.text, key.text)
        case (let certificate?, nil): self.fault(certificate.origin, "client-certificate is given without client-key")
        case (nil, let key?): self.fault(key.origin, "client-key is given without client-certificate")
        case (nil, nil): break
        }
        if let trust, let culprit = self.sources.value("ca-file") ?? certificate, key != nil || certificate == nil {
            // Making the context is what reads the files.
            _ = self.attempt(culprit, nil) { _ in try trust.context() }
        }
        return trust
    }

    private mutating func proxy(_ environment: [String: String], for relay: RelayAddress?) -> Proxy? {
        guard let relay else { return nil }
        do {
            return try Proxy.named(in: environment, for: relay)
        } catch {
            self.fault(.environment(name: "HTTPS_PROXY"), "\(error)")
            return nil
        }
    }

    // MARK: Values

    /// One that was named must be one, or be possible to make; where none can be made by default, the connector goes without.
    private mutating func judge(_ state: StateDirectory) {
        guard let value = self.sources.value("state"), let obstacle = state.obstacle else { return }
        self.fault(
            value.origin,
            "state: \(obstacle) is no directory: expected the path of one, or of one that can be made"
        )
    }

    /// The value of a setting, where one is given, into those that hold when none is.
    mutating func read(_ setting: Setting, _ settings: inout ConnectorSettings) {
        guard let value = self.sources.value(setting.key), !setting.read(value.text, &settings) else { return }
        self.refuse(value, setting.key, expected: setting.expected)
    }

    /// The value of a member of `upstreams`, as far as it is given and possible.
    mutating func read<Value>(_ value: ConnectorFile.Value?, _ name: String, _ kind: ValueKind<Value>) -> Value? {
        guard let value else { return nil }
        guard let parsed = kind.parse(value.text) else {
            self.refuse(value, name, expected: kind.expected)
            return nil
        }
        return parsed
    }

    private mutating func refuse(_ value: ConnectorFile.Value, _ name: String, expected: String) {
        self.fault(value.origin, "\(name): expected \(expected), not \"\(value.text)\"")
    }

    /// Something made of a value; what is thrown is a sentence for people.
    mutating func attempt<Made>(
        _ value: ConnectorFile.Value,
        _ key: String?,
        _ make: (String) throws -> Made
    ) -> Made? {
        do {
            return try make(value.text)
        } catch {
            self.fault(value.origin, key.map { "\($0): \(error)" } ?? "\(error)")
            return nil
        }
    }

    mutating func fault(_ origin: ConfigurationFault.Origin, _ message: String) {
        self.faults.append(ConfigurationFault(origin: origin, message: message))
    }
}
