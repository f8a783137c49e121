/// Where the calls of one deployment go, on one event loop.
final class ForwardingRoute {
    let deployment: String
    /// The upstream's place in the configuration.
    let upstream: Int
    let door: any UpstreamDoor
    let identity: UpstreamIdentity
    private let deploymentCalls: InFlight
    private let upstreamCalls: InFlight

    init(
        deployment: String,
        upstream: Int,
        door: any UpstreamDoor,
        identity: UpstreamIdentity,
        deploymentCalls: InFlight,
        upstreamCalls: InFlight
    ) {
        self.deployment = deployment
        self.upstream = upstream
        self.door = door
        self.identity = identity
        self.deploymentCalls = deploymentCalls
        self.upstreamCalls = upstreamCalls
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
