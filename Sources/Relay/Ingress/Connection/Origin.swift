import NIOCore
import NIOHTTP1
import Vocabulary

/// Where a connection comes from, as far as the relay can know; used on the connection's event loop.
final class Origin {
    private let trusted: TrustedProxies
    /// The connection's other end, or the client that a trusted proxy has named in front of it; `nil` for what has no address.
    private(set) var peer: NetworkAddress?
    /// Whether the peer may say where a request comes from.
    private(set) var isTrusted: Bool
    /// Whether the relay has no room for its calls: they are refused, and it is closed.
    var isShed = false
    /// What address the connection is counted with, if with any.
    var counted: NetworkAddress?
    /// Whether TLS is spoken on the connection itself, and not only up to a proxy before the relay.
    let isTLS: Bool

    init(peer: NetworkAddress?, isTLS: Bool, trusted: TrustedProxies) {
        self.isTLS = isTLS
        self.trusted = trusted
        self.peer = peer
        self.isTrusted = peer.map { trusted.contains($0) } ?? false
    }

    /// A trusted proxy has said whom it forwards.
    func forwards(_ client: NetworkAddress) {
        self.peer = client
        self.isTrusted = self.trusted.contains(client)
    }

    /// Where a request comes from.
    func client(_ headers: HTTPHeaders) -> NetworkAddress? {
        guard self.isTrusted, let peer else { return self.peer }
        return self.trusted.client(peer: peer, forwardedFor: headers["x-forwarded-for"])
    }
}
