/// An HTTP proxy that connections to the relay go through by CONNECT.
package struct Proxy: Hashable, Sendable {
    package var host: String
    package var port: Int
    /// The value of `Proxy-Authorization`, when the proxy's URL holds a user.
    package var authorization: String?

    /// What is wrong with a proxy's URL.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// The proxy that the environment names for a relay, if any: `HTTPS_PROXY`, unless `NO_PROXY` lists the host.
    package static func named(
        in environment: [String: String],
        for relay: RelayAddress
    ) throws(Fault) -> Proxy? {
        let value = { (name: String) in environment[name.lowercased()] ?? environment[name] }
        guard let text = value(relay.isTLS ? "HTTPS_PROXY" : "HTTP_PROXY"), !text.isEmpty else { return nil }
        let exceptions = (value("NO_PROXY") ?? "").split { $0 == "," || $0.isWhitespace }
        for exception in exceptions {
            let name = exception.drop { $0 == "." || $0 == "*" }.lowercased()
            if exception == "*" || relay.host == name || relay.host.hasSuffix(".\(name)") { return nil }
        }
        return try Proxy(text)
    }

    /// Reads `http://[user:password@]host:port`.
    package init(_ text: String) throws(Fault) {
        var rest = text[...]
        if rest.lowercased().hasPrefix("http://") {
            rest = rest.dropFirst(7)
        } else if rest.contains("://") {
            throw Fault(
                description: "the proxy's URL must begin with http://; the way to the relay is encrypted all the same"
            )
        }
        if let end = rest.firstIndex(of: "/") { rest = rest[..<end] }
        if let at = rest.lastIndex(of: "@") {
            self.authorization = "Basic " + Self.base64(Array(Self.decoded(rest[..<at]).utf8))
            rest = rest[rest.index(after: at)...]
        }
        var port = 8_080
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            guard let number = Int(rest[rest.index(after: colon)...]), (1...65_535).contains(number) else {
                throw Fault(description: "the proxy's URL has no port between 1 and 65535 behind its colon")
            }
            port = number
            rest = rest[..<colon]
        }
        if rest.first == "[", rest.last == "]" { rest = rest.dropFirst().dropLast() }
        guard !rest.isEmpty else { throw Fault(description: "the proxy's URL names no host") }
        self.host = String(rest)
        self.port = port
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// RFC 4648 §4.
    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for index in 0..<4 {
                text.append(
                    index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "=")
                )
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
