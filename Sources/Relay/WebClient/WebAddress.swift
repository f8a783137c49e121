package import Vocabulary

/// An http or https URL, in the parts that a connection is made of (RFC 3986 §3).
///
/// Strict where servers and proxies are known to read differently: no user name, no backslash, no space, only ASCII.
package struct WebAddress: Hashable, Sendable {
    package let isSecure: Bool
    private let hostAndPort: HostAndPort
    /// Path and query, as they go into the request; begins with «/».
    package let target: String

    /// - Throws: what is wrong with it; the words follow its name.
    package init(_ text: String) throws(WebFault) {
        guard text.utf8.count <= 8_192 else { throw WebFault("is longer than 8192 characters") }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw WebFault("has characters that must be escaped in a URL")
        }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw WebFault("is no http or https URL")
        }
        switch text[..<colon].lowercased() {
        case "http": self.isSecure = false
        case "https": self.isSecure = true
        default: throw WebFault("is no http or https URL")
        }
        let rest = text[text.index(colon, offsetBy: 3)...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw WebFault("has a user's name in it, which is not sent") }
        self.hostAndPort = try Self.place(authority, usual: self.isSecure ? 443 : 80)
        let target = rest[authority.endIndex...]
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// A name in lower case or an address without brackets.
    package var host: String { self.hostAndPort.host }
    package var port: Int { self.hostAndPort.port }

    /// The host as an address; `nil` for a name.
    package var literal: NetworkAddress? { NetworkAddress(self.host) }

    /// Whether only this machine is meant, whatever a resolver would say.
    package var isLoopback: Bool { self.hostAndPort.isLoopback }

    /// What `host` says, or a `Location` is relative to.
    package var authority: String { self.hostAndPort.authority(defaultPort: self.isSecure ? 443 : 80) }

    /// Where a redirect leads (RFC 9110 §10.2.2).
    package func following(_ location: String) throws(WebFault) -> WebAddress {
        let scheme = self.isSecure ? "https" : "http"
        if location.hasPrefix("//") { return try WebAddress("\(scheme):\(location)") }
        if location.hasPrefix("/") { return try WebAddress("\(scheme)://\(self.authority)\(location)") }
        let beforeColon = location.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        if location[beforeColon.endIndex...].hasPrefix(":") { return try WebAddress(location) }
        let path = self.target.prefix { $0 != "?" }
        let folder = location.hasPrefix("?") ? path : path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return try WebAddress("\(scheme)://\(self.authority)\(folder)\(location)")
    }

    /// Whether a text may be the name of a host: labels of letters, digits, «-» and «_», of which the last is no number, since what
    /// ends in a number is meant to be an address (URL Standard, «ends in a number checker»).
    package static func isHostName(_ text: some StringProtocol) -> Bool {
        var labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        guard text.utf8.count <= 253, let last = labels.last else { return false }
        if last.allSatisfy(\.isNumber) || last.lowercased().hasPrefix("0x") { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
    }

    private static func place(_ authority: Substring, usual: Int) throws(WebFault) -> HostAndPort {
        let place: HostAndPort
        do throws(HostAndPort.Fault) {
            // A colon without a port is allowed (RFC 3986 §3.2.3).
            place = try HostAndPort(authority.hasSuffix(":") ? authority.dropLast() : authority, defaultPort: usual)
        } catch {
            throw WebFault(error == .noPort ? "has a port that is none" : "has no host")
        }
        let address = NetworkAddress(place.host)
        guard address != nil || Self.isHostName(place.host) else { throw WebFault("has no host") }
        guard !(place.host.contains(":") && address?.isVersion4 == true) else {
            throw WebFault("has an IPv4 address written as one of IPv6: write it as it is, 192.0.2.1")
        }
        return place
    }
}
