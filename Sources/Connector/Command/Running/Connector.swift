internal import Logging
internal import NIOCore
private import Synchronization
private import Terminal
internal import TunnelProtocol
internal import TunnelTransport
internal import Uplink
internal import Upstream
private import Vocabulary

/// What joins the uplink and the upstreams: which deployments are served by what, and what the relay is told of it.
final class Connector: UplinkDelegate {
    private struct State {
        var scope: [DeploymentPattern]?
        /// Which start of the relay has last welcomed a tunnel.
        var instance: String?
        var reports: [UpstreamReport?]
        var loads: [UpstreamLoad?]
        var deployments: [Deployment] = []
        var accepted: Set<String> = []
        /// Whether the relay has said what it takes.
        var isPublished = false
        var announced: Set<String> = []
        /// What is wrong with the deployments now.
        var complaints: Set<String> = []
        /// What the relay does not take, and why.
        var refusals: Set<String> = []
        /// Rises with every change of the deployments.
        var revision = 0
    }

    /// Whom to tell.
    ///
    /// A type, because closures that stand in a lock by themselves are wrapped anew at each look, and never unwrapped.
    private struct Wires {
        var changed: @Sendable () -> Void = {}
        var probe: @Sendable () -> Void = {}
    }

    private let forwarding: Forwarding
    private let upstreams: [UpstreamConfiguration]
    private let choices: [DeploymentMap.Choice]
    private let model: String?
    private let logger: Logger
    private let state: Mutex<State>
    private let wires = Mutex(Wires())

    init(_ configuration: ConnectorConfiguration, forwarding: Forwarding, logger: Logger) {
        self.forwarding = forwarding
        self.upstreams = configuration.upstreams
        self.choices = configuration.choices
        self.model = configuration.model
        self.logger = logger
        let upstreams = configuration.upstreams
        self.state = Mutex(State(reports: upstreams.map { _ in nil }, loads: upstreams.map { _ in nil }))
    }

    /// Says whom to tell: of a change in what is served, and that the upstreams are to be asked at once.
    func wire(changed: @escaping @Sendable () -> Void, probe: @escaping @Sendable () -> Void) {
        self.wires.withLock { $0 = Wires(changed: changed, probe: probe) }
    }

    // MARK: What the uplink asks and tells

    func acceptor(on eventLoop: any EventLoop) -> any StreamAcceptor {
        self.forwarding.lane(on: eventLoop)
    }

    func cancel(_ calls: [CallStreamName]) {
        self.forwarding.cancel(calls)
    }

    var keptCalls: Int { self.forwarding.keptCalls }

    var suspendedCalls: Int { self.forwarding.suspendedCalls }

    func deployments() -> [ControlMessage.DeploymentState] {
        let (deployments, reports, loads) = self.state.withLock { ($0.deployments, $0.reports, $0.loads) }
        return deployments.map { deployment in
            let busy = self.forwarding.callsInFlight(for: deployment.name)
            guard reports.indices.contains(deployment.upstream) else {
                return deployment.state(report: nil, busy: busy)
            }
            return deployment.state(
                report: reports[deployment.upstream],
                busy: busy,
                elsewhere: max(0, self.forwarding.callsInFlight(at: deployment.upstream) - busy),
                load: loads[deployment.upstream],
                configuration: self.upstreams[deployment.upstream]
            )
        }
    }

    func welcomed(_ welcome: ControlMessage.Welcome) {
        let isAnother = self.state.withLock { state in
            state.scope = welcome.scope.compactMap { DeploymentPattern($0) }
            defer { state.instance = welcome.instance }
            return state.instance != nil && state.instance != welcome.instance
        }
        self.forwarding.tunnelCame(toAnotherRelay: isAnother)
        self.resolve()
    }

    func published(_ published: ControlMessage.Published) {
        self.state.withLock { state in
            state.accepted = Set(published.accepted)
            state.isPublished = true
        }
        var refused = Set(published.refused.map { "the relay does not take the deployment \($0.name): \($0.reason)" })
        if let more = published.more { refused.insert("the relay does not take \(more) more deployments") }
        let news = self.state.withLock { [refused] state in
            let news = refused.subtracting(state.refusals)
            state.refusals = refused
            return news.sorted()
        }
        for refusal in news { self.logger.warning("\(refusal)") }
        self.announce()
    }

    func probeNow() {
        self.wires.withLock { $0.probe }()
    }

    // MARK: What the upstreams tell

    /// An upstream said something new.
    func upstream(_ index: Int, reported report: UpstreamReport) {
        self.state.withLock { $0.reports[index] = report }
        self.resolve()
    }

    /// An upstream said something new of how busy it is.
    func upstream(_ index: Int, reported load: UpstreamLoad?) {
        self.state.withLock { $0.loads[index] = load }
        self.wires.withLock { $0.changed }()
    }

    /// What is served now, and by what, for `status`.
    func snapshot() -> (deployments: [Deployment], reports: [UpstreamReport?]) {
        self.state.withLock { ($0.deployments, $0.reports) }
    }

    // MARK: What a successor has to come up to

    /// Which of these names are to be served here, too; `nil` as long as the relay, or a model server, was not heard.
    func wanted(of names: Set<String>) -> Set<String>? {
        self.state.withLock { state in
            guard state.revision > 0 else { return nil }
            let known = Set(state.deployments.map(\.name.rawValue))
            // What a model server has that has shown no list yet may be whatever a pattern allows.
            let isOpen = state.reports.contains { $0.map { !$0.healthy && $0.models.isEmpty } ?? true }
            let patterns = isOpen ? (state.scope ?? []).filter { $0.exactName == nil } : []
            return names.filter { name in
                known.contains(name)
                    || DeploymentName(name).map { name in patterns.contains { $0.matches(name) } } ?? false
            }
        }
    }

    /// What can be called now: the relay knows of it.
    var served: Set<String> {
        self.state.withLock { state in
            Set(state.deployments.filter(\.healthy).map(\.name.rawValue)).intersection(state.accepted)
        }
    }

    /// Whether the relay has said what it takes, or there is nothing that it could take.
    var isPublished: Bool { self.state.withLock { $0.isPublished || $0.deployments.isEmpty } }

    // MARK: Inside

    private func resolve() {
        guard var (deployments, revision) = self.decide() else { return }
        // Two that decide at once may get here in the wrong order; whoever comes last makes the newest decision hold.
        while true {
            self.forwarding.serve(deployments)
            let (newest, newestRevision) = self.state.withLock { ($0.deployments, $0.revision) }
            if newestRevision == revision { break }
            (deployments, revision) = (newest, newestRevision)
        }
        self.wires.withLock { $0.changed }()
    }

    /// Decides what is served from what is known now, and says what is newly wrong with it.
    private func decide() -> (deployments: [Deployment], revision: Int)? {
        let decided: (deployments: [Deployment], revision: Int, news: [String])? = self.state.withLock { state in
            // Nothing is said before every upstream was asked once: a deployment that will be well in a moment is not published as
            // ill.
            guard let scope = state.scope, !state.reports.contains(where: { $0 == nil }) else { return nil }
            let outcome = DeploymentMap(scope: scope, choices: self.choices, model: self.model).resolve(state.reports)
            let ill = outcome.deployments.filter { !$0.healthy }.map { deployment in
                "\(deployment.name) is not served: \(deployment.reason ?? "its model server is not healthy")"
            }
            let complaints = Set(outcome.faults + ill)
            let news = complaints.subtracting(state.complaints).sorted()
            state.complaints = complaints
            state.deployments = outcome.deployments
            state.revision += 1
            return (outcome.deployments, state.revision, news)
        }
        guard let decided else { return nil }
        for complaint in decided.news { self.logger.warning("\(complaint)") }
        return (decided.deployments, decided.revision)
    }

    /// One line of standard output for every deployment that can be called now: the relay has just said that it knows.
    private func announce() {
        let fresh = self.state.withLock { state in
            let fresh = state.deployments.filter {
                $0.healthy && state.accepted.contains($0.name.rawValue) && !state.announced.contains($0.name.rawValue)
            }
            for deployment in fresh { state.announced.insert(deployment.name.rawValue) }
            return fresh.map { ($0, state.reports[$0.upstream]) }
        }
        let lines = fresh.map { deployment, report in
            let kind = report?.kind.name ?? "model server"
            let place = self.upstreams[deployment.upstream].address
            return "adit-connector online: \(deployment.name) → \(deployment.model) (\(kind) at \(place))\n"
        }
        guard !lines.isEmpty else { return }
        // Whoever read it may have left after the first line: that is no reason to end the calls.
        try? Output.write(lines.joined(), endsUnread: false)
    }
}

extension ForwardingLane: StreamAcceptor {}
