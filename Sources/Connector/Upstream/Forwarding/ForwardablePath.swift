/// The only requests that a relay can make a model server answer.
///
/// A request is compared whole, byte by byte: a query, a dot segment, an encoded slash or a second slash makes it another
/// path, and so refuses it. What a server is asked beside calls (its version, its models), only the connector's own
/// prober asks; what changes a server (pulling, loading, deleting a model) nobody does.
package struct ForwardablePath: Hashable, Sendable {
    /// What is spoken on a path, by the names that `state` tells the relay.
    package enum Dialect: String, Hashable, Sendable, CaseIterable {
        /// OpenAI chat completions.
        case chat
        /// OpenAI completions, the older form with one prompt.
        case completions
        /// OpenAI embeddings.
        case embeddings
    }

    package let method: String
    package let path: String
    package let dialect: Dialect

    /// Every request that is forwarded; what is not here is refused.
    package static let all = [
        ForwardablePath(method: "POST", path: "/v1/chat/completions", dialect: .chat),
        ForwardablePath(method: "POST", path: "/v1/completions", dialect: .completions),
        ForwardablePath(method: "POST", path: "/v1/embeddings", dialect: .embeddings),
    ]

    /// The entry for a request, or `nil` when it is not one to be forwarded.
    package static func match(method: String, path: String) -> ForwardablePath? {
        self.all.first { $0.path.utf8.elementsEqual(path.utf8) && $0.method.utf8.elementsEqual(method.utf8) }
    }
}
