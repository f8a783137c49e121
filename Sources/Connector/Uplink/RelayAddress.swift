import NIOCore
import Vocabulary

/// Where the relay is: `https://relay.example.com` or, on this machine only, `http://127.0.0.1:8080`.
package struct RelayAddress: Hashable, Sendable, CustomStringConvertible {
    package let isTLS: Bool
    let hostAndPort: HostAndPort

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
        guard let place = try? HostAndPort(rest, defaultPort: isTLS ? 443 : 80),
            !place.host.contains(":") || place.isAddress,
            !rest.contains(where: { "/?#".contains($0) })
        else {
            throw Fault(
                description: "«\(text)» is not the address of a relay; it looks like https://relay.example.com:8443"
            )
        }
        self.isTLS = isTLS
        self.hostAndPort = place
        guard isTLS || allowsPlain || self.isLoopback else {
            throw Fault(
                description: "«\(text)» is plain HTTP, which is only for a relay on this machine: use https://"
            )
        }
    }

    /// A name or an address, without brackets, in lower case.
    package var host: String { self.hostAndPort.host }
    package var port: Int { self.hostAndPort.port }

    /// Whether the relay is on this machine, whatever a resolver would say.
    package var isLoopback: Bool { self.hostAndPort.isLoopback }

    /// Whether the host is an address and no name: then there is no name to tell in the TLS handshake.
    var isAddress: Bool { self.hostAndPort.isAddress }

    /// The value of `Host`.
    var authority: String { self.hostAndPort.authority(defaultPort: self.isTLS ? 443 : 80) }

    package var description: String { "\(self.isTLS ? "https" : "http")://\(self.authority)" }
}

extension HostAndPort {
    /// Whether the host is an address that can be connected to, its zone included; a name has no colon.
    var isAddress: Bool { (try? SocketAddress(ipAddress: self.host, port: self.port)) != nil }
}
