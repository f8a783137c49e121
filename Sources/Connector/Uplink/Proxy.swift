private import FoundationEssentials
private import Vocabulary

/// An HTTP proxy that connections to the relay go through by CONNECT (RFC 9110 §9.3.6).
package struct Proxy: Hashable, Sendable, CustomStringConvertible {
    private let hostAndPort: HostAndPort
    /// The value of `Proxy-Authorization`, when the proxy's URL holds a user.
    package var authorization: String?

    /// What is wrong with a proxy's URL, as a sentence that does not hold its password.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// The proxy that the environment names for a relay, if any: `https_proxy` or `HTTPS_PROXY`, unless `no_proxy` or `NO_PROXY` lists
    /// the relay. A relay on this machine, or one that is spoken to without TLS, is always reached directly.
    package static func named(
        in environment: [String: String],
        for relay: RelayAddress
    ) throws(Fault) -> Proxy? {
        let value = { (name: String) -> String? in
            [name, name.uppercased()].compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        guard relay.isTLS, !relay.isLoopback, let text = value("https_proxy") else { return nil }
        let exceptions = (value("no_proxy") ?? "").split { $0 == "," || $0.isWhitespace }
        guard !exceptions.contains(where: { ProxyException($0).covers(relay) }) else { return nil }
        return try Proxy(text)
    }

    /// Reads `http://[user:password@]host[:port]`; without a scheme `http` is meant, without a port 80.
    package init(_ text: String) throws(Fault) {
        var rest = text[...]
        if rest.lowercased().hasPrefix("http://") {
            rest = rest.dropFirst(7)
        } else if rest.contains("://") {
            throw Fault(
                description: "HTTPS_PROXY must begin with http://; the way to the relay is encrypted all the same"
            )
        }
        if let end = rest.firstIndex(of: "/") { rest = rest[..<end] }
        if let at = rest.lastIndex(of: "@") {
            var pair = try Self.decoded(rest[..<at])
            // A user without a password has an empty one (RFC 7617 §2).
            if !pair.contains(UInt8(ascii: ":")) { pair.append(UInt8(ascii: ":")) }
            self.authorization = "Basic " + Data(pair).base64EncodedString()
            rest = rest[rest.index(after: at)...]
        }
        guard let place = try? HostAndPort(rest, defaultPort: 80), !place.host.contains(":") || place.isAddress else {
            throw Fault(description: "HTTPS_PROXY is not http://[user:password@]host:port")
        }
        self.hostAndPort = place
    }

    /// The bytes of a part of a URL in which some are written as `%` and two digits (RFC 3986 §2.1).
    private static func decoded(_ text: Substring) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, !digits.starts(with: "+".utf8),
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw Fault(description: "the user of HTTPS_PROXY has a % that is not followed by two digits") }
            bytes.append(code)
            rest.removeFirst(2)
        }
        return bytes
    }

    package var host: String { self.hostAndPort.host }
    package var port: Int { self.hostAndPort.port }

    /// The URL without user and password.
    package var description: String { "http://\(self.hostAndPort)" }
}

/// One entry of `NO_PROXY`, read as curl and Go do: a name means itself and all below it, `.name` and `*.name` only what is below,
/// an address may be a range (`10.0.0.0/8`), a port may follow, `*` is every host. As other programs read the same list, bits behind a
/// range's length are no mistake here: `10.0.0.5/8` is `10.0.0.0/8`.
struct ProxyException {
    /// In lower case, without dots before it.
    private var host: Substring
    /// What the host means where it is an address.
    private var range: NetworkRange?
    private var port: Int?
    private var isOnlyBelow: Bool

    init(_ text: Substring) {
        var host = text.lowercased()[...]
        var length: Int?
        if let slash = host.lastIndex(of: "/"), let bits = Int(host[host.index(after: slash)...]) {
            length = bits
            host = host[..<slash]
        } else if let colon = host.lastIndex(of: ":"), NetworkAddress(host) == nil, !host.hasSuffix("]") {
            self.port = Int(host[host.index(after: colon)...])
            host = host[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        self.isOnlyBelow = host.hasPrefix(".") || host.hasPrefix("*.")
        self.host = self.isOnlyBelow ? host.drop { $0 == "*" || $0 == "." } : host
        self.range = NetworkAddress(self.host).flatMap { NetworkRange(around: $0, length: length) }
    }

    func covers(_ relay: RelayAddress) -> Bool {
        if let port, port != relay.port { return false }
        if self.host == "*" { return true }
        guard !self.host.isEmpty else { return false }
        if let address = NetworkAddress(relay.host) {
            return self.range.map { $0.isVersion4 == address.isVersion4 && $0.contains(address) } ?? false
        }
        return relay.host.hasSuffix(".\(self.host)") || (!self.isOnlyBelow && relay.host == self.host)
    }
}
