private import Vocabulary

/// A model server's URL, in parts.
///
/// The base path is what stands before `/v1/…`. A trailing `/v1` is taken off: the base URL that SDKs are given ends in
/// it, and people will paste that one.
package struct UpstreamServer: Hashable, Sendable, CustomStringConvertible {
    /// How the server is spoken to.
    package enum Scheme: String, Sendable {
        case http
        case https

        /// The port when none is given.
        package var defaultPort: Int { self == .http ? 80 : 443 }
    }

    /// What is wrong with a URL, as a sentence for whoever typed it.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    package let scheme: Scheme
    private let hostAndPort: HostAndPort
    /// Empty, or begins with `/` and does not end in one.
    package let basePath: String

    /// Reads an `http` or `https` URL; without a scheme `http` is meant.
    package init(_ text: String) throws(Fault) {
        let (scheme, rest) = try Self.scheme(of: text)
        guard !rest.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "\\") }) else {
            throw Fault(description: "«\(text)» holds a character that no URL has")
        }
        guard !rest.contains("?"), !rest.contains("#") else {
            throw Fault(description: "«\(text)» has a query or a fragment; the URL of a model server has none")
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        guard !authority.contains("@") else {
            throw Fault(description: "the URL holds a user or a password; give the credential separately")
        }
        self.scheme = scheme
        do throws(HostAndPort.Fault) {
            self.hostAndPort = try HostAndPort(authority, defaultPort: scheme.defaultPort)
        } catch {
            throw Fault(description: "«\(text)» \(error)")
        }
        self.basePath = try Self.basePath(rest[slash...], of: text)
    }

    package var description: String { "\(self.scheme.rawValue)://\(self.authority)\(self.basePath)" }

    /// A name or an address, without brackets, in lower case.
    package var host: String { self.hostAndPort.host }
    package var port: Int { self.hostAndPort.port }

    /// The value of `Host`.
    package var authority: String { self.hostAndPort.authority(defaultPort: self.scheme.defaultPort) }

    // MARK: Inside

    private static func scheme(of text: String) throws(Fault) -> (Scheme, Substring) {
        // Without Foundation there is no search for a text in a text; a colon followed by two slashes is one.
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return (.http, text[...]) }
        guard let scheme = Scheme(rawValue: text[..<colon].lowercased()) else {
            throw Fault(description: "«\(text)» is neither an http:// nor an https:// URL")
        }
        return (scheme, text[colon...].dropFirst(3))
    }

    /// What the URLs in examples of calls end in, which people copy.
    private static let endpoints: [[Substring]] = [
        ["chat", "completions"], ["v1", "completions"], ["v1", "embeddings"], ["v1", "models"], ["v1", "responses"],
        ["v1", "messages"], ["api", "chat"], ["api", "generate"], ["api", "tags"],
    ]

    private static func basePath(_ path: Substring, of text: String) throws(Fault) -> String {
        var path = path
        while path.hasSuffix("/") { path = path.dropLast() }
        if path.hasSuffix("/v1") { path = path.dropLast(3) }
        while path.hasSuffix("/") { path = path.dropLast() }
        let names = path.split(separator: "/")
        guard !Self.endpoints.contains(where: { names.suffix($0.count).elementsEqual($0) }) else {
            throw Fault(
                description: "«\(text)» is the URL of one endpoint; that of a model server ends before /v1, such as "
                    + "http://127.0.0.1:11434"
            )
        }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard segments.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw Fault(description: "the path of «\(text)» has empty or dot segments")
        }
        return String(path)
    }
}
