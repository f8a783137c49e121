import NIOCore
import Vocabulary

extension NetworkAddress {
    /// The address of a connection's other end; `nil` for a Unix socket.
    init?(_ socket: SocketAddress) {
        guard let text = socket.ipAddress else { return nil }
        self.init(text)
    }
}
