private import Crypto
internal import FoundationEssentials
private import SwiftASN1
private import X509

/// A certificate for this machine alone, for trying things out: files that the relay makes by itself.
///
/// A certificate authority signs one certificate for `localhost`, `127.0.0.1` and `::1`, and its own key is then
/// forgotten, so trusting `ca.pem` trusts nothing but that one certificate.
struct DevelopmentCertificate: Hashable, Sendable {
    /// What clients are told to trust.
    let authorityPath: String
    /// The relay's certificate.
    let certificatePath: String
    /// Its private key, readable by its owner only.
    let keyPath: String

    private init(directory: String) {
        self.authorityPath = directory + "/ca.pem"
        self.certificatePath = directory + "/cert.pem"
        self.keyPath = directory + "/key.pem"
    }
}

extension DevelopmentCertificate {
    /// The longest that clients of Apple's accept (support.apple.com/103769).
    static let days = 825

    /// Answers the certificate under `<data>/dev-tls`, made anew when it is missing, damaged or over.
    ///
    /// - Parameters:
    ///   - data: the data directory, made when it does not exist.
    ///   - now: the time to judge it by; one that ends within a day counts as over.
    /// - Throws: an error that says which file could not be written.
    static func ready(in data: DataDirectory, now: Date) throws -> DevelopmentCertificate {
        let certificate = DevelopmentCertificate(directory: data.developmentTLS)
        if certificate.isUsable(now: now) { return certificate }
        try data.make()
        try PrivateFile.makeDirectory(data.developmentTLS)
        try certificate.make(now: now)
        return certificate
    }

    /// Whether the three files belong together and are valid now.
    private func isUsable(now: Date) -> Bool {
        guard
            let authority = Self.text(self.authorityPath).flatMap({ try? Certificate(pemEncoded: $0) }),
            let certificate = Self.text(self.certificatePath).flatMap({ try? Certificate(pemEncoded: $0) }),
            let key = Self.text(self.keyPath).flatMap({ try? Certificate.PrivateKey(pemEncoded: $0) })
        else { return false }
        return certificate.publicKey == key.publicKey
            && authority.publicKey.isValidSignature(certificate.signature, for: certificate)
            && certificate.notValidBefore <= now
            && certificate.notValidAfter > now.addingTimeInterval(86_400)
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// Writes new files: the key last, so that what was begun and not finished is found to be damaged.
    private func make(now: Date) throws {
        let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let key = P256.Signing.PrivateKey()
        let names = try DistinguishedName { CommonName("Adit development authority") }
        // An hour early, for clients whose clock is behind.
        let validity = (
            start: now.addingTimeInterval(-3600), end: now.addingTimeInterval(Double(Self.days) * 86_400 - 7200)
        )
        let authority = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: authorityKey.publicKey,
            notValidBefore: validity.start,
            notValidAfter: validity.end,
            issuer: names,
            subject: names,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true))
                SubjectKeyIdentifier(hash: authorityKey.publicKey)
            },
            issuerPrivateKey: authorityKey
        )
        let leafKey = Certificate.PrivateKey(key)
        let leaf = try Certificate(
            version: .v3,
            serialNumber: .init(),
            publicKey: leafKey.publicKey,
            notValidBefore: validity.start,
            notValidAfter: validity.end,
            issuer: names,
            subject: DistinguishedName { CommonName("localhost") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectKeyIdentifier(hash: leafKey.publicKey)
                // Python's verifier refuses certificates without it since 3.13 (VERIFY_X509_STRICT).
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: authorityKey.publicKey).keyIdentifier)
                SubjectAlternativeNames([
                    .dnsName("localhost"),
                    .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                    .ipAddress(ASN1OctetString(contentBytes: ArraySlice(Array(repeating: 0, count: 15) + [1]))),
                ])
            },
            issuerPrivateKey: authorityKey
        )
        try PrivateFile.write(authority.serializeAsPEM().pemString + "\n", to: self.authorityPath, mode: 0o644)
        try PrivateFile.write(leaf.serializeAsPEM().pemString + "\n", to: self.certificatePath, mode: 0o644)
        try PrivateFile.write(key.pemRepresentation + "\n", to: self.keyPath, mode: 0o600)
    }
}
