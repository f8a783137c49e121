private import NIOCore
private import NIOPosix
private import Synchronization

/// A TCP proxy between a connector and its relay that does to their connections what networks do.
///
/// It knows nothing of what it carries. Faults are told to one connection, to all that are open, or to those that will be opened: a tunnel
/// that dies while the next one finds its way is the ordinary case.
package final class FaultProxy: Sendable {
    /// Which way bytes go.
    package enum Direction: CaseIterable, Sendable {
        /// From who dialled (the connector) to who is dialled (the relay).
        case up
        /// Back.
        case down
    }

    /// What happens to the bytes of one direction.
    package struct Weather: Sendable {
        /// Every byte, and the end of the connection, vanishes; the sender is told nothing. What was swallowed does not come back, so
        /// that a connection that was in such a hole once is of no use any more.
        package var isBlackHole = false
        /// Nothing moves, and nothing is lost: it goes on when this ends.
        package var isStalled = false
        /// How long every byte takes, in milliseconds.
        package var delay = 0
        /// How much longer it may take, in milliseconds; order is kept.
        package var jitter = 0
        /// Bytes per second; `nil` for no limit.
        package var rate: Int?
        /// The connection is reset behind this byte of its life, counted from its beginning.
        package var cutAfter: Int?

        package init() {}
    }

    private struct State {
        var links: [Int: FaultLink] = [:]
        var opened = 0
        var weather: [Direction: Weather] = [:]
        var refuses = false
    }

    /// Where it listens, on 127.0.0.1.
    package let port: Int
    private let server: any Channel
    private let state: StateBox

    private final class StateBox: Sendable {
        let value = Mutex(State())
    }

    private init(server: any Channel, state: StateBox) {
        self.server = server
        self.port = server.localAddress?.port ?? 0
        self.state = state
    }

    /// Starts one before a port of 127.0.0.1.
    package static func start(to port: Int) async throws -> FaultProxy {
        let state = StateBox()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { near in
                let (number, weather) = state.value.withLock { state -> (Int, [Direction: Weather]?) in
                    state.opened += 1
                    return (state.opened, state.refuses ? nil : state.weather)
                }
                guard let weather else { return near.eventLoop.makeFailedFuture(ProgramFailure("refused")) }
                return Self.dial(port, on: near.eventLoop).flatMapThrowing { far in
                    let link = try FaultLink(number: number, near: near, far: far, weather: weather)
                    state.value.withLock { $0.links[number] = link }
                    link.whenOver { state.value.withLock { _ = $0.links.removeValue(forKey: number) } }
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        return FaultProxy(server: server, state: state)
    }

    private static func dial(_ port: Int, on eventLoop: any EventLoop) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port)
    }

    /// The connections that are open now, oldest first.
    package var links: [FaultLink] {
        self.state.value.withLock { $0.links.values.sorted { $0.number < $1.number } }
    }

    /// How many connections were opened so far, those that were refused included.
    package var opened: Int { self.state.value.withLock { $0.opened } }

    /// Changes what happens on the connections that are open now.
    /// - Parameter directions: both unless said otherwise.
    package func change(
        _ directions: [Direction] = Direction.allCases,
        _ change: @escaping @Sendable (inout Weather) -> Void
    ) async throws {
        for link in self.links { try await link.change(directions, change) }
    }

    /// Changes what happens on connections that will be opened.
    package func changeNew(_ directions: [Direction] = Direction.allCases, _ change: (inout Weather) -> Void) {
        self.state.value.withLock { state in
            for direction in directions { change(&state.weather[direction, default: Weather()]) }
        }
    }

    /// Whether new connections are closed at once.
    package func refuse(_ refuses: Bool) { self.state.value.withLock { $0.refuses = refuses } }

    /// Resets every connection that is open now.
    package func cut() async throws {
        for link in self.links { try await link.cut() }
    }

    /// Stops listening, and resets every connection.
    package func stop() async {
        try? await self.server.close()
        try? await self.cut()
    }
}
