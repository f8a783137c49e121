/// A host and a port as URLs and settings write them: `relay.example.com:8443`, `127.0.0.1:80`, `[::1]:443` (RFC 3986 §3.2).
package struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address, without the brackets of IPv6, in lower case where it was read, but for a zone.
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// What is wrong with a text; the words follow it.
    package enum Fault: String, Error, CustomStringConvertible {
        case openBracket = "opens a bracket that it does not close"
        case behindBracket = "has something between its host and its port"
        case noHost = "names no host"
        case badHost = "has a character in its host that no host has"
        case bracketedName = "has brackets around what is no IPv6 address"
        case noPort = "has no port between 1 and 65535 behind its colon"

        package var description: String { self.rawValue }
    }

    /// Reads `host`, `host:port`, `[address]` and `[address]:port`; whether there is such a name or address is
    /// the caller's to judge.
    /// - Parameter defaultPort: what is meant where no port is written; without one it must be.
    package init(_ text: Substring, defaultPort: Int?, ports: ClosedRange<UInt16> = 1...65_535) throws(Fault) {
        var host = text
        var digits: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .openBracket }
            let rest = text[end...].dropFirst()
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .behindBracket }
            host = text[..<end].dropFirst()
            guard host.isEmpty || host.contains(":") else { throw .bracketedName }
            digits = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            digits = text[colon...].dropFirst()
        }
        guard !host.isEmpty else { throw .noHost }
        guard host.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\\") }) else { throw .badHost }
        // A zone is the name of an interface, which has its case.
        let zone = host.firstIndex(of: "%") ?? host.endIndex
        self.host = host[..<zone].lowercased() + host[zone...]
        if digits == nil, let defaultPort {
            self.port = defaultPort
            return
        }
        guard let digits, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = UInt16(digits), ports.contains(port)
        else { throw .noPort }
        self.port = Int(port)
    }

    /// The port always, as the target of CONNECT has it (RFC 9110 §9.3.6).
    package var description: String { "\(self.bracketed):\(self.port)" }

    /// The value of `Host` (RFC 9110 §7.2): the port only when it is not the scheme's own.
    package func authority(defaultPort: Int) -> String {
        self.port == defaultPort ? self.bracketed : self.description
    }

    /// Whether only this machine is meant, whatever a resolver would say.
    package var isLoopback: Bool {
        self.host == "localhost" || NetworkAddress(self.host)?.isLoopback ?? false
    }

    private var bracketed: String { self.host.contains(":") ? "[\(self.host)]" : self.host }
}
