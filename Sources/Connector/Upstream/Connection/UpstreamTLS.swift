import NIOSSL

/// How an `https` model server is trusted.
enum UpstreamTLS {
    /// The context for a server's connections, `nil` when it is spoken to without TLS.
    ///
    /// - Throws: what NIOSSL says about the authorities' file.
    static func context(for configuration: UpstreamConfiguration) throws -> NIOSSLContext? {
        guard case .server(let server) = configuration.address, server.scheme == .https else { return nil }
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = configuration.authorityFile { tls.trustRoots = .file(file) }
        tls.certificateVerification = configuration.verifiesCertificate ? .fullVerification : .none
        tls.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: tls)
    }
}
