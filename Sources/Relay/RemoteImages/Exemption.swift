internal import Vocabulary
private import WebClient

/// A host or a network that is fetched from although its addresses are not public, or its port is not the usual one: the
/// image server of an operator's own network.
///
/// `images.lan`, `images.lan:8080`, `10.1.2.3`, `10.1.0.0/16`, `10.1.0.0/16:8080`, `fd00::/8`, `[fd00::/8]:8080`. Without a port the
/// usual ones are meant, 80 and 443. A network is written by its first address.
package struct Exemption: Hashable, Sendable, CustomStringConvertible {
    private enum Place: Hashable {
        case host(String)
        case range(NetworkRange)
    }

    /// What is meant without a port.
    static let usualPorts: Set<Int> = [80, 443]

    private let place: Place
    private let port: Int?
    /// As it was written.
    package let description: String

    package init?(_ text: String) {
        self.description = text
        var place = text
        var port = 0
        // Several colons without brackets are those of an IPv6 address.
        if text.hasPrefix("[") || text.count(where: { $0 == ":" }) == 1 {
            guard let written = try? HostAndPort(text[...], defaultPort: 0) else { return nil }
            (place, port) = (written.host, written.port)
        }
        self.port = port == 0 ? nil : port
        if let range = NetworkRange(place) {
            // Addresses of IPv4 that are written as such of IPv6 are never connected to; as IPv4 it would open others.
            guard !(range.isVersion4 && place.contains(":")) else { return nil }
            self.place = .range(range)
        } else if WebAddress.isHostName(place), !place.hasSuffix(".") {
            self.place = .host(place.lowercased())
        } else {
            return nil
        }
    }

    /// Whether a connection to an address is meant.
    /// - Parameter host: the host as the URL names it, in lower case.
    func covers(host: String, address: NetworkAddress, port: Int) -> Bool {
        guard self.port.map({ $0 == port }) ?? Self.usualPorts.contains(port) else { return false }
        return switch self.place {
        case .host(let name): name == host
        // `::/0` holds the addresses of IPv4 as well, which whoever writes it does not mean to open.
        case .range(let range): range.isVersion4 == address.isVersion4 && range.contains(address)
        }
    }
}
