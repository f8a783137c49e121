internal import ArgumentParser

/// The flags of `adit-relay serve`: one for each ``Setting``, and the three that are no settings.
///
/// They are all taken as text; what they may be is decided in one place for all sources.
struct ServeOptions: ParsableArguments {
    @Option(name: .customLong("config"), help: "YAML or JSON file with settings.", completion: .file())
    var config: String?

    @Flag(name: .customLong("check"), help: "Say whether the configuration is valid, and end.")
    var check = false

    @Flag(
        name: .customLong("take-over"),
        help: "Take the place of the relay that runs on the same data directory, if one does, without a call failing."
    )
    var takeOver = false

    @Option(name: .setting("data"), help: .setting("data"), completion: .directory)
    var data: String?

    @Option(name: .setting("listen"), help: .setting("listen"))
    var listen: String?

    @Option(name: .setting("listen-plain"), help: .setting("listen-plain"))
    var listenPlain: String?

    @Option(name: .setting("trusted-proxies"), help: .setting("trusted-proxies"))
    var trustedProxies: [String] = []

    @Flag(
        name: .setting("proxy-protocol.listen"),
        inversion: .prefixedNo,
        help: .setting("proxy-protocol.listen")
    )
    var proxyProtocolListen: Bool?

    @Flag(
        name: .setting("proxy-protocol.listen-plain"),
        inversion: .prefixedNo,
        help: .setting("proxy-protocol.listen-plain")
    )
    var proxyProtocolListenPlain: Bool?

    @Option(name: .setting("tls.certificate"), help: .setting("tls.certificate"), completion: .file())
    var tlsCertificate: String?

    @Option(name: .setting("tls.key"), help: .setting("tls.key"), completion: .file())
    var tlsKey: String?

    @Flag(name: .setting("dev-tls"), inversion: .prefixedNo, help: .setting("dev-tls"))
    var developmentTLS: Bool?

    @Flag(name: .setting("insecure"), inversion: .prefixedNo, help: .setting("insecure"))
    var insecure: Bool?

    @Option(name: .setting("threads"), help: .setting("threads"))
    var threads: String?

    @Option(name: .setting("log.level"), help: .setting("log.level"))
    var logLevel: String?

    @Option(name: .setting("log.format"), help: .setting("log.format"))
    var logFormat: String?

    @Option(name: .setting("limits.body"), help: .setting("limits.body"))
    var bodyLimit: String?

    @Option(name: .setting("limits.header"), help: .setting("limits.header"))
    var headerLimit: String?

    @Option(name: .setting("limits.bodies"), help: .setting("limits.bodies"))
    var bodiesLimit: String?

    @Option(name: .setting("limits.connections"), help: .setting("limits.connections"))
    var connectionsLimit: String?

    @Option(name: .setting("limits.connections-per-address"), help: .setting("limits.connections-per-address"))
    var connectionsPerAddressLimit: String?

    @Option(name: .setting("limits.connects-per-address"), help: .setting("limits.connects-per-address"))
    var connectsPerAddressLimit: String?

    @Option(name: .setting("timeouts.header"), help: .setting("timeouts.header"))
    var headerTimeout: String?

    @Option(name: .setting("timeouts.body"), help: .setting("timeouts.body"))
    var bodyTimeout: String?

    @Option(name: .setting("timeouts.first-byte"), help: .setting("timeouts.first-byte"))
    var firstByteTimeout: String?

    @Option(name: .setting("timeouts.idle"), help: .setting("timeouts.idle"))
    var idleTimeout: String?

    @Option(name: .setting("timeouts.keep-alive"), help: .setting("timeouts.keep-alive"))
    var keepAliveTimeout: String?

    @Option(name: .setting("timeouts.resume"), help: .setting("timeouts.resume"))
    var resumeTimeout: String?

    @Option(name: .setting("timeouts.tunnel"), help: .setting("timeouts.tunnel"))
    var tunnelTimeout: String?

    @Option(name: .setting("stream.keepalive"), help: .setting("stream.keepalive"))
    var streamKeepalive: String?

    @Option(name: .setting("stream.hold"), help: .setting("stream.hold"))
    var streamHold: String?

    @Option(name: .setting("stream.in-progress"), help: .setting("stream.in-progress"))
    var streamInProgress: String?

    @Option(name: .setting("websocket.ping"), help: .setting("websocket.ping"))
    var webSocketPing: String?

    @Option(name: .setting("websocket.age"), help: .setting("websocket.age"))
    var webSocketAge: String?

    @Flag(name: .setting("responses.persist"), inversion: .prefixedNo, help: .setting("responses.persist"))
    var persistResponses: Bool?

    @Option(name: .setting("responses.keep"), help: .setting("responses.keep"))
    var responsesKeep: String?

    @Option(name: .setting("responses.memory"), help: .setting("responses.memory"))
    var responsesMemory: String?

    @Option(name: .setting("drain"), help: .setting("drain"))
    var drain: String?

    @Option(name: .setting("hold.time"), help: .setting("hold.time"))
    var holdTime: String?

    @Option(name: .setting("hold.calls"), help: .setting("hold.calls"))
    var holdCalls: String?

    @Option(name: .setting("queue.time"), help: .setting("queue.time"))
    var queueTime: String?

    @Option(name: .setting("queue.calls"), help: .setting("queue.calls"))
    var queueCalls: String?

    @Option(name: .setting("capacity.time"), help: .setting("capacity.time"))
    var capacityTime: String?

    @Option(name: .setting("capacity.calls"), help: .setting("capacity.calls"))
    var capacityCalls: String?

    @Option(name: .setting("capacity.ignore"), help: .setting("capacity.ignore"))
    var unlimited: [String] = []

    @Option(name: .setting("placement.affinity"), help: .setting("placement.affinity"))
    var affine: [String] = []

    @Option(name: .setting("cors.origins"), help: .setting("cors.origins"))
    var origins: [String] = []

    @Option(name: .setting("errors.codes"), help: .setting("errors.codes"))
    var errorCodes: [String] = []

    @Option(name: .setting("errors.upstream-text"), help: .setting("errors.upstream-text"))
    var upstreamText: String?

    @Flag(name: .setting("images.fetch"), inversion: .prefixedNo, help: .setting("images.fetch"))
    var fetchesImages: Bool?

    @Option(name: .setting("images.size"), help: .setting("images.size"))
    var imageSize: String?

    @Option(name: .setting("images.count"), help: .setting("images.count"))
    var imageCount: String?

    @Option(name: .setting("images.timeout"), help: .setting("images.timeout"))
    var imageTimeout: String?

    @Option(name: .setting("images.allow"), help: .setting("images.allow"))
    var imageHosts: [String] = []

    @Flag(name: .setting("think-tags"), inversion: .prefixedNo, help: .setting("think-tags"))
    var thinkTags: Bool?

    @Option(name: .setting("keys.prefix"), help: .setting("keys.prefix"))
    var keyPrefix: String?

    @Option(name: .setting("metrics.networks"), help: .setting("metrics.networks"))
    var metricsNetworks: [String] = []

    @Flag(name: .setting("administration.api"), inversion: .prefixedNo, help: .setting("administration.api"))
    var administrationAPI: Bool?

    @Option(name: .setting("administration.networks"), help: .setting("administration.networks"))
    var administrationNetworks: [String] = []

    @Option(name: .setting("administration.audit"), help: .setting("administration.audit"))
    var auditKeep: String?

    @Option(name: .setting("alerts.url"), help: .setting("alerts.url"))
    var alertURL: String?

    @Option(name: .setting("alerts.secret-file"), help: .setting("alerts.secret-file"), completion: .file())
    var alertSecretFile: String?

    @Flag(name: .setting("alerts.private"), inversion: .prefixedNo, help: .setting("alerts.private"))
    var allowsPrivateAlerts: Bool?

    @Option(name: .setting("alerts.offline"), help: .setting("alerts.offline"))
    var alertOffline: String?

    @Option(name: .setting("alerts.error-percent"), help: .setting("alerts.error-percent"))
    var alertErrorPercent: String?

    @Option(name: .setting("alerts.error-window"), help: .setting("alerts.error-window"))
    var alertErrorWindow: String?

    @Option(name: .setting("alerts.error-calls"), help: .setting("alerts.error-calls"))
    var alertErrorCalls: String?

    @Option(name: .setting("alerts.low-balance"), help: .setting("alerts.low-balance"))
    var alertLowBalance: String?

    @Option(name: .setting("billing.unit"), help: .setting("billing.unit"))
    var billingUnit: String?

    @Option(name: .setting("billing.assumed-output"), help: .setting("billing.assumed-output"))
    var assumedOutput: String?

    @Option(name: .setting("usage.record"), help: .setting("usage.record"))
    var usageRecord: String?

    @Option(name: .setting("usage.retention"), help: .setting("usage.retention"))
    var usageRetention: String?

    @Flag(name: .setting("usage.addresses"), inversion: .prefixedNo, help: .setting("usage.addresses"))
    var usageAddresses: Bool?
}

extension ServeOptions {
    /// What was given, by the setting's key.
    var given: [String: [String]] {
        let texts: [String: String?] = [
            "data": self.data,
            "listen": self.listen,
            "listen-plain": self.listenPlain,
            "tls.certificate": self.tlsCertificate,
            "tls.key": self.tlsKey,
            "dev-tls": self.developmentTLS.map(String.init),
            "insecure": self.insecure.map(String.init),
            "responses.persist": self.persistResponses.map(String.init),
            "threads": self.threads,
            "log.level": self.logLevel,
            "log.format": self.logFormat,
            "limits.body": self.bodyLimit,
            "limits.header": self.headerLimit,
            "limits.bodies": self.bodiesLimit,
            "limits.connections": self.connectionsLimit,
            "limits.connections-per-address": self.connectionsPerAddressLimit,
            "limits.connects-per-address": self.connectsPerAddressLimit,
            "proxy-protocol.listen": self.proxyProtocolListen.map(String.init),
            "proxy-protocol.listen-plain": self.proxyProtocolListenPlain.map(String.init),
            "timeouts.header": self.headerTimeout,
            "timeouts.body": self.bodyTimeout,
            "timeouts.first-byte": self.firstByteTimeout,
            "timeouts.idle": self.idleTimeout,
            "timeouts.keep-alive": self.keepAliveTimeout,
            "timeouts.resume": self.resumeTimeout,
            "timeouts.tunnel": self.tunnelTimeout,
            "stream.keepalive": self.streamKeepalive,
            "stream.hold": self.streamHold,
            "stream.in-progress": self.streamInProgress,
            "websocket.ping": self.webSocketPing,
            "websocket.age": self.webSocketAge,
            "responses.keep": self.responsesKeep,
            "responses.memory": self.responsesMemory,
            "drain": self.drain,
            "capacity.time": self.capacityTime,
            "capacity.calls": self.capacityCalls,
            "hold.time": self.holdTime,
            "queue.time": self.queueTime,
            "queue.calls": self.queueCalls,
            "hold.calls": self.holdCalls,
            "errors.upstream-text": self.upstreamText,
            "images.fetch": self.fetchesImages.map(String.init),
            "images.size": self.imageSize,
            "images.count": self.imageCount,
            "images.timeout": self.imageTimeout,
            "think-tags": self.thinkTags.map(String.init),
            "keys.prefix": self.keyPrefix,
            "administration.api": self.administrationAPI.map(String.init),
            "administration.audit": self.auditKeep,
            "alerts.url": self.alertURL,
            "alerts.secret-file": self.alertSecretFile,
            "alerts.private": self.allowsPrivateAlerts.map(String.init),
            "alerts.offline": self.alertOffline,
            "alerts.error-percent": self.alertErrorPercent,
            "alerts.error-window": self.alertErrorWindow,
            "alerts.error-calls": self.alertErrorCalls,
            "alerts.low-balance": self.alertLowBalance,
            "billing.unit": self.billingUnit,
            "billing.assumed-output": self.assumedOutput,
            "usage.record": self.usageRecord,
            "usage.retention": self.usageRetention,
            "usage.addresses": self.usageAddresses.map(String.init),
        ]
        var given = texts.compactMapValues { text in text.map { [$0] } }
        if !self.origins.isEmpty {
            given["cors.origins"] = self.origins.flatMap(ConfigurationSources.elements(of:))
        }
        if !self.trustedProxies.isEmpty {
            given["trusted-proxies"] = self.trustedProxies.flatMap(ConfigurationSources.elements(of:))
        }
        if !self.unlimited.isEmpty {
            given["capacity.ignore"] = self.unlimited.flatMap(ConfigurationSources.elements(of:))
        }
        if !self.affine.isEmpty {
            given["placement.affinity"] = self.affine.flatMap(ConfigurationSources.elements(of:))
        }
        if !self.errorCodes.isEmpty {
            given["errors.codes"] = self.errorCodes.flatMap(ConfigurationSources.elements(of:))
        }
        if !self.imageHosts.isEmpty {
            given["images.allow"] = self.imageHosts.flatMap(ConfigurationSources.elements(of:))
        }
        if !self.metricsNetworks.isEmpty {
            given["metrics.networks"] = self.metricsNetworks.flatMap(ConfigurationSources.elements(of:))
        }
        if !self.administrationNetworks.isEmpty {
            given["administration.networks"] = self.administrationNetworks.flatMap(ConfigurationSources.elements(of:))
        }
        return given
    }
}

extension NameSpecification {
    /// The flag of a setting.
    fileprivate static func setting(_ key: String) -> NameSpecification {
        .customLong(Setting.named(key)?.flagName ?? key)
    }
}

extension ArgumentHelp {
    /// What a setting does, what it may be, and what it is when nothing is said.
    fileprivate static func setting(_ key: String) -> ArgumentHelp {
        guard let setting = Setting.named(key) else { return "" }
        let standard = setting.defaultText.isEmpty ? "" : " (default: \(setting.defaultText))"
        let kinds = ["path", "size", "time"]
        let kind = kinds.first { setting.expected.hasPrefix("a \($0)") }
        let name = kind ?? setting.key.split(separator: ".").last.map(String.init)
        return ArgumentHelp("\(setting.summary)\(standard)", valueName: name)
    }
}
