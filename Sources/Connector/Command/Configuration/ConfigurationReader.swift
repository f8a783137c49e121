import ConfigurationText
private import Foundation
private import LogLines
private import Logging
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
        let relay = self.relay()
        let secret = self.token()
        let trust = self.trust()
        let model = self.sources.value("model")?.text
        let carrier = self.read("carrier") { CarrierChoice(rawValue: $0) }
        let tunnels = self.read("tunnels") { text in Int(text).flatMap { (1...4).contains($0) ? $0 : nil } }
        let drain = self.read("drain", Self.time)
        let resumeTime = self.read("resume-time") { text in
            Self.time(text).flatMap { $0 <= .seconds(300) ? $0 : nil }
        }
        let resumeBuffer = self.read("resume-buffer", Self.size)
        let deadAfter = self.read("dead-after") { text in Self.time(text).flatMap { $0 >= .seconds(1) ? $0 : nil } }
        let level = self.read("log-level") { Logger.Level(rawValue: $0) }
        let format = self.read("log-format", Self.format)
        let native = self.read("native") { NativeUse(rawValue: $0) } ?? .auto
        let upstreams = self.upstreams(native)
        let choices = self.choices(upstreams: upstreams)
        let proxy = self.proxy(environment, for: relay)
        guard let relay, let secret, let trust else { return nil }
        var configuration = ConnectorConfiguration(
            relay: relay,
            token: secret.token,
            trust: trust,
            proxy: proxy,
            upstreams: upstreams.configurations,
            native: native,
            model: model,
            choices: choices,
            state: self.sources.value("state")?.text ?? ConnectorConfiguration.stateDirectory(environment),
            warnings: [secret.warning].compactMap(\.self)
        )
        if let carrier { configuration.carrier = carrier }
        if let tunnels { configuration.tunnels = tunnels }
        if let drain { configuration.drain = drain }
        if let resumeTime { configuration.resumeTime = resumeTime }
        if let resumeBuffer { configuration.resumeBuffer = resumeBuffer }
        if let deadAfter { configuration.deadAfter = deadAfter }
        if let level { configuration.logLevel = level }
        if let format { configuration.logFormat = format }
        return configuration
    }

    // MARK: The relay

    private mutating func relay() -> RelayAddress? {
        let allowsPlain = self.read("insecure", Self.truth) ?? false
        guard let value = self.sources.value("relay") else {
            self.fault(.builtIn, "no relay: say where it is with --relay https://… or ADIT_RELAY")
            return nil
        }
        return self.attempt(value, "relay") { try RelayAddress($0, allowsPlain: allowsPlain) }
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

    // MARK: Kinds of values

    /// The value of a key, as far as it is given and possible.
    mutating func read<Value>(_ key: String, _ parse: (String) -> Value?) -> Value? {
        guard let value = self.sources.value(key), let setting = Setting.named(key) else { return nil }
        guard let parsed = parse(value.text) else {
            self.fault(value.origin, "\(key): expected \(setting.expected), not \"\(value.text)\"")
            return nil
        }
        return parsed
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

    static func truth(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    private static func format(_ text: String) -> LineLogHandler.Format? {
        switch text {
        case "text": .text
        case "json": .json
        default: nil
        }
    }

    /// A size such as `65536`, `64KiB` or `1MiB`, from 64 KiB to 64 MiB.
    private static func size(_ text: String) -> Int? {
        let units: [(name: String, bytes: Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("", 1)]
        guard let unit = units.first(where: { text.hasSuffix($0.name) }),
            let count = Int(text.dropLast(unit.name.count)), count >= 0, count <= 64 << 20
        else { return nil }
        let bytes = count * unit.bytes
        return (64 << 10...64 << 20).contains(bytes) ? bytes : nil
    }

    /// A time such as `600`, `600s`, `1.5m`, `10m` or `24h`, up to a day.
    private static func time(_ text: String) -> Duration? {
        let units: [(name: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3_600), ("", 1)]
        guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
        let number = text.dropLast(unit.name.count)
        guard number.allSatisfy({ "0123456789.".contains($0) }), let count = Double(number) else { return nil }
        let seconds = count * unit.seconds
        return seconds <= 86_400 ? .milliseconds(Int64(seconds * 1_000)) : nil
    }
}
