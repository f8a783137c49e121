internal import Foundation
internal import Logging
internal import NIOSSL
internal import Terminal

/// The files that the relay proves itself with, or the certificate that it makes by itself.
struct TLSFiles {
    let configuration: RelayConfiguration
    let logger: Logger

    /// Reads them; `nil` when the relay speaks plain HTTP.
    /// - Returns: also until when the certificate is good.
    func read() throws -> (context: NIOSSLContext, end: Date)? {
        var files = (certificate: self.configuration.tls.certificate, key: self.configuration.tls.key)
        if files.certificate == nil, self.configuration.developmentTLS {
            let development = try DevelopmentCertificate.ready(
                in: DataDirectory(path: self.configuration.data),
                now: Date()
            )
            files = (development.certificatePath, development.keyPath)
            self.logger.notice(
                "using a certificate of its own, for this machine only",
                metadata: ["authority": "\(development.authorityPath)"]
            )
        }
        guard let certificate = files.certificate, let key = files.key else { return nil }
        // Said in the words of `--check`; the errors of the TLS library are not for people.
        if let (_, problem) = RelayConfiguration.problems(certificate: certificate, key: key).first {
            throw Complaint(problem)
        }
        let chain = try NIOSSLCertificate.fromPEMFile(certificate)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        )
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["h2", "http/1.1"]
        // The leaf stands first, and is what has to be renewed.
        let end = chain.first.map { Date(timeIntervalSince1970: Double($0.notValidAfter)) } ?? .distantPast
        if end < Date() {
            self.logger.warning(
                "the certificate has ended: only those who pin it come in. Renew it, and send SIGHUP",
                metadata: ["file": "\(certificate)", "until": "\(end.formatted(.iso8601))"]
            )
        }
        return (try NIOSSLContext(configuration: tls), end)
    }
}
