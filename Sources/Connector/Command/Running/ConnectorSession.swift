internal import Foundation
private import LogLines
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
private import Terminal
internal import Uplink
internal import Upstream

/// Everything that runs for one loaded configuration: its tunnels, its model servers and those who watch them, on event loops of its own.
///
/// Two sessions share nothing but the process, so that one may end, whatever it was told, while the other serves.
struct ConnectorSession: Sendable {
    /// 128 random bits as text: the same for all tunnels of the session.
    let id: String
    let configuration: ConnectorConfiguration
    let connector: Connector
    let uplink: UplinkService
    let forwarding: Forwarding
    /// Goes on while there is no model server.
    let search: UpstreamSearch?
    let logger: Logger
    private let bells: Bells
    private let services: ServiceGroup
    private let eventLoops: MultiThreadedEventLoopGroup

    /// - Parameters:
    ///   - id: see ``newID()``.
    ///   - replaces: sessions of processes that had this one's place before and did not end in order.
    ///   - mayWait: whether it may begin without a model server, where none is named and none is there.
    /// - Throws: when there is none and it may not wait, or a file that the configuration names cannot be used.
    init(
        _ configuration: ConnectorConfiguration,
        id: String,
        replaces: [String] = [],
        mayWait: Bool = true,
        logger: Logger
    ) async throws {
        let eventLoops = MultiThreadedEventLoopGroup(
            numberOfThreads: min(configuration.tunnels, System.coreCount)
        )
        do {
            try await self.init(
                configuration,
                id: id,
                replaces: replaces,
                mayWait: mayWait,
                on: eventLoops,
                logger: logger
            )
        } catch {
            try await eventLoops.shutdownGracefully()
            throw error
        }
    }

    private init(
        _ given: ConnectorConfiguration,
        id: String,
        replaces: [String],
        mayWait: Bool,
        on group: MultiThreadedEventLoopGroup,
        logger: Logger
    ) async throws {
        let eventLoops = Array(group.makeIterator())
        let (configuration, search) = try await Self.complete(given, mayWait: mayWait, on: eventLoops[0], logger)
        let bells = Bells()
        let keeping = AnswerKeeping(
            time: TimeAmount(configuration.resumeTime),
            bytes: configuration.resumeBuffer
        )
        let forwarding = try Forwarding(upstreams: configuration.upstreams, keeping: keeping, logger: logger) {
            bells.ring($0)
        }
        let connector = Connector(configuration, forwarding: forwarding, logger: logger)
        let uplink = UplinkService(
            dialer: try Dialer(
                relay: configuration.relay,
                proxy: configuration.proxy,
                trust: configuration.trust,
                token: configuration.token,
                session: id,
                software: Version.software,
                death: TimeAmount(configuration.deadAfter),
                carriers: KnownCarriers(directory: StateDirectory(path: configuration.state))
                    .carriers(configuration, logger: logger)
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
        let loads = try configuration.upstreams.indices.map { index in
            LoadMonitor(
                prober: try Prober(configuration.upstreams[index], eventLoop: eventLoops[0]),
                eventLoop: eventLoops[0],
                kind: { monitors[index].report.flatMap { $0.healthy ? $0.kind : nil } },
                calls: { forwarding.callsInFlight(at: index) },
                changed: { connector.upstream(index, reported: $0) }
            )
        }
        bells.connect(monitors)
        connector.wire(changed: { uplink.stateChanged() }, probe: { bells.ringAll() })
        let services = ServiceGroupConfiguration(
            services: monitors.map { .init(service: $0) } + loads.map { .init(service: $0) }
                + [search].compactMap(\.self).map { .init(service: $0) } + [.init(service: uplink)],
            logger: logger.ofServices
        )
        self.id = id
        self.configuration = configuration
        self.connector = connector
        self.uplink = uplink
        self.forwarding = forwarding
        self.search = search
        self.logger = logger
        self.bells = bells
        self.services = ServiceGroup(configuration: services)
        self.eventLoops = group
    }

    /// Fills in the model server of this machine where none is named.
    /// - Returns: also what goes on looking for it, when it is not there yet.
    private static func complete(
        _ given: ConnectorConfiguration,
        mayWait: Bool,
        on eventLoop: any EventLoop,
        _ logger: Logger
    ) async throws(Complaint) -> (ConnectorConfiguration, UpstreamSearch?) {
        guard given.upstreams.isEmpty else { return (given, nil) }
        let native = given.native
        if let found = await UsualPorts.find(native, on: eventLoop) {
            logger.info("found a model server at \(found.address)")
            var configuration = given
            configuration.upstreams = [found]
            return (configuration, nil)
        }
        let none = "no model server: \(UsualPorts.noneFound)"
        guard mayWait else { throw Complaint("\(none). \(UsualPorts.advice)") }
        logger.warning(
            "\(none); it is looked for again every \(UpstreamSearch.pause.components.seconds) s. \(UsualPorts.advice)"
        )
        return (given, UpstreamSearch { await UsualPorts.find(native, on: eventLoop) })
    }

    /// Serves until it is told to leave, or the program is to stop; running calls end first.
    func run() async throws {
        let result: Result<Void, any Error>
        do {
            try await self.services.run()
            result = .success(())
        } catch {
            result = .failure(error)
        }
        self.forwarding.giveUpSuspended()
        self.forwarding.closeIdle()
        // Its parts know each other in circles, which would outlive it.
        self.connector.wire(changed: {}, probe: {})
        self.bells.connect([])
        try await self.eventLoops.shutdownGracefully()
        try result.get()
    }

    /// Takes no more calls, and ends when those that run have ended, however long that takes as long as the program goes on.
    func leave() async {
        self.uplink.replaced()
        await self.services.triggerGracefulShutdown()
    }

    static func newID() -> String {
        (0..<4).map { _ in String(UInt32.random(in: .min ... .max) | 0x1000_0000, radix: 16) }.joined()
    }
}
