package import Vocabulary

/// Tells the addresses of the public Internet from all others.
package enum AddressGuard {
    /// Whether an address is one machine's on the public Internet.
    ///
    /// By IANA's registries of special-purpose addresses (RFC 6890 and what was registered since). Addresses of IPv6 that hold one
    /// of IPv4, which a translator on the way may bring anywhere, are refused as a whole; a mapped one (`::ffff:8.8.8.8`) is told
    /// from that of IPv4 no more, and does not come so far: neither ``WebAddress`` nor ``SystemResolver`` takes one.
    package static func isPublic(_ address: NetworkAddress) -> Bool {
        (address.isVersion4 || Self.globalUnicast.contains(address)) && !Self.special.contains { $0.contains(address) }
    }

    /// What IPv6 has of global unicast (RFC 4291 §2.4); everything beyond it is special or not given out. Mapped and compatible
    /// addresses of IPv4, NAT64, unique local, link-local and multicast lie outside.
    private static let globalUnicast = Self.range("2000::/3")

    private static let special = [
        // This network; private; shared by carriers (RFC 6598); loopback; link-local, clouds' metadata among it.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        // Protocol assignments; documentation; 6to4 relays; private; benchmarks; documentation.
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        // Documentation; multicast; reserved, and broadcast.
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // Protocol assignments, Teredo among them; documentation; 6to4; documentation.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    ].map(Self.range)

    /// Ends the program for what is no range: one that is left out would be let in.
    private static func range(_ literal: String) -> NetworkRange {
        guard let range = NetworkRange(literal) else { preconditionFailure("\(literal) is no range of addresses") }
        return range
    }
}
