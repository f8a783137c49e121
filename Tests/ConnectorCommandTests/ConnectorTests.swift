import Foundation
import LogLines
import Logging
import Synchronization
import Testing
import TunnelProtocol
import Upstream
import Vocabulary

@testable import ConnectorCommand

@Suite("What joins the uplink and the model servers")
struct ConnectorTests {
    /// A connector between two model servers, and what it says in its log.
    private func make(
        _ flags: [String] = [],
        servers: [String] = ["--upstream", "http://one:1", "--upstream", "http://two:2"]
    ) throws -> (Connector, Lines) {
        let configuration = try load(["--relay", "https://r"] + servers + flags).get()
        let lines = Lines()
        let logger = Logger(label: "test") { _ in
            LineLogHandler(format: .text, level: .info, write: { lines.add($0) })
        }
        let forwarding = try Forwarding(upstreams: configuration.upstreams, logger: logger)
        return (Connector(configuration, forwarding: forwarding, logger: logger), lines)
    }

    private func welcome(_ scope: String...) -> ControlMessage.Welcome {
        .init(relay: "relay", session: "s", scope: scope)
    }

    private func report(_ models: String..., healthy: Bool = true, reason: String? = nil) -> UpstreamReport {
        UpstreamReport(
            kind: .ollama,
            models: models.map { UpstreamModel(id: $0) },
            healthy: healthy,
            reason: reason
        )
    }

    @Test("nothing is served before the relay has welcomed it and every server was asked")
    func first() throws {
        let (connector, _) = try self.make()
        connector.upstream(0, reported: self.report("a"))
        #expect(connector.deployments().isEmpty)
        connector.welcomed(self.welcome("a"))
        #expect(connector.deployments().isEmpty)
        connector.upstream(1, reported: self.report("b"))
        #expect(connector.deployments().map(\.name) == ["a"])
        #expect(connector.deployments().first?.healthy == true)
        #expect(connector.snapshot().deployments.first?.upstream == 0)
    }

    @Test("without a model server the relay is told that it is missing", arguments: [[], ["--model", "m"]])
    func noServer(_ flags: [String]) throws {
        let (connector, lines) = try self.make(flags, servers: [])
        connector.welcomed(self.welcome("a", "b-*"))
        let deployments = connector.deployments()
        #expect(deployments.map(\.name) == ["a"])
        let missing = "no model server was found beside its connector"
        #expect(deployments.first.map { !$0.healthy && $0.reason == missing } == true)
        #expect(lines.all.map { $0.contains("a is not served: \(missing)") } == [true])
        // Whatever takes its place has nothing to come up to.
        #expect(connector.served.isEmpty)
    }

    @Test("every change is told, and what is newly wrong is said once until it changes")
    func changes() throws {
        let (connector, lines) = try self.make()
        let changes = Mutex(0)
        let probes = Mutex(0)
        connector.wire(changed: { changes.withLock { $0 += 1 } }, probe: { probes.withLock { $0 += 1 } })
        connector.welcomed(self.welcome("a"))
        connector.upstream(0, reported: self.report("a"))
        connector.upstream(1, reported: self.report("b"))
        #expect(changes.withLock { $0 } == 1)
        let ill = self.report("a", healthy: false, reason: "it is away")
        for _ in 0..<3 { connector.upstream(0, reported: ill) }
        #expect(lines.all.map { $0.contains("a is not served: it is away") } == [true])
        connector.upstream(0, reported: self.report("a"))
        connector.upstream(0, reported: ill)
        #expect(lines.all.count == 2)
        #expect(changes.withLock { $0 } == 6)
        connector.probeNow()
        #expect(probes.withLock { $0 } == 1)
    }

    @Test("who is told of changes is told on the same way however many there were")
    func manyChanges() throws {
        let (connector, _) = try self.make()
        let depths = Mutex<[Int]>([])
        connector.wire(
            changed: { depths.withLock { $0.append(Thread.callStackReturnAddresses.count) } },
            probe: {}
        )
        for waiting in 0..<20 { connector.upstream(0, reported: UpstreamLoad(waiting: waiting)) }
        #expect(Set(depths.withLock { $0 }).count == 1)
    }

    @Test("what the relay does not take is said once")
    func refused() throws {
        let (connector, lines) = try self.make(["--deployment", "other=a"])
        connector.welcomed(self.welcome("a"))
        connector.upstream(0, reported: self.report("a"))
        connector.upstream(1, reported: self.report("b"))
        let published = ControlMessage.Published(accepted: [], refused: [.init(name: "other", reason: "not yours")])
        for _ in 0..<2 { connector.published(published) }
        #expect(lines.all.filter { $0.contains("other: not yours") }.count == 1, "\(lines.all)")
        #expect(lines.all.contains { $0.contains("outside of what the tunnel token allows") })
    }

    /// What is decided last is what holds, whoever comes first.
    @Test("reports that come at once end in one truth")
    func racing() async throws {
        let (connector, _) = try self.make()
        connector.welcomed(self.welcome("*"))
        for round in 0..<50 {
            await withTaskGroup { group in
                for server in 0..<2 {
                    group.addTask {
                        connector.upstream(server, reported: self.report("m\(server)-\(round)"))
                    }
                }
            }
            #expect(connector.deployments().map(\.name).sorted() == ["m0-\(round)", "m1-\(round)"])
        }
    }

    @Test("a successor is to serve what a pattern allows until every server has shown what it has")
    func wanted() throws {
        let (connector, _) = try self.make()
        let served: Set = ["home-a", "home-b", "away"]
        #expect(connector.wanted(of: served) == nil)
        connector.welcomed(self.welcome("home-*"))
        connector.upstream(0, reported: self.report("home-a"))
        connector.upstream(1, reported: self.report(healthy: false, reason: "connection refused"))
        #expect(connector.wanted(of: served) == ["home-a", "home-b"])
        connector.upstream(1, reported: self.report("home-c"))
        #expect(connector.wanted(of: served) == ["home-a"])
        // One that is ill and has shown its list leaves nothing open.
        connector.upstream(1, reported: self.report("home-c", healthy: false, reason: "it loads"))
        #expect(connector.wanted(of: served) == ["home-a"])
    }

    @Test("a successor is to serve the names that its token says, and no others")
    func wantedNames() throws {
        let (connector, _) = try self.make()
        connector.welcomed(self.welcome("a"))
        for index in 0..<2 { connector.upstream(index, reported: self.report(healthy: false, reason: "refused")) }
        #expect(connector.wanted(of: ["a", "b"]) == ["a"])
    }

    @Test(
        "what is taken for a model server on a usual port",
        arguments: [
            (UpstreamReport(kind: .generic), false),
            (UpstreamReport(kind: .generic, models: [UpstreamModel(id: "m")]), true),
            (UpstreamReport(kind: .generic, models: [UpstreamModel(id: "m")], healthy: false), false),
            (UpstreamReport(kind: .llamaCpp, healthy: false, reason: "it loads"), true),
            (UpstreamReport(kind: .ollama), true),
        ]
    )
    func usualPorts(_ report: UpstreamReport, _ isOne: Bool) {
        #expect(UsualPorts.isModelServer(report) == isOne)
    }
}

/// Lines of a log.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { self.lines.withLock { $0 } }

    func add(_ line: String) { self.lines.withLock { $0.append(line) } }
}
