import Crypto
import NIOCore
package import NIOSSL

/// By what the connector knows that the relay is the relay, and by what the relay may know the connector.
///
/// Without a pin the relay's certificate must have a chain to an authority and be for the relay's name. With a pin the certificate
/// must be the pinned one, or have the pinned key, and nothing else matters: not who signed it, not its name, not its dates.
package struct RelayTrust: Hashable, Sendable {
    /// A PEM file with authorities to trust for this relay, beside the system's.
    package var authorityFile: String?
    /// The SHA-256, as 64 lower-case hexadecimal digits, of the relay's own certificate (DER) or of its public key
    /// (SubjectPublicKeyInfo, which survives a renewal that keeps the key).
    package let pin: String?
    /// A certificate and its key, PEM, that the relay is shown.
    package var clientCertificate: (certificate: String, key: String)? {
        get { self.client.map { ($0.certificate, $0.key) } }
        set { self.client = newValue.map { Client(certificate: $0.certificate, key: $0.key) } }
    }
    private var client: Client?

    private struct Client: Hashable, Sendable {
        var certificate: String
        var key: String
    }

    /// What is wrong with it.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// - Parameter pin: 64 hexadecimal digits, with or without colons between bytes as openssl prints them.
    package init(authorityFile: String? = nil, pin: String? = nil) throws(Fault) {
        self.authorityFile = authorityFile
        let digits = pin?.lowercased().filter { $0 != ":" }
        guard digits.map({ $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) }) ?? true else {
            throw Fault(description: "a pin is the SHA-256 of a certificate or its key: 64 hexadecimal digits")
        }
        self.pin = digits
    }

    /// The TLS settings that follow; reads the files.
    package func context() throws(Fault) -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        if let authorityFile {
            tls.additionalTrustRoots = [.certificates(try Self.certificates(in: authorityFile))]
        }
        if let client {
            tls.certificateChain = try Self.certificates(in: client.certificate).map { .certificate($0) }
            guard let key = try? NIOSSLPrivateKey(file: client.key, format: .pem) else {
                throw Fault(description: "\(client.key) holds no private key: expected PEM, not encrypted")
            }
            tls.privateKey = .privateKey(key)
        }
        do {
            return try NIOSSLContext(configuration: tls)
        } catch {
            guard let client else { throw Fault(description: "TLS cannot be used: \(error)") }
            throw Fault(description: "\(client.key) is not the key of the certificate in \(client.certificate)")
        }
    }

    private static func certificates(in file: String) throws(Fault) -> [NIOSSLCertificate] {
        guard let certificates = try? NIOSSLCertificate.fromPEMFile(file), !certificates.isEmpty else {
            throw Fault(description: "\(file) cannot be read or holds no certificate: expected PEM")
        }
        return certificates
    }

    /// The handler that does the handshake.
    func handler(_ context: NIOSSLContext, relay: RelayAddress) throws -> NIOSSLClientHandler {
        let name = relay.isAddress ? nil : relay.host
        guard let pin else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
        return try NIOSSLClientHandler(context: context, serverHostname: name) { chain, promise in
            // The handshake itself proves that the relay holds the key of this certificate.
            promise.succeed(
                chain.first.map { Self.digests(of: $0).contains(pin) } == true ? .certificateVerified : .failed
            )
        }
    }

    /// What a pin of this certificate may be: its own digest first, then that of its key.
    static func digests(of certificate: NIOSSLCertificate) -> [String] {
        let bytes = [try? certificate.toDERBytes(), try? certificate.extractPublicKey().toSPKIBytes()]
        return bytes.compactMap(\.self).map { bytes in
            SHA256.hash(data: bytes).map { byte in
                let digits = String(byte, radix: 16)
                return byte < 16 ? "0" + digits : digits
            }.joined()
        }
    }
}
