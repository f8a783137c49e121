/// The networks whose word about a client's address counts.
package struct TrustedProxies: Hashable, Sendable {
    package let networks: [NetworkRange]

    package init(_ networks: [NetworkRange] = []) {
        self.networks = networks
    }

    package var isEmpty: Bool { self.networks.isEmpty }

    package func contains(_ address: NetworkAddress) -> Bool {
        self.networks.contains { $0.contains(address) }
    }

    /// Where the client of a request is: the last hop that is not trusted.
    ///
    /// A proxy appends to `X-Forwarded-For` where a request came to it from, so the list is read from its right end, and everything left
    /// of the first address that is not a trusted proxy's may be made up by whoever sits there. An entry that is no address ends the walk.
    /// - Parameters:
    ///   - peer: the other end of the connection; what it says counts only when it is trusted.
    ///   - forwardedFor: the values of all `X-Forwarded-For` headers, in their order.
    package func client(peer: NetworkAddress, forwardedFor values: [some StringProtocol]) -> NetworkAddress {
        var client = peer
        for value in values.reversed() {
            for entry in value.split(separator: ",", omittingEmptySubsequences: false).reversed() {
                guard self.contains(client), let hop = Self.address(entry) else { return client }
                client = hop
            }
        }
        return client
    }

    /// Reads an entry: an address, with a port behind it where a proxy adds one (`192.0.2.1:443`, `[2001:db8::1]:443`).
    private static func address(_ entry: some StringProtocol) -> NetworkAddress? {
        var text = String(entry.drop { $0 == " " || $0 == "\t" })
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            return NetworkAddress(text[text.index(after: text.startIndex)..<end])
        }
        if let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon { text = String(text[..<colon]) }
        return NetworkAddress(text)
    }
}
