import Glibc
import NIOCore
import NIOSSL
import Vocabulary

/// What keeps a TLS handshake with the relay from its end.
extension DialFailure {
    /// - Parameter shown: the certificate that the relay has shown, as far as the handshake came.
    static func handshake(
        _ error: any Error,
        _ relay: RelayAddress,
        _ trust: RelayTrust,
        shown: NIOSSLCertificate?
    ) -> DialFailure {
        let ends: [NIOSSLError] = [.uncleanShutdown, .handshakeFailed(.sslError([.eofDuringHandshake]))]
        let isEnd = (error as? NIOSSLError).map(ends.contains) ?? (error is ChannelError || error is IOError)
        let words =
            switch error {
            case is StepTimedOut:
                "\(relay) did not finish the TLS handshake in time"
            case _ where isEnd:
                "\(relay) closed the connection during the TLS handshake"
            case let error as NIOSSLExtraError where error == .failedToValidateHostname:
                "the certificate that \(relay) shows is not for «\(relay.host)». Check the relay's address"
            default:
                self.words(forReason: "\(error)", relay, trust, shown: shown)
            }
        return DialFailure(.tls, words)
    }

    /// - Parameter reason: what BoringSSL says, whose reasons are public as text only.
    private static func words(
        forReason reason: String,
        _ relay: RelayAddress,
        _ trust: RelayTrust,
        shown: NIOSSLCertificate?
    ) -> String {
        if reason.contains("CERTIFICATE_VERIFY_FAILED") {
            return self.words(forUntrusted: shown, of: relay, hasPin: trust.pin != nil)
        }
        if reason.contains("CERTIFICATE_REQUIRED") || reason.contains("BAD_CERTIFICATE") {
            return "\(relay) wants a certificate of this connector, or another one. Give it with --client-certificate "
                + "and --client-key"
        }
        if reason.contains("WRONG_VERSION_NUMBER") || reason.contains("HTTP_REQUEST") {
            return "\(relay) does not speak TLS there. Check the port of the relay's address"
        }
        return "the TLS handshake with \(relay) failed: \(reason)"
    }

    private static func words(
        forUntrusted certificate: NIOSSLCertificate?,
        of relay: RelayAddress,
        hasPin: Bool
    ) -> String {
        let digest = certificate.flatMap { RelayTrust.digests(of: $0).first }
        if hasPin {
            let text = digest.map { " (its certificate's SHA-256 is \($0))" } ?? ""
            return "\(relay) does not show the pinned certificate\(text). If it was renewed, give its new --pin; else "
                + "something is between you and the relay"
        }
        if let fault = certificate.flatMap({ self.datesFault($0) }) { return "the certificate of \(relay) \(fault)" }
        let text = digest.map { " (SHA-256 \($0))" } ?? ""
        return "the certificate of \(relay)\(text) is not trusted. If it is the right one, give its authority with "
            + "--ca-file or its SHA-256 with --pin"
    }

    /// What is wrong with the time for which a certificate is good, and what to do; `nil` when it is good now.
    static func datesFault(_ certificate: NIOSSLCertificate, now: time_t = time(nil)) -> String? {
        if certificate.notValidAfter < now {
            return
                "ended on \(CivilTime(secondsSince1970: certificate.notValidAfter).date). Whoever hosts the relay has to renew it"
        }
        if certificate.notValidBefore > now {
            return
                "is good only from \(CivilTime(secondsSince1970: certificate.notValidBefore).date) on. Check this machine's clock"
        }
        return nil
    }
}
