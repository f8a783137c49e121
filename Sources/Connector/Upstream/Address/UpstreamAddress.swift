/// Where a model server is.
package enum UpstreamAddress: Hashable, Sendable, CustomStringConvertible {
    /// A server behind an `http` or `https` URL.
    case server(UpstreamServer)
    /// The connector's own demo model: inside this process, on no port at all.
    case demo

    /// Reads a URL such as `http://127.0.0.1:11434` or `https://models.lan/base`.
    package init(_ text: String) throws(UpstreamServer.Fault) {
        self = .server(try UpstreamServer(text))
    }

    /// The URL as people read it.
    package var description: String {
        switch self {
        case .server(let server): server.description
        case .demo: "this process"
        }
    }
}
