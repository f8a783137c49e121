import Logging
import NIOCore
import NIOEmbedded
import Routing
import Telemetry
import Testing
import TunnelProtocol
import TunnelTransport
import Vocabulary

@Suite("Tunnels on the metrics page")
struct OnlineTests {
    private let registry = Registry(relay: "r")

    /// The relay's end of a tunnel whose connector is only spoken for.
    private func connect(session: String) throws -> (link: ConnectorLink, tunnel: Tunnel) {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let link = ConnectorLink(
            registry: self.registry,
            ticket: TunnelTicket(
                token: "t",
                scope: [try #require(DeploymentPattern("*"))],
                session: session,
                generation: 1,
                software: "test/1",
                remoteAddress: "127.0.0.1"
            ),
            logger: logger,
            now: { 0 }
        )
        let handler = TunnelHandler(
            role: .relay,
            settings: QMux.Settings(),
            eventLoop: EmbeddedEventLoop(),
            delegate: link,
            logger: logger
        )
        link.tunnel(handler.tunnel, received: .hello(.init(software: "test/1", streams: 1, tunnel: 0)))
        return (link, handler.tunnel)
    }

    private func serve(_ end: (link: ConnectorLink, tunnel: Tunnel), _ deployments: [String: Bool]) {
        let states = deployments.map { name, isHealthy in
            ControlMessage.DeploymentState(name: name, model: "m", upstream: "demo", healthy: isHealthy)
        }
        end.link.tunnel(end.tunnel, received: .state(.init(deployments: states)))
    }

    /// The last lines of the page: tunnels, and which deployments are online.
    private var lines: [String] {
        self.samples(["a": true, "b": true]).filter {
            $0.hasPrefix("adit_tunnels") || $0.hasPrefix("adit_deployment_online")
        }
    }

    /// What the page says of deployments, which are enabled or not.
    private func samples(_ deployments: [String: Bool]) -> [String] {
        let metrics = Metrics(
            registry: self.registry,
            deployments: {
                Dictionary(
                    uniqueKeysWithValues: deployments.compactMap { name, isEnabled in
                        DeploymentName(name).map { ($0, isEnabled) }
                    }
                )
            },
            next: nil
        )
        return String(buffer: metrics.metrics()).split(separator: "\n").map(String.init)
    }

    @Test("a deployment is online when one healthy connector serves it")
    func online() throws {
        #expect(
            self.lines == [
                "adit_tunnels 0", "adit_deployment_online{deployment=\"a\"} 0",
                "adit_deployment_online{deployment=\"b\"} 0",
            ]
        )
        let first = try self.connect(session: "x")
        self.serve(first, ["b": true, "a": false])
        #expect(
            self.lines == [
                "adit_tunnels 1", "adit_deployment_online{deployment=\"a\"} 0",
                "adit_deployment_online{deployment=\"b\"} 1",
            ]
        )
        let second = try self.connect(session: "y")
        self.serve(second, ["a": true, "b": false])
        #expect(
            self.lines == [
                "adit_tunnels 2", "adit_deployment_online{deployment=\"a\"} 1",
                "adit_deployment_online{deployment=\"b\"} 1",
            ]
        )
        first.link.tunnelClosed(first.tunnel, because: TunnelClosure("gone"))
        #expect(
            self.lines == [
                "adit_tunnels 1", "adit_deployment_online{deployment=\"a\"} 1",
                "adit_deployment_online{deployment=\"b\"} 0",
            ]
        )
    }

    @Test("open calls go up and down")
    func openCalls() throws {
        self.serve(try self.connect(session: "x"), ["a": true])
        let name = try #require(DeploymentName("a"))
        let routes = (0..<3).compactMap { _ in
            if case .route(let route) = self.registry.place(name, near: EmbeddedEventLoop()) { route } else { nil }
        }
        #expect(self.samples([:]).contains("adit_open_calls 3"))
        self.registry.release(try #require(routes.first))
        #expect(self.samples([:]).contains("adit_open_calls 2"))
    }

    @Test("what exists has a sample in every family, without a connector and disabled too; what was deleted has none")
    func everyDeployment() throws {
        let connector = try self.connect(session: "x")
        self.serve(connector, ["disabled": true, "deleted": true, "ill": false])
        let samples = self.samples(["disabled": false, "ill": true, "alone": true])
        for family in [
            "adit_deployment_online", "adit_deployment_enabled", "adit_deployment_connectors", "adit_deployment_slots",
            "adit_deployment_busy", "adit_deployment_queued", "adit_ejections_total",
        ] {
            let of = samples.filter { $0.hasPrefix(family + "{") }
            // Nobody has said how many calls its server works on at once.
            let named = family == "adit_deployment_slots" ? ["alone", "ill"] : ["alone", "disabled", "ill"]
            #expect(of.map { $0.split(separator: "\"")[1] } == named.map { Substring($0) }, "\(of)")
        }
        #expect(samples.contains("adit_deployment_online{deployment=\"disabled\"} 0"))
        #expect(samples.contains("adit_deployment_enabled{deployment=\"disabled\"} 0"))
        #expect(samples.contains("adit_deployment_enabled{deployment=\"alone\"} 1"))
        #expect(samples.contains("adit_deployment_connectors{deployment=\"alone\"} 0"))
        #expect(samples.contains("adit_deployment_connectors{deployment=\"disabled\"} 1"))
    }
}
