/// An http or https URL, in the parts that a connection is made of (RFC 3986 §3).
///
/// Strict where servers and proxies are known to read differently: no user name, no backslash, no space, only ASCII.
package struct WebAddress: Hashable, Sendable {
    package let isSecure: Bool
    /// A name in lower case or an address without brackets.
    package let host: String
    package let port: Int
    /// Path and query, as they go into the request; begins with «/».
    package let target: String

    static let usualPorts: Set<Int> = [80, 443]

    /// - Throws: what is wrong with it; the words follow its name.
    package init(_ text: String) throws(FetchFault) {
        guard text.utf8.count <= 8_192 else { throw FetchFault("is longer than 8192 characters") }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw FetchFault("has characters that must be escaped in a URL")
        }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw FetchFault("is no http or https URL")
        }
        switch text[..<colon].lowercased() {
        case "http": self.isSecure = false
        case "https": self.isSecure = true
        default: throw FetchFault("is no http or https URL")
        }
        let rest = text[text.index(colon, offsetBy: 3)...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw FetchFault("has a user's name in it, which is not sent") }
        (self.host, self.port) = try Self.split(authority, usual: self.isSecure ? 443 : 80)
        let target = rest[authority.endIndex...]
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// What `host` says, or a `Location` is relative to.
    package var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == (self.isSecure ? 443 : 80) ? host : "\(host):\(self.port)"
    }

    /// Where a redirect leads (RFC 9110 §10.2.2).
    func following(_ location: String) throws(FetchFault) -> WebAddress {
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
    static func isHostName(_ text: Substring) -> Bool {
        var labels = text.split(separator: ".", omittingEmptySubsequences: false)
        if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
        guard text.utf8.count <= 253, let last = labels.last else { return false }
        if last.allSatisfy(\.isNumber) || last.lowercased().hasPrefix("0x") { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
    }

    private static func split(_ authority: Substring, usual: Int) throws(FetchFault) -> (host: String, port: Int) {
        var host = authority
        var port: Substring = ""
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw FetchFault("has no host") }
            host = authority[..<end].dropFirst()
            let rest = authority[end...].dropFirst()
            guard IPAddress(host)?.bytes.count == 16, rest.isEmpty || rest.hasPrefix(":") else {
                throw FetchFault("has no host")
            }
            port = rest.dropFirst()
        } else {
            if let colon = authority.firstIndex(of: ":") {
                host = authority[..<colon]
                port = authority[colon...].dropFirst()
            }
            guard isHostName(host) || IPAddress(host)?.bytes.count == 4 else { throw FetchFault("has no host") }
        }
        if port.isEmpty { return (host.lowercased(), usual) }
        guard port.allSatisfy({ $0.isASCII && $0.isNumber }), let number = UInt16(port), number > 0 else {
            throw FetchFault("has a port that is none")
        }
        return (host.lowercased(), Int(number))
    }
}

/// Why an image is not fetched; the words follow its name.
package struct FetchFault: Error, Hashable, Sendable {
    package var reason: String

    package init(_ reason: String) {
        self.reason = reason
    }
}
