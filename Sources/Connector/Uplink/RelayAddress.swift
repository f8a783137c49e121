import NIOCore

/// Where the relay is: `https://relay.example.com` or, on this machine only, `http://127.0.0.1:8080`.
package struct RelayAddress: Hashable, Sendable, CustomStringConvertible {
    package let isTLS: Bool
    /// A name or an address, without brackets, in lower case.
    package let host: String
    package let port: Int

    /// What is wrong with an address, as a sentence for whoever typed it.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// Reads a URL; without a scheme `https` is meant. The `/v1` of the base URL that SDKs are given is taken off.
    /// - Parameter allowsPlain: whether `http` is allowed beyond loopback, where everybody on the way reads along.
    package init(_ text: String, allowsPlain: Bool = false) throws(Fault) {
        var rest = text[...]
        var isTLS = true
        if rest.lowercased().hasPrefix("https://") {
            rest = rest.dropFirst(8)
        } else if rest.lowercased().hasPrefix("http://") {
            rest = rest.dropFirst(7)
            isTLS = false
        } else if rest.contains("://") {
            throw Fault(description: "«\(text)» is neither an https:// nor an http:// URL")
        }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        if rest.hasSuffix("/v1") { rest = rest.dropLast(3) }
        guard !rest.contains("@") else {
            throw Fault(description: "the relay's URL holds a user or a password; the token is given separately")
        }
        guard let place = HostAndPort(rest), !rest.contains(where: { "/?#".contains($0) }) else {
            throw Fault(
                description: "«\(text)» is not the address of a relay; it looks like https://relay.example.com:8443"
            )
        }
        self.isTLS = isTLS
        self.host = place.host
        self.port = place.port ?? (isTLS ? 443 : 80)
        guard isTLS || allowsPlain || self.isLoopback else {
            throw Fault(
                description: "«\(text)» is plain HTTP, which is only for a relay on this machine: use https://"
            )
        }
    }

    /// Whether the relay is on this machine, whatever a resolver would say.
    package var isLoopback: Bool {
        self.host == "localhost" || self.host == "::1" || (self.host.hasPrefix("127.") && self.isAddress)
    }

    /// Whether the host is an address and no name: then there is no name to tell in the TLS handshake.
    var isAddress: Bool { (try? SocketAddress(ipAddress: self.host, port: self.port)) != nil }

    /// The value of `Host` (RFC 9110 §7.2): the port only when it is not the scheme's own.
    var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == (self.isTLS ? 443 : 80) ? host : "\(host):\(self.port)"
    }

    /// The target of CONNECT (RFC 9110 §9.3.6): the port always.
    var hostAndPort: String { self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)" }

    package var description: String { "\(self.isTLS ? "https" : "http")://\(self.authority)" }
}

/// The authority of a URL: `relay.example.com`, `127.0.0.1:8443`, `[::1]:8443`.
struct HostAndPort {
    /// Without brackets, in lower case.
    let host: String
    let port: Int?

    /// Answers `nil` unless the text is a host and, behind a colon, a port from 1 to 65535.
    init?(_ text: Substring) {
        var host = text
        var digits: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[..<end].dropFirst()
            let rest = text[text.index(after: end)...]
            guard (try? SocketAddress(ipAddress: String(host), port: 0))?.protocol == .inet6 else { return nil }
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            digits = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            digits = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "\\") }) else {
            return nil
        }
        self.host = host.lowercased()
        guard let digits else {
            self.port = nil
            return
        }
        guard let port = UInt16(digits), port > 0, !digits.hasPrefix("+") else { return nil }
        self.port = Int(port)
    }
}
