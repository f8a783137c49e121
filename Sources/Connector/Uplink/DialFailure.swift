private import Glibc
import NIOCore
import NIOPosix

/// Why a dial did not become a tunnel: which step failed, what was found there, what to do.
package struct DialFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The steps of a dial, in their order.
    package enum Step: String, Hashable, Sendable {
        /// Looking up the name and TCP, to the relay or to the proxy.
        case connect
        /// The proxy's answer to CONNECT.
        case proxy
        /// The TLS handshake, and whether the relay is the right one.
        case tls
        /// The relay's answer to the request for a tunnel.
        case upgrade
    }

    package var step: Step
    /// What follows for the next dial.
    package var reason: Reconnect.Reason
    /// What is wrong, on one line.
    package var description: String
    /// Whether it may be that something on the way does not pass what was asked for: then another carrier is worth a try.
    var mayBeTheCarrier = false
    /// Whether the relay itself has said it, and not something on the way.
    var isTheRelaysWord = false
    /// Whether the relay itself says no: the carrier did its part.
    package var isTheRelaysRefusal: Bool { self.isTheRelaysWord && !self.mayBeTheCarrier }

    init(
        _ step: Step,
        _ description: String,
        reason: Reconnect.Reason = .unreachable,
        mayBeTheCarrier: Bool = false
    ) {
        self.step = step
        self.reason = reason
        self.description = description
        self.mayBeTheCarrier = mayBeTheCarrier
    }

    /// What should not have happened.
    package static func unexpected(_ error: any Error) -> DialFailure {
        DialFailure(.upgrade, "\(error)")
    }

    // MARK: TCP

    /// - Parameter target: `the relay at …` or `the proxy …`.
    static func connecting(_ error: any Error, to target: String, host: String) -> DialFailure {
        switch error {
        case let error as NIOConnectionError where error.connectionErrors.isEmpty:
            return DialFailure(.connect, "the name «\(host)» cannot be resolved. Check the address of \(target)")
        case let error as NIOConnectionError:
            // Of several addresses, one that refuses says more than one that is silent.
            let codes = error.connectionErrors.map { ($0.error as? IOError)?.errnoCode ?? ETIMEDOUT }
            return DialFailure(.connect, Self.words(codes.first { $0 != ETIMEDOUT } ?? ETIMEDOUT, target))
        case let error as IOError:
            return DialFailure(.connect, Self.words(error.errnoCode, target))
        case ChannelError.connectTimeout:
            return DialFailure(.connect, Self.words(ETIMEDOUT, target))
        default:
            return DialFailure(.connect, "cannot connect to \(target): \(error)")
        }
    }

    private static func words(_ errno: CInt, _ target: String) -> String {
        switch errno {
        case ECONNREFUSED: "\(target) refuses connections: nothing listens there"
        case EHOSTUNREACH, ENETUNREACH: "there is no way to \(target) from this network"
        case ETIMEDOUT: "\(target) did not answer in time"
        case EMFILE, ENFILE: "the connector has no file descriptors left"
        default: "cannot connect to \(target): \(String(cString: strerror(errno)))"
        }
    }

    // MARK: Answers

    /// What the proxy answered in place of a way to the relay.
    static func proxy(_ proxy: Proxy, answered answer: HTTPAnswer, for relay: RelayAddress) -> DialFailure {
        let advice =
            switch answer.status {
            case 407: ". It wants a user and a password: HTTPS_PROXY=http://user:password@host:port"
            case 403, 405: ". It has to allow CONNECT to the relay, or NO_PROXY has to name the relay"
            default: ""
            }
        return DialFailure(.proxy, "the proxy \(proxy) opens no way to \(relay): HTTP \(answer.status)\(advice)")
    }

    /// Nothing that is HTTP came, or not in time.
    static func exchange(_ error: any Error, _ step: Step, with target: String, advice: String) -> DialFailure {
        let isUpgrade = step == .upgrade
        if error is StepTimedOut {
            return DialFailure(step, "\(target) did not answer in time", mayBeTheCarrier: isUpgrade)
        }
        return DialFailure(
            step,
            "\(target) closed the connection or does not speak HTTP. \(advice)",
            mayBeTheCarrier: isUpgrade
        )
    }

    /// What the relay answered in place of 101.
    static func relay(_ relay: RelayAddress, answered answer: HTTPAnswer) -> DialFailure {
        var failure = self.failure(of: relay, answer)
        failure.isTheRelaysWord = answer.isOfARelay
        return failure
    }

    private static func failure(of relay: RelayAddress, _ answer: HTTPAnswer) -> DialFailure {
        let said = answer.reason.map { ": \($0)" } ?? ""
        // It takes the token for a key of its own, and says so, as model servers do.
        let isOfAnother = answer.reason != nil && !answer.isOfARelay
        switch answer.status {
        case 403 where answer.reason == nil:
            // No word of a token: a firewall that takes an upgrade amiss says the same.
            return DialFailure(
                .upgrade,
                "\(relay), or something on the way, forbids the tunnel (HTTP 403) and gives no reason. Look at what stands before it",
                reason: .refused,
                mayBeTheCarrier: true
            )
        case 401 where !isOfAnother, 403 where !isOfAnother:
            return DialFailure(
                .upgrade,
                "\(relay) does not accept the tunnel token (HTTP \(answer.status))\(said)",
                reason: .refused
            )
        case 409:
            return DialFailure(.upgrade, "\(relay) knows a newer tunnel of this session\(said)", reason: .outdated)
        case 426:
            return DialFailure(
                .upgrade,
                "\(relay) wants another version of the tunnel\(said). Use a connector and a relay of the same release; "
                    + "or something in between does not pass upgrades",
                mayBeTheCarrier: true
            )
        case 429, 503:
            return DialFailure(
                .upgrade,
                "\(relay) takes no tunnel now (HTTP \(answer.status))\(said)",
                reason: .busy(retryAfter: answer.retryAfter)
            )
        case 101:
            return DialFailure(.upgrade, "\(relay) upgraded to something that is no tunnel", mayBeTheCarrier: true)
        default:
            let advice = answer.isOfARelay ? "" : ". Check that it is the address of an Adit relay"
            return DialFailure(
                .upgrade,
                "\(relay) answered HTTP \(answer.status) in place of opening a tunnel\(said)\(advice)",
                // A gateway whose relay is away says so, whatever it is asked for; a relay gives its reason.
                mayBeTheCarrier: !answer.isOfARelay && ![502, 504].contains(answer.status)
            )
        }
    }
}
