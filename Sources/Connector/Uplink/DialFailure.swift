private import NIOCore
private import NIOPosix
private import NIOSSL

/// Why a dial did not become a tunnel: which step failed, what was answered, what to do.
package struct DialFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What follows for the next dial.
    package var reason: Reconnect.Reason
    package var description: String

    init(_ reason: Reconnect.Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    /// What the relay answered in place of 101.
    static func answered(status: Int, message: String?, retryAfter: Int?) -> DialFailure {
        let said = message.map { ": \($0)" } ?? ""
        switch status {
        case 401, 403:
            return DialFailure(.refused, "the relay does not accept the tunnel token (HTTP \(status))\(said)")
        case 409:
            return DialFailure(.outdated, "the relay knows a newer tunnel of this session\(said)")
        case 426:
            return DialFailure(
                .unreachable,
                "the relay wants another version of the tunnel\(said). Use a connector and a relay of the same release"
            )
        case 429, 503:
            return DialFailure(.busy(retryAfter: retryAfter), "the relay takes no tunnel now (HTTP \(status))\(said)")
        case 404:
            return DialFailure(.unreachable, "there is no relay at this address (HTTP 404). Check the URL")
        default:
            return DialFailure(
                .unreachable,
                "the relay answered HTTP \(status) in place of opening a tunnel\(said). "
                    + "Is something between here and the relay that does not pass upgrades?"
            )
        }
    }

    /// What went wrong below HTTP.
    static func broke(_ error: any Error, relay: RelayAddress) -> DialFailure {
        switch error {
        case let failure as DialFailure:
            return failure
        case let error as NIOConnectionError:
            let causes = error.connectionErrors.map(\.error) + [error.dnsAError, error.dnsAAAAError].compactMap(\.self)
            let cause = causes.first.map { "\($0)" } ?? "no address"
            return DialFailure(.unreachable, "cannot connect to \(relay): \(cause)")
        case let error as NIOSSLError:
            return DialFailure(
                .unreachable,
                "the TLS handshake with \(relay) failed: \(error). Check the name, --ca-file and --pin"
            )
        case let error as NIOSSLExtraError:
            return DialFailure(
                .unreachable,
                "the certificate of \(relay) is not the right one: \(error). Check the name, --ca-file and --pin"
            )
        case ChannelError.connectTimeout:
            return DialFailure(.unreachable, "cannot connect to \(relay): nobody answered in time")
        default:
            return DialFailure(.unreachable, "cannot open a tunnel to \(relay): \(error)")
        }
    }
}
