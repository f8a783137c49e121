private import Crypto
import NIOCore
package import NIOSSL

/// By what the connector knows that the relay is the relay.
package struct RelayTrust: Hashable, Sendable {
    /// A PEM file with authorities to trust for this relay, beside the system's.
    package var authorityFile: String?
    /// The SHA-256 of the relay's own certificate (DER), as 64 hexadecimal digits: enough by itself, so that it also serves
    /// for a certificate that nobody signed.
    package var pin: String?
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

    package init(authorityFile: String? = nil, pin: String? = nil) throws(Fault) {
        self.authorityFile = authorityFile
        guard let pin else { return }
        let digits = pin.lowercased().filter { $0 != ":" }
        guard digits.count == 64, digits.allSatisfy(\.isHexDigit) else {
            throw Fault(description: "a pin is the SHA-256 of a certificate: 64 hexadecimal digits")
        }
        self.pin = digits
    }

    /// The TLS settings that follow.
    package func context() throws(Fault) -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.applicationProtocols = ["http/1.1"]
        do {
            if let authorityFile {
                tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(authorityFile))]
            }
            if let client {
                tls.certificateChain = try NIOSSLCertificate.fromPEMFile(client.certificate).map { .certificate($0) }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: client.key, format: .pem))
            }
            return try NIOSSLContext(configuration: tls)
        } catch {
            throw Fault(description: "the certificate files cannot be used: \(error)")
        }
    }

    /// The handler that does the handshake.
    func handler(_ context: NIOSSLContext, relay: RelayAddress) throws -> NIOSSLClientHandler {
        let name = relay.isAddress ? nil : relay.host
        guard let pin else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
        return try NIOSSLClientHandler(context: context, serverHostname: name) { chain, promise in
            guard let leaf = chain.first, let bytes = try? leaf.toDERBytes() else { return promise.succeed(.failed) }
            let digits = SHA256.hash(data: bytes).map { byte in
                let text = String(byte, radix: 16)
                return byte < 16 ? "0" + text : text
            }.joined()
            promise.succeed(digits == pin ? .certificateVerified : .failed)
        }
    }
}
