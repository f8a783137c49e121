import NIOCore
import Vocabulary

/// Where the calls of one deployment go, on one event loop.
final class ForwardingRoute {
    let deployment: String
    /// The upstream's place in the configuration.
    let upstream: Int
    let opener: any ExchangeOpener
    /// The beginning of a request for each path that is forwarded.
    private let openings: [UpstreamService: ByteBuffer]
    private let deploymentCalls: InFlight
    private let upstreamCalls: InFlight

    init(
        deployment: String,
        upstream: Int,
        opener: any ExchangeOpener,
        identity: UpstreamIdentity,
        deploymentCalls: InFlight,
        upstreamCalls: InFlight
    ) {
        self.deployment = deployment
        self.upstream = upstream
        self.opener = opener
        self.openings = Dictionary(
            uniqueKeysWithValues: ForwardablePath.all.map { ($0.service, identity.opening($0.method, $0.path)) }
        )
        self.deploymentCalls = deploymentCalls
        self.upstreamCalls = upstreamCalls
    }

    func opening(for target: ForwardablePath) -> ByteBuffer {
        self.openings[target.service] ?? ByteBuffer()
    }

    func began() {
        self.deploymentCalls.begin()
        self.upstreamCalls.begin()
    }

    func ended() {
        self.deploymentCalls.end()
        self.upstreamCalls.end()
    }
}
