private import Foundation
private import LogLines
private import Logging
private import NIOCore
private import NIOPosix
private import ServiceLifecycle
private import Signals
private import UnixSignals
private import Uplink
private import Upstream

/// The connector put together, and stopped in the reverse order of its parts.
struct ConnectorProgram {
    private var configuration: ConnectorConfiguration

    init(_ configuration: ConnectorConfiguration) {
        self.configuration = configuration
    }

    func run() async throws {
        var configuration = self.configuration
        let (level, format) = (configuration.logLevel, configuration.logFormat)
        let logger = Logger(label: "adit.connector") { _ in LineLogHandler(format: format, level: level) }
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: min(configuration.tunnels, System.coreCount))
        let eventLoops = Array(group.makeIterator())
        if configuration.upstreams.isEmpty {
            configuration.upstreams = [
                try await UsualPorts.find(configuration.native, on: eventLoops[0], logger: logger)
            ]
        }
        let bells = Bells()
        let keeping = AnswerKeeping(
            time: TimeAmount(configuration.resumeTime),
            bytes: configuration.resumeBuffer
        )
        let forwarding = try Forwarding(upstreams: configuration.upstreams, keeping: keeping, logger: logger) {
            bells.ring($0)
        }
        let connector = Connector(configuration, forwarding: forwarding, logger: logger)
        let session = Self.session()
        let trace = SessionTrace(directory: configuration.state)
        let replaces = trace.begin(session)
        let uplink = UplinkService(
            dialer: try Dialer(
                relay: configuration.relay,
                proxy: configuration.proxy,
                trust: configuration.trust,
                token: configuration.token,
                session: session,
                software: Version.software,
                death: TimeAmount(configuration.deadAfter),
                carriers: KnownCarriers(directory: configuration.state).carriers(configuration, logger: logger)
            ),
            tunnels: configuration.tunnels,
            eventLoops: eventLoops,
            delegate: connector,
            drain: TimeAmount(configuration.drain),
            resumes: configuration.resumeTime > .zero,
            replaces: replaces,
            logger: logger,
            now: { Int(Date().timeIntervalSince1970) }
        )
        let monitors = try configuration.upstreams.indices.map { index in
            UpstreamMonitor(
                prober: try Prober(configuration.upstreams[index], eventLoop: eventLoops[0]),
                eventLoop: eventLoops[0],
                logger: logger,
                isAtWork: { forwarding.callsInFlight(at: index) > 0 },
                changed: { connector.upstream(index, reported: $0) }
            )
        }
        bells.connect(monitors)
        connector.wire(changed: { uplink.stateChanged() }, probe: { bells.ringAll() })
        let status = StatusWriter(
            directory: configuration.state,
            relay: "\(configuration.relay)",
            connector: connector,
            uplink: uplink,
            forwarding: forwarding,
            upstreams: configuration.upstreams.map { "\($0.address)" },
            logger: logger
        )
        var services = ServiceGroupConfiguration(
            services: monitors.map { .init(service: $0) } + [.init(service: status), .init(service: uplink)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        services.maximumGracefulShutdownDuration = configuration.drain + .seconds(30)
        let impatience = SecondSignal.watch(logger: logger)
        defer { impatience.cancel() }
        logger.info("connecting to \(configuration.relay)", metadata: ["tunnels": "\(configuration.tunnels)"])
        try await ServiceGroup(configuration: services).run()
        trace.end()
        forwarding.closeIdle()
        try await group.shutdownGracefully()
    }

    /// 128 random bits as text: the same for all tunnels of this process.
    private static func session() -> String {
        (0..<4).map { _ in String(UInt32.random(in: .min ... .max) | 0x1000_0000, radix: 16) }.joined()
    }
}
