private import Foundation
internal import Gateway
internal import Ingress
private import NIOCore
internal import Routing
private import Vocabulary

// The configuration in the words of the parts that it is about.

extension Registry {
    /// The registry of a relay on this host, with the limits that the configuration states.
    convenience init(_ configuration: RelayConfiguration) {
        self.init(
            relay: ProcessInfo.processInfo.hostName,
            hold: HoldLimits(configuration),
            capacity: CapacityLimits(configuration),
            policy: PlacementPolicy(affinity: configuration.placement.affinity),
            resumes: configuration.timeouts.resume > .zero
        )
    }
}

extension Gateway.Times {
    /// The times that the configuration states.
    init(_ configuration: RelayConfiguration) {
        self.init()
        self.firstByte = TimeAmount(configuration.timeouts.firstByte)
        self.idle = TimeAmount(configuration.timeouts.idle)
        self.resume = TimeAmount(configuration.timeouts.resume)
        self.hold = TimeAmount(configuration.stream.hold)
        self.keepAlive = TimeAmount(configuration.stream.keepalive)
        self.turn = TimeAmount(configuration.queue.time)
        self.event = TimeAmount(configuration.stream.inProgress)
    }
}

extension HoldLimits {
    /// What the configuration states.
    init(_ configuration: RelayConfiguration) {
        self.init(time: TimeAmount(configuration.hold.time), calls: configuration.hold.calls)
    }
}

extension CapacityLimits {
    /// What the configuration states.
    init(_ configuration: RelayConfiguration) {
        self.init(
            time: TimeAmount(configuration.capacity.time),
            calls: configuration.capacity.calls,
            ignored: configuration.capacity.ignore
        )
    }
}

extension ResponseKeeping {
    /// What the configuration states.
    init(_ configuration: RelayConfiguration) {
        self.init()
        self.bytes = configuration.responses.memory
        self.seconds = Int(configuration.responses.keep.components.seconds)
        self.isPersisted = configuration.responses.persist
    }
}

extension Billing.Settings {
    /// What the configuration states.
    init(_ configuration: RelayConfiguration) {
        self.init()
        self.assumedOutput = configuration.billing.assumedOutput
        self.unit = configuration.billing.unit
        self.recorded = configuration.usage.record
        self.keepsAddresses = configuration.usage.addresses
    }
}

extension IngressConfiguration {
    /// The limits that the configuration states.
    /// - Parameter descriptors: how many file descriptors there are.
    init(_ configuration: RelayConfiguration, descriptors: Int) {
        self.init()
        self.largestBody = configuration.limits.body
        self.largestHeader = configuration.limits.header
        self.headerPatience = TimeAmount(configuration.timeouts.header)
        self.bodyPatience = TimeAmount(configuration.timeouts.body)
        self.trustedProxies = TrustedProxies(configuration.trustedProxies)
        self.largestBodies = configuration.limits.bodies
        let most = Descriptors.mostConnections(of: descriptors)
        self.mostConnections = configuration.limits.connections > 0 ? configuration.limits.connections : most
        self.mostConnectionsOfOne = configuration.limits.connectionsPerAddress
        self.newConnectionsOfOne = configuration.limits.connectsPerAddress
        self.idleConnection = TimeAmount(configuration.timeouts.keepAlive)
        self.corsOrigins = configuration.cors.origins
        self.metricsNetworks = configuration.metrics.networks
        self.drain = TimeAmount(configuration.drain)
        self.webSocket.ping = TimeAmount(configuration.webSocket.ping)
        self.webSocket.age = TimeAmount(configuration.webSocket.age)
    }
}

extension Ingress.ListenAddress {
    /// Where the configuration wants the relay to listen.
    /// - Parameter tls: what it proves itself with, if it speaks TLS at all.
    static func all(_ configuration: RelayConfiguration, tls: RenewableTLS?) -> [Self] {
        let (listen, expects) = (configuration.listen, configuration.proxyProtocol)
        let main = Self(
            setting: "listen",
            host: listen.host,
            port: listen.port,
            tls: tls,
            expectsProxyHeader: expects.listen
        )
        let plain = configuration.listenPlain.map {
            Self(
                setting: "listen-plain",
                host: $0.host,
                port: $0.port,
                tls: nil,
                expectsProxyHeader: expects.listenPlain
            )
        }
        return [main] + [plain].compactMap(\.self)
    }
}
