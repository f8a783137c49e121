/// Tells the addresses of the public Internet from all others.
package enum AddressGuard {
    /// Whether an address is one machine's on the public Internet.
    ///
    /// By IANA's registries of special-purpose addresses (RFC 6890 and what was registered since). Addresses of IPv6 that hold one
    /// of IPv4, which a translator on the way may bring anywhere, are refused as a whole.
    package static func isPublic(_ address: IPAddress) -> Bool {
        if address.bytes.count == 4 { return !Self.special.contains { $0.contains(address) } }
        return Self.globalUnicast.contains { $0.contains(address) } && !Self.special.contains { $0.contains(address) }
    }

    /// What IPv6 has of global unicast (RFC 4291 §2.4); everything beyond it is special or not given out. Mapped and compatible
    /// addresses of IPv4, NAT64, unique local, link-local and multicast lie outside.
    private static let globalUnicast = ["2000::/3"].map(Self.network)

    private static let special = [
        // This network; private; shared by carriers (RFC 6598); loopback; link-local, clouds' metadata among it.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        // Protocol assignments; documentation; 6to4 relays; private; benchmarks; documentation.
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        // Documentation; multicast; reserved, and broadcast.
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        // Protocol assignments, Teredo among them; documentation; 6to4; documentation.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    ].map(Self.network)

    /// Ends the program for what is no network: one that is left out would be let in.
    private static func network(_ literal: String) -> Network {
        guard let network = Network(literal) else { preconditionFailure("\(literal) is no network") }
        return network
    }
}
