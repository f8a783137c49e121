import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A socket that a relay listens on, lent to another process or by it.
package struct ListeningSocket: Sendable {
    /// The host that it was bound to, as the configuration named it.
    package var host: String
    /// The port that it has.
    package var port: Int
    package var descriptor: CInt

    package init(host: String, port: Int, descriptor: CInt) {
        self.host = host
        self.port = port
        self.descriptor = descriptor
    }
}

/// The sockets that the relay listens on, for the process that is to take its place.
package final class ListeningSockets: Sendable {
    private struct State {
        var open: [(host: String, port: Int, channel: any Channel)] = []
        var connections: OpenConnections?
        var inherited: [ListeningSocket]
    }

    private let state: Mutex<State>

    /// - Parameter inherited: sockets of the relay whose place this one takes; each is used in place of an own one, or closed.
    package init(inherited: [ListeningSocket] = []) {
        self.state = Mutex(State(inherited: inherited))
    }

    /// Copies of the sockets, which the caller closes.
    package func copies() async throws -> [ListeningSocket] {
        var copies: [ListeningSocket] = []
        for (host, port, channel) in self.state.withLock({ $0.open }) {
            let descriptor = try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                    fcntl($0, F_DUPFD_CLOEXEC, 0)
                }
            }.get()
            guard let descriptor, descriptor >= 0 else { continue }
            copies.append(ListeningSocket(host: host, port: port, descriptor: descriptor))
        }
        return copies
    }

    /// Accepts what comes to the sockets of the other relay, which accepts nothing more.
    package func open() async throws {
        for (_, _, channel) in self.state.withLock({ $0.open }) {
            try await channel.setOption(.autoRead, value: true).get()
        }
    }

    /// Accepts nothing more here; callers learn with their next answer that they are to come anew.
    ///
    /// The sockets stay open until the relay stops: NIO closes a connection that was accepted, and is still being set up on its
    /// own event loop, together with the socket that accepted it.
    package func shut() async {
        let (open, connections) = self.state.withLock { ($0.open, $0.connections) }
        for (_, _, channel) in open { try? await channel.setOption(.autoRead, value: false).get() }
        connections?.announceLeaving()
    }

    func opened(_ connections: OpenConnections) {
        self.state.withLock { $0.connections = connections }
    }

    func opened(_ host: String, port: Int, _ channel: any Channel) {
        self.state.withLock { $0.open.append((host, port, channel)) }
    }

    /// The socket of the other relay that was bound to an address.
    func inherit(_ address: ListenAddress) -> CInt? {
        self.state.withLock { state in
            // A relay of an earlier release names it as it was configured.
            let index = state.inherited.firstIndex {
                $0.host.lowercased() == address.host.lowercased() && $0.port == address.port
            }
            return index.map { state.inherited.remove(at: $0).descriptor }
        }
    }

    /// Lets go of what nobody wants.
    func closeInherited() {
        let left = self.state.withLock { state in
            defer { state.inherited = [] }
            return state.inherited
        }
        for socket in left { _ = close(socket.descriptor) }
    }
}
