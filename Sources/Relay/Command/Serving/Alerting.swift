private import Accounts
private import Administration
internal import Alerts
private import Foundation
private import Ledger
internal import Logging
private import Routing
internal import Telemetry
private import Terminal
private import Vocabulary
private import WebClient

/// Watches the relay and tells its operator, as the configuration wants it.
struct Alerting {
    let service: AlertService
    let counts = AlertCounts()

    /// - Returns: `nil` when the configuration names nobody to tell.
    init?(_ ground: Groundwork, status: RelayStatus, metrics: Metrics, logger: Logger) throws {
        let (configuration, machinery) = (ground.configuration.alerts, ground.machinery)
        let (registry, ledger, directory) = (ground.registry, ground.ledger, ground.directory)
        guard let url = configuration.url else { return nil }
        let sender = try WebhookSender(
            url: url,
            allowsPrivate: configuration.allowsPrivate,
            resolver: SystemResolver(pool: machinery.lookups, group: machinery.group),
            client: SocketClient(group: machinery.group)
        )
        if ground.signature == nil {
            logger.warning("alerts are not signed: no alerts.secret-file, no ADIT_ALERTS_SECRET")
        }
        let secrets = SecretSource()
        self.service = AlertService(
            rules: AlertRules(configuration),
            observe: {
                let report = await status.status()
                // A relay that leaves has sent its connectors away: another one serves through them, or its host stops it.
                let watched = registry.isLeaving ? [] : report.deployments.filter(\.enabled)
                let deployments = watched.map { ($0.name, $0.online) }
                return Observation(
                    deployments: Dictionary(deployments) { first, _ in first },
                    calls: metrics.endedCalls().mapValues { .init(all: $0.all, failed: $0.failed) },
                    payers: configuration.lowBalance > .zero ? Self.payers(ledger, directory) : [:]
                )
            },
            sender: sender,
            signature: ground.signature,
            counts: self.counts,
            relay: registry.relay,
            now: Clocks.seconds,
            makeID: { secrets.secret(prefix: "msg_") },
            logger: logger
        )
    }

    /// What alerts are signed with; `nil` when nobody is told, or the configuration has no secret.
    static func signature(_ configuration: RelayConfiguration.Alerts) throws -> WebhookSignature? {
        guard configuration.url != nil else { return nil }
        return try Self.secret(configuration).map { text in
            guard let signature = WebhookSignature(fileText: text) else {
                throw Complaint("the secret of alerts is too short, or no base64 behind whsec_")
            }
            return signature
        }
    }

    /// Those who have ever had a balance and may call.
    private static func payers(_ ledger: Ledger, _ directory: Directory) -> [String: Observation.Payer] {
        var payers: [String: Observation.Payer] = [:]
        for (holder, balance) in ledger.balances {
            guard let user = directory.user(with: UserID(rawValue: holder.rawValue)), !user.isDisabled else { continue }
            payers[holder.rawValue] = .init(
                name: user.name,
                balance: MicroCredits(balance.available + balance.held)
            )
        }
        return payers
    }

    private static func secret(_ configuration: RelayConfiguration.Alerts) throws -> String? {
        if let file = configuration.secretFile { return try String(contentsOfFile: file, encoding: .utf8) }
        return ProcessInfo.processInfo.environment["ADIT_ALERTS_SECRET"].flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension WebhookSignature {
    /// - Parameter text: a secret, or a file whose first line is one.
    init?(fileText text: String) {
        let line = text.split(separator: "\n", maxSplits: 1).first ?? ""
        self.init(secret: String(line).trimmingCharacters(in: .whitespaces))
    }
}

extension AlertRules {
    fileprivate init(_ configuration: RelayConfiguration.Alerts) {
        self.init()
        let seconds = { (time: Duration) in Int(time.components.seconds) }
        self.offline = configuration.offline > .zero ? max(1, seconds(configuration.offline)) : nil
        self.errorPercent = configuration.errorPercent > 0 ? configuration.errorPercent : nil
        self.errorWindow = seconds(configuration.errorWindow)
        self.errorCalls = configuration.errorCalls
        self.lowBalance = configuration.lowBalance > .zero ? configuration.lowBalance : nil
    }
}
