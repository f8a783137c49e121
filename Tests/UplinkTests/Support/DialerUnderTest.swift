import NIOCore
import NIOPosix
import TunnelProtocol
import TunnelTransport

@testable import Uplink

/// Dials a ``StubServer``, which stands in for the relay or for the proxy before it.
struct DialerUnderTest: Sendable {
    static let token = "tt-adit-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

    var dialer: Dialer
    let eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()

    /// - Parameters:
    ///   - patience: for each step; so long that a busy machine does not end a dial that a test wants to end otherwise.
    ///   - carrier: `upgrade` asks once and no more, so that a test knows how many connections to expect.
    init(
        _ relay: String,
        proxy: String? = nil,
        trust: RelayTrust? = nil,
        patience: TimeAmount = .minutes(5),
        carrier: CarrierChoice = .upgrade
    ) throws {
        self.dialer = try Dialer(
            relay: try RelayAddress(relay, allowsPlain: true),
            proxy: try proxy.map { try Proxy($0) },
            trust: try trust ?? RelayTrust(),
            token: Self.token,
            session: "session",
            software: "adit-connector/test",
            carriers: Carriers(CarrierMemory(carrier))
        )
        self.dialer.patience = .init(proxy: patience, tls: patience, upgrade: patience)
    }

    /// Dials once.
    /// - Returns: what the tunnel's owner hears.
    func dial(generation: UInt64 = 7) async throws -> Observed<TunnelOwner.Sight> {
        let sight = Observed(TunnelOwner.Sight())
        try await self.dialer.dial(on: self.eventLoop, generation: generation, logger: .silent) { _ in
            TunnelOwner(sight)
        }
        return sight
    }

    /// Dials once, and should not get through.
    /// - Parameter answer: what the server does meanwhile.
    func failure(whileServer answer: @escaping @Sendable () async throws -> Void) async throws -> DialFailure {
        async let dialled = self.dial()
        try await answer()
        do {
            _ = try await dialled
        } catch let failure as DialFailure {
            return failure
        }
        throw Observed<Int>.TooLate(description: "the dial did not fail")
    }
}

/// Keeps what a tunnel tells its owner.
final class TunnelOwner: TunnelDelegate {
    struct Sight: Sendable {
        var messages: [ControlMessage] = []
        var closure: String?
    }

    private let sight: Observed<Sight>

    init(_ sight: Observed<Sight>) {
        self.sight = sight
    }

    func tunnelReady(_ tunnel: Tunnel) {
        tunnel.send(.hello(.init(software: "test", streams: 1, tunnel: 0)))
    }

    func tunnel(_ tunnel: Tunnel, accepted stream: TunnelStream) -> (any TunnelStreamHandler)? { nil }
    func tunnel(_ tunnel: Tunnel, received message: ControlMessage) {
        self.sight.update { $0.messages.append(message) }
    }
    func tunnelClosed(_ tunnel: Tunnel, because closure: TunnelClosure) {
        self.sight.update { $0.closure = closure.description }
    }
}
