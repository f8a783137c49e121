internal import Foundation
internal import NIOCore
private import NIOPosix
private import TunnelTransport
internal import Uplink

/// Looks at the way to the relay, from the name to the tunnel.
struct WayExamination: Sendable {
    let configuration: ConnectorConfiguration
    let dialer: Dialer
    let eventLoop: any EventLoop
    /// How long a silent connection must live, in seconds.
    let idle: Int

    /// What shows whether the way lets pieces of an answer pass as they come.
    private static let plan = ProbePlan(pieces: 5)

    /// What the relay tells before the pieces of its answer.
    private struct Introduction: Decodable {
        var tls: Bool
        var address: String
    }

    func run() async -> [Finding] {
        var findings = [await self.name()]
        guard findings[0].verdict != .failed else { return findings + Finding.skipped(from: .connection) }
        let way = await self.dialer.look(on: self.eventLoop, asking: Self.plan)
        findings.append(self.connection(way))
        guard way.connected != nil else { return findings + Finding.skipped(from: .proxy) }
        findings.append(self.proxy(way))
        guard way.failure?.step != .proxy else { return findings + Finding.skipped(from: .tls) }
        let introduction = (way.answer?.events.first?.text).flatMap {
            try? JSONDecoder().decode(Introduction.self, from: Data($0.utf8))
        }
        findings.append(self.tls(way, introduction))
        guard way.isSecured else { return findings + Finding.skipped(from: .relay) }
        findings.append(self.relay(way))
        guard findings.last?.verdict != .failed else { return findings + Finding.skipped(from: .token) }
        findings.append(self.token(way, introduction))
        findings.append(self.clock(way))
        findings.append(self.streaming(way))
        findings.append(await self.silence(way))
        return findings + (await self.tunnel())
    }

    // MARK: The steps

    private func name() async -> Finding {
        let (host, port) =
            self.configuration.proxy.map { ($0.host, $0.port) }
            ?? (self.configuration.relay.host, self.configuration.relay.port)
        // The lookup blocks its thread.
        let address = try? await NIOThreadPool.singleton.runIfActive {
            try SocketAddress.makeAddressResolvingHost(host, port: port)
        }
        guard let ip = address?.ipAddress else {
            return Finding(
                .name,
                .failed,
                "the name «\(host)» cannot be resolved",
                advice: "check its spelling, and this machine's name servers: getent hosts \(host)"
            )
        }
        return Finding(.name, .ok, ip == host ? "\(host) is an address" : "\(host) is \(ip)")
    }

    private func connection(_ way: Way) -> Finding {
        guard let time = way.connected else {
            return Finding(
                .connection,
                .failed,
                "\(way.failure?.description ?? "no connection")",
                advice:
                    "a firewall may be in the way, or the relay is down or elsewhere; nothing else can work before this does"
            )
        }
        return Finding(.connection, .ok, "open after \(Self.milliseconds(time)) ms")
    }

    private func proxy(_ way: Way) -> Finding {
        guard let proxy = self.configuration.proxy else {
            return Finding(.proxy, .ok, "none (HTTPS_PROXY is not set, or does not concern this relay)")
        }
        guard way.isThroughProxy else {
            return Finding(
                .proxy,
                .failed,
                "\(way.failure?.description ?? "no way through \(proxy)")",
                advice: "HTTPS_PROXY=http://user:password@host:port names the proxy, NO_PROXY the relays that need none"
            )
        }
        return Finding(.proxy, .ok, "\(proxy) opens a way to the relay")
    }

    private func tls(_ way: Way, _ introduction: Introduction?) -> Finding {
        guard self.configuration.relay.isTLS else {
            return Finding(
                .tls,
                .warning,
                "none: the relay is asked in plain HTTP",
                advice: "https:// keeps the token and every prompt from being read on the way"
            )
        }
        let facts = way.certificate.flatMap { CertificateFacts($0) }
        let signed =
            facts.map { "signed by \($0.issuer), \($0.hasEnded ? "ended on" : "good until") \($0.until)" } ?? ""
        guard way.isSecured else {
            let shown = facts.map { "; it shows a certificate of «\($0.subject)» \(signed)" } ?? ""
            let isOthers = facts?.interceptor != nil
            // A pin asks for no date, so that it is not what a pinned certificate fails for.
            let isOver = facts?.hasEnded == true && self.configuration.trust.pin == nil
            return Finding(
                .tls,
                .failed,
                "\(way.failure?.description ?? "no TLS")\(shown)",
                advice: isOthers
                    ? "something on the way opens TLS: have the relay's name excepted there, or it can read everything"
                    : isOver
                        ? "the relay's certificate has to be renewed where the relay is: nothing helps here"
                        : "if the signer is yours, give it with --ca-file; if it is nobody you know, something on the way opens TLS"
            )
        }
        if let interceptor = facts?.interceptor {
            return Finding(
                .tls,
                .warning,
                "«\(interceptor)» opens TLS on the way: it reads the token and every prompt",
                advice: "have the relay's name excepted there, or pin the relay's certificate with --pin"
            )
        }
        if facts?.endsSoon == true {
            return Finding(.tls, .warning, signed, advice: "the relay's certificate has to be renewed within days")
        }
        let end = introduction.map { $0.tls ? "" : "; it ends at a proxy before the relay" } ?? ""
        return Finding(.tls, .ok, signed + end)
    }

    private func relay(_ way: Way) -> Finding {
        guard let answer = way.answer else {
            return Finding(
                .relay,
                .failed,
                "\(way.failure?.description ?? "nothing answers in HTTP")",
                advice: "check the port, and what listens there"
            )
        }
        guard answer.isOfARelay else {
            let away = [502, 503, 504].contains(answer.status)
            return Finding(
                .relay,
                .failed,
                "HTTP \(answer.status), and not from an Adit relay",
                advice: away
                    ? "a proxy answers before the relay, and does not reach it: look at the relay"
                    : "check the address; a proxy before the relay has to pass /.well-known/adit/ on"
            )
        }
        return Finding(.relay, .ok, "an Adit relay answers")
    }

    private func token(_ way: Way, _ introduction: Introduction?) -> Finding {
        if let introduction { return Finding(.token, .ok, "accepted; the relay sees you at \(introduction.address)") }
        let said = way.answer?.reason ?? "HTTP \(way.answer?.status ?? 0)"
        switch way.answer?.status {
        case 401, 403:
            return Finding(
                .token,
                .failed,
                "refused: \(said)",
                advice: "whoever hosts the relay makes a token with «adit-relay token create NAME»; each is shown once"
            )
        case 429:
            return Finding(.token, .failed, "refused: \(said)", advice: "wait a minute, and try the right token")
        default:
            return Finding(.token, .skipped, "the relay did not say: \(said)")
        }
    }

    private func clock(_ way: Way) -> Finding {
        guard let text = way.answer?.date, let there = Self.date(text) else {
            return Finding(.clock, .skipped, "the relay told no time")
        }
        let skew = Int(Date().timeIntervalSince(there).rounded())
        let words = skew >= 0 ? "ahead of" : "behind"
        guard abs(skew) > 30 else { return Finding(.clock, .ok, "agrees with the relay's") }
        return Finding(
            .clock,
            abs(skew) > 300 ? .failed : .warning,
            "this machine is \(abs(skew)) s \(words) the relay",
            advice: "set the clock (timedatectl set-ntp true): certificates and tokens that end are judged by it"
        )
    }

    private func streaming(_ way: Way) -> Finding {
        guard let events = way.answer?.events, events.count > 2, let answer = way.answer else {
            return Finding(.streaming, .skipped, "not looked at")
        }
        let all = 1 + Self.plan.pieces
        guard answer.isWhole, events.count == all else {
            return Finding(
                .streaming,
                .failed,
                "an answer in pieces was cut off after \(events.count) of \(all)",
                advice: "something on the way closes answers that are not over: look at its time limits"
            )
        }
        let pauses = Self.plan.pieces - 1
        let time = Self.milliseconds(events[all - 1].at) - Self.milliseconds(events[1].at)
        guard time >= pauses * Self.plan.every / 2 else {
            return Finding(
                .streaming,
                .failed,
                "pieces that left \(Self.plan.every) ms apart came \(time / pauses) ms apart: they are held back on the way",
                advice:
                    "turn buffering off in the proxy before the relay (nginx: proxy_buffering off): deploy/ has examples"
            )
        }
        return Finding(
            .streaming,
            .ok,
            "every piece comes as it leaves; the first after \(Self.milliseconds(events[0].at)) ms"
        )
    }

    private func silence(_ way: Way) async -> Finding {
        guard self.idle > 0 else { return Finding(.idle, .skipped, "not wanted (--idle 0)") }
        guard way.answer?.events.isEmpty == false else { return Finding(.idle, .skipped, "not looked at") }
        let again = await self.dialer.look(on: self.eventLoop, asking: SilenceTrial.plan(seconds: self.idle))
        return SilenceTrial(seconds: self.idle, way: again).finding
    }

    private func tunnel() async -> [Finding] {
        CarrierTrials(
            wanted: self.configuration.carrier,
            upgrade: await self.knock(in: .upgrade),
            websocket: await self.knock(in: .websocket)
        ).findings
    }

    // MARK: Inside

    private func knock(in carrier: Carrier) async -> CarrierTrials.Outcome {
        do {
            return .success(try await self.dialer.knock(in: carrier, on: self.eventLoop))
        } catch {
            return .failure(error as? DialFailure ?? .unexpected(error))
        }
    }

    private static func milliseconds(_ time: TimeAmount) -> Int { Int(time.nanoseconds / 1_000_000) }

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
    static func date(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return formatter.date(from: text)
    }
}
