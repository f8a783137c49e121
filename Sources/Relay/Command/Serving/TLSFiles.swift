private import Foundation
internal import Logging
internal import NIOSSL

/// The files that the relay proves itself with, or the certificate that it makes by itself.
struct TLSFiles {
    let configuration: RelayConfiguration
    let logger: Logger

    /// Reads them; `nil` when the relay speaks plain HTTP.
    func context() throws -> NIOSSLContext? {
        var files = (certificate: self.configuration.tls.certificate, key: self.configuration.tls.key)
        if files.certificate == nil, self.configuration.developmentTLS {
            let development = try DevelopmentCertificate.ready(in: self.configuration.data, now: Date())
            files = (development.certificatePath, development.keyPath)
            self.logger.notice(
                "using a certificate of its own, for this machine only",
                metadata: ["authority": "\(development.authorityPath)"]
            )
        }
        guard let certificate = files.certificate, let key = files.key else { return nil }
        let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain,
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        )
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["h2", "http/1.1"]
        return try NIOSSLContext(configuration: tls)
    }
}
