internal import Foundation
internal import NIOSSL
private import SwiftASN1
private import X509

/// What a person wants to know of a certificate.
struct CertificateFacts: Hashable, Sendable {
    var subject: String
    var issuer: String
    /// The last day on which it is good: `2026-03-01`.
    var until: String
    /// Whether it ends within a week.
    var endsSoon: Bool
    /// Whether it was good until some time ago.
    var hasEnded: Bool

    /// Answers `nil` for what cannot be read.
    init?(_ certificate: NIOSSLCertificate, now: Date = Date()) {
        guard let bytes = try? certificate.toDERBytes(), let read = try? Certificate(derEncoded: bytes) else {
            return nil
        }
        self.subject = Self.name(read.subject)
        self.issuer = Self.name(read.issuer)
        let style = Date.ISO8601FormatStyle().year().month().day()
        self.until = read.notValidAfter.formatted(style)
        self.hasEnded = read.notValidAfter < now
        self.endsSoon = read.notValidAfter < now.addingTimeInterval(7 * 86_400)
    }

    /// The programs and boxes that open TLS on the way and show certificates of their own making.
    static let interceptors = [
        "zscaler", "netskope", "fortinet", "fortigate", "palo alto", "blue coat", "bluecoat", "symantec web", "sophos",
        "umbrella", "kaspersky", "eset ", "avast", "bitdefender", "mitmproxy", "charles proxy", "portswigger",
        "fiddler",
        "checkpoint", "check point", "forcepoint", "websense", "barracuda", "squid", "mcafee web", "trend micro",
        "untangle",
    ]

    /// The known program that made the certificate on the way, if the issuer names one.
    var interceptor: String? {
        let issuer = self.issuer.lowercased()
        return Self.interceptors.contains { issuer.contains($0) } ? self.issuer : nil
    }

    /// The organisation and the name, as far as there are any.
    private static func name(_ name: DistinguishedName) -> String {
        var parts: [String] = []
        for relative in name {
            for attribute in relative
            where attribute.type == .NameAttributes.organizationName || attribute.type == .NameAttributes.commonName {
                if let text = String(attribute.value), !parts.contains(text) { parts.append(text) }
            }
        }
        return parts.isEmpty ? "\(name)" : parts.joined(separator: " ")
    }
}
