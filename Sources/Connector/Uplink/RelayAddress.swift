/// Where the relay is: `https://relay.example.com` or, on this machine only, `http://127.0.0.1:8080`.
package struct RelayAddress: Hashable, Sendable, CustomStringConvertible {
    package let isTLS: Bool
    /// A name or an address, without brackets.
    package let host: String
    package let port: Int

    /// What is wrong with an address, as a sentence for whoever typed it.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// Reads a URL; without a scheme `https` is meant.
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
        guard !rest.isEmpty, !rest.contains(where: { "/?#@ ".contains($0) || $0.isWhitespace }) else {
            throw Fault(description: "«\(text)» is not the address of a relay; it looks like https://relay.example.com")
        }
        var host = rest
        var port = isTLS ? 443 : 80
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]"),
            rest.first == "[" || rest.filter({ $0 == ":" }).count == 1
        {
            guard let number = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(number) else {
                throw Fault(description: "«\(text)» has no port between 1 and 65535 behind its colon")
            }
            port = number
            host = rest[..<colon]
        }
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw Fault(description: "«\(text)» names no host") }
        self.isTLS = isTLS
        self.host = host.lowercased()
        self.port = port
        guard isTLS || allowsPlain || self.isLoopback else {
            throw Fault(
                description: "«\(text)» is plain HTTP, which is only for a relay on this machine: use https://"
            )
        }
    }

    /// Whether the relay is on this machine.
    package var isLoopback: Bool {
        self.host == "localhost" || self.host == "::1" || self.host.hasPrefix("127.")
    }

    /// Whether the host is an address and no name: then there is no name to tell in the TLS handshake.
    var isAddress: Bool {
        self.host.contains(":") || self.host.split(separator: ".").allSatisfy { UInt8($0) != nil }
    }

    /// The value of `Host`.
    var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == (self.isTLS ? 443 : 80) ? host : "\(host):\(self.port)"
    }

    package var description: String { "\(self.isTLS ? "https" : "http")://\(self.authority)" }
}
