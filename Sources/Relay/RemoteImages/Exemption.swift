/// A host or a network that is fetched from although its addresses are not public, or its port is not the usual one: the
/// image server of an operator's own network.
///
/// `images.lan`, `images.lan:8080`, `10.1.2.3`, `10.1.0.0/16`, `10.1.0.0/16:8080`, `fd00::/8`, `[fd00::/8]:8080`. Without a port the
/// usual ones are meant, 80 and 443.
package struct Exemption: Hashable, Sendable, CustomStringConvertible {
    private enum Place: Hashable {
        case host(String)
        case network(Network)
    }

    private let place: Place
    private let port: Int?
    /// As it was written.
    package let description: String

    package init?(_ text: String) {
        self.description = text
        var place = text[...]
        var port: Substring?
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
            let rest = place[place.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
            place = place[..<end].dropFirst()
            guard place.contains(":") else { return nil }
        } else if place.count(where: { $0 == ":" }) == 1, let colon = place.firstIndex(of: ":") {
            port = place[place.index(after: colon)...]
            place = place[..<colon]
        }
        if let port {
            guard let number = UInt16(port), number > 0 else { return nil }
            self.port = Int(number)
        } else {
            self.port = nil
        }
        if let network = Network(place) {
            self.place = .network(network)
        } else if WebAddress.isHostName(place), !place.hasSuffix(".") {
            self.place = .host(place.lowercased())
        } else {
            return nil
        }
    }

    /// Whether a connection to an address is meant.
    /// - Parameter host: the host as the URL names it, in lower case.
    func covers(host: String, address: IPAddress, port: Int) -> Bool {
        guard self.port.map({ $0 == port }) ?? WebAddress.usualPorts.contains(port) else { return false }
        return switch self.place {
        case .host(let name): name == host
        case .network(let network): network.contains(address)
        }
    }
}
