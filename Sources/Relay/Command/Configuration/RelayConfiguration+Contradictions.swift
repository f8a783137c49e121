private import Alerts
import ConfigurationText
internal import FoundationEssentials
private import NIOSSL
private import Vocabulary

extension RelayConfiguration {
    /// Values that are possible one by one and impossible together, and files that cannot be used.
    func contradictions(_ sources: ConfigurationSources) -> [ConfigurationFault] {
        var faults: [ConfigurationFault] = []
        let fault = { (key: String, message: String) in
            faults.append(ConfigurationFault(origin: sources.origin(of: key), message: message))
        }
        switch (self.tls.certificate, self.tls.key) {
        case (.some, nil): fault("tls.certificate", "tls.certificate is given without tls.key: expected both")
        case (nil, .some): fault("tls.key", "tls.key is given without tls.certificate: expected both")
        case (let certificate?, let key?):
            if self.developmentTLS {
                fault("dev-tls", "dev-tls and tls.certificate are both given: expected one of them")
            }
            for (culprit, problem) in Self.problems(certificate: certificate, key: key) { fault(culprit, problem) }
        case (nil, nil):
            if !self.developmentTLS, !self.insecure, !self.listen.isLoopback {
                fault(
                    "listen",
                    "listen: \(self.listen) can be reached by other machines, and there is no certificate: give"
                        + " tls.certificate and tls.key, or insecure when a proxy in front of the relay ends TLS"
                )
            }
        }
        if let plain = self.listenPlain, !plain.isLoopback, !self.insecure {
            fault(
                "listen-plain",
                "listen-plain: \(plain) can be reached by other machines: expected an address of this one, such as"
                    + " 127.0.0.1:8080, or insecure"
            )
        }
        if self.limits.bodies < self.limits.body {
            let (all, one) = (ByteSize.text(self.limits.bodies), ByteSize.text(self.limits.body))
            fault(
                "limits.bodies",
                "limits.bodies: \(all) for all bodies is less than limits.body for one, \(one): expected as much at least,"
                    + " or a smaller limits.body"
            )
        }
        if let url = self.alerts.url,
            let problem = WebhookSender.fault(in: url, allowsPrivate: self.alerts.allowsPrivate)
        {
            fault("alerts.url", "alerts.url: \(problem)")
        }
        if let file = self.alerts.secretFile {
            let secret = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
            if secret.flatMap({ WebhookSignature(fileText: $0) }) == nil {
                fault(
                    "alerts.secret-file",
                    "alerts.secret-file: \(file) cannot be read, or its first line is no secret: \(Self.secretOfAlerts)"
                )
            }
        } else if self.alerts.url != nil, let text = sources.secret("ADIT_ALERTS_SECRET"),
            WebhookSignature(fileText: text) == nil
        {
            faults.append(
                ConfigurationFault(
                    origin: .environment(name: "ADIT_ALERTS_SECRET"),
                    message: "this is no secret for alerts: \(Self.secretOfAlerts)"
                )
            )
        }
        for (key, isOn) in [
            ("proxy-protocol.listen", self.proxyProtocol.listen),
            ("proxy-protocol.listen-plain", self.proxyProtocol.listenPlain),
        ] where isOn && self.trustedProxies.isEmpty {
            fault(key, "\(key) is on and trusted-proxies is empty: expected the networks of the proxies")
        }
        return faults
    }

    private static let secretOfAlerts =
        "expected whsec_ and base64 of 24 to 64 bytes, or 16 characters at least"

    /// What is wrong with the files of a certificate, by the setting that names the file.
    static func problems(certificate: String, key: String) -> [(key: String, problem: String)] {
        let files = [("tls.certificate", certificate), ("tls.key", key)]
        let missing = files.filter { !FileManager.default.isReadableFile(atPath: $0.1) }
        guard missing.isEmpty else {
            return missing.map { ($0.0, "there is no file \($0.1), or it may not be read") }
        }
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), !chain.isEmpty else {
            return [("tls.certificate", "\(certificate) holds no certificate: expected PEM")]
        }
        guard let privateKey = try? NIOSSLPrivateKey(file: key, format: .pem) else {
            return [("tls.key", "\(key) holds no private key: expected PEM, not encrypted")]
        }
        let configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(privateKey)
        )
        // Making the context is what compares the two.
        if (try? NIOSSLContext(configuration: configuration)) == nil {
            return [("tls.key", "\(key) is not the key of the certificate in \(certificate)")]
        }
        return []
    }

    /// What `--check` adds about a certificate that can be used, and that nobody will accept; `nil` when there is no such thing.
    func endedCertificate(now: Date = Date()) -> String? {
        guard let file = self.tls.certificate, let leaf = try? NIOSSLCertificate.fromPEMFile(file).first,
            TimeInterval(leaf.notValidAfter) < now.timeIntervalSince1970
        else { return nil }
        let end = Date(timeIntervalSince1970: TimeInterval(leaf.notValidAfter)).formatted(.iso8601)
        return "warning: tls.certificate: \(file) has ended (\(end)): only those who pin it come in. Renew it"
    }
}
