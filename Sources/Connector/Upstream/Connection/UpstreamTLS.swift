package import NIOSSL

/// How an `https` model server is trusted.
package enum UpstreamTLS {
    /// Why TLS cannot be used as it was configured, as a sentence that names the file.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// The context for a server's connections, `nil` when it is spoken to without TLS.
    static func context(for configuration: UpstreamConfiguration) throws(Fault) -> NIOSSLContext? {
        guard case .server(let server) = configuration.address, server.scheme == .https else { return nil }
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = configuration.authorityFile { tls.trustRoots = .certificates(try self.authorities(in: file)) }
        tls.certificateVerification = configuration.verifiesCertificate ? .fullVerification : .none
        tls.applicationProtocols = ["http/1.1"]
        do {
            return try NIOSSLContext(configuration: tls)
        } catch {
            let authorities =
                configuration.authorityFile.map { "the authorities in \($0)" } ?? "the system's authorities"
            throw Fault(description: "TLS with \(server) cannot be used with \(authorities): \(error)")
        }
    }

    /// The certificates of a PEM file; whatever else lies in it is not looked at.
    package static func authorities(in file: String) throws(Fault) -> [NIOSSLCertificate] {
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
            throw Fault(description: "\(file) cannot be read or holds no certificate: expected PEM")
        }
        return certificates
    }
}
