package import Vocabulary

/// The only requests that a relay can make a model server answer.
///
/// A request is compared whole, byte by byte: a query, a dot segment, an encoded slash or a second slash makes it another
/// path, and so refuses it. Each of them answers or counts tokens, and leaves the server as it is. What a server is asked
/// beside calls (its version, its models), only the connector's own prober asks; what changes a server (pulling, loading, deleting a model) nobody does.
package struct ForwardablePath: Hashable, Sendable {
    package let method: String
    package let path: String
    package let service: UpstreamService

    /// Every request that is forwarded; what is not here is refused.
    package static let all = UpstreamService.allCases.map { service in
        ForwardablePath(method: "POST", path: service.path, service: service)
    }

    /// The entry for a request, or `nil` when it is not one to be forwarded.
    package static func match(method: String, path: String) -> ForwardablePath? {
        self.all.first { Self.isSame($0.path, path) && Self.isSame($0.method, method) }
    }

    /// Whether a text has the very bytes of one in ASCII: whatever else is equal to that as text (the sign for Kelvin to a K) has more.
    private static func isSame(_ ascii: String, _ text: String) -> Bool {
        ascii.utf8.count == text.utf8.count && ascii == text
    }
}
