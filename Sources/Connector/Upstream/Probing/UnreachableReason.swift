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
        case let error as NIOSSLError:
            return "TLS: \(self.words(for: error))"
        case is NIOSSLExtraError, is BoringSSLError:
            return "TLS: \(error)"
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
        default: "error \(code)"
        }
    }

    private static func words(for error: NIOSSLError) -> String {
        if case .handshakeFailed(let cause) = error {
            let cause = "\(cause)"
            return cause.contains("CERTIFICATE_VERIFY_FAILED") ? "its certificate is not trusted" : cause
        }
        return "\(error)"
    }
}
