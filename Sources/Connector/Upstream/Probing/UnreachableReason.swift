private import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Why a connection could not be made, in a few words for people and without an address.
enum UnreachableReason {
    static func words(for error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return self.words(for: first.error) }
            return "its name cannot be resolved"
        case let error as IOError:
            return self.words(forErrno: error.errnoCode)
        case ChannelError.connectTimeout:
            return "no connection in time"
        case UpstreamFault.connectTimedOut:
            return "no TLS handshake in time"
        case let error as NIOSSLExtraError:
            return error == .failedToValidateHostname ? "its certificate is for another name" : "TLS failed"
        case let error as NIOSSLError where error == .handshakeFailed(.sslError([.eofDuringHandshake])):
            return self.noTLS
        case is NIOSSLError, is BoringSSLError:
            return self.words(forReason: "\(error)")
        default:
            return "\(error)"
        }
    }

    private static func words(forErrno code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "connection reset"
        case EHOSTUNREACH, ENETUNREACH: "no route to it"
        case ETIMEDOUT: "no connection in time"
        case EMFILE, ENFILE: "the connector has no file descriptors left"
        default: String(cString: strerror(code))
        }
    }

    /// - Parameter reason: what BoringSSL says, whose reasons are public as text only.
    private static func words(forReason reason: String) -> String {
        if reason.contains("CERTIFICATE_VERIFY_FAILED") { return "its certificate is not trusted" }
        let isPlain = reason.contains("WRONG_VERSION_NUMBER") || reason.contains("HTTP_REQUEST")
        return isPlain ? self.noTLS : "TLS failed"
    }

    private static let noTLS = "it does not speak TLS there: use http://"
}
