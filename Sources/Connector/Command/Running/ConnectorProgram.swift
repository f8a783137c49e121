private import LogLines
private import Logging
private import ServiceLifecycle
private import Signals
private import UnixSignals

/// The connector put together, and stopped in the reverse order of its parts.
struct ConnectorProgram: Sendable {
    private let configuration: ConnectorConfiguration
    private let load: @Sendable () throws -> ConnectorConfiguration

    /// - Parameter load: reads the configuration anew, at SIGHUP.
    init(_ configuration: ConnectorConfiguration, load: @escaping @Sendable () throws -> ConnectorConfiguration) {
        self.configuration = configuration
        self.load = load
    }

    func run() async throws {
        // First of all: from here on the signal waits until there is something to reload, and no longer ends the process.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let configuration = self.configuration
        let logger = Self.logger(configuration)
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let directory = StateDirectory(path: configuration.state)
        directory.removeAbandonedDrafts()
        let trace = SessionTrace(directory: directory)
        let killed = trace.begin()
        let first = try await ConnectorSession(
            configuration,
            id: ConnectorSession.newID(),
            replaces: killed,
            logger: logger
        )
        let succession = Succession(first, hangups: hangups) {
            var next = try self.load()
            if next.state != configuration.state {
                Self.logger(next).warning(
                    "the state stays in \(configuration.state) until the connector is started anew"
                )
                next.state = configuration.state
            }
            return next
        } make: { next, mayWait in
            // The one before it may never have reached a relay.
            try await ConnectorSession(
                next,
                id: ConnectorSession.newID(),
                replaces: killed,
                mayWait: mayWait,
                logger: Self.logger(next)
            )
        } trace: { sessions in
            trace.write(sessions.map(\.id))
        }
        let status = StatusWriter(directory: directory, succession: succession)
        let services = ServiceGroupConfiguration(
            services: [.init(service: status), .init(service: succession)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger.ofServices
        )
        let impatience = SecondSignal.watch(logger: succession.logger) { await succession.abandon() }
        defer { impatience.cancel() }
        logger.info("connecting to \(configuration.relay)", metadata: ["tunnels": "\(configuration.tunnels)"])
        try await ServiceGroup(configuration: services).run()
        trace.end()
    }

    private static func logger(_ configuration: ConnectorConfiguration) -> Logger {
        let (level, format) = (configuration.logLevel, configuration.logFormat)
        return Logger(label: "adit.connector") { _ in LineLogHandler(format: format, level: level) }
    }
}
