import Logging
package import NIOCore
import TunnelProtocol
package import TunnelTransport

/// Everything that the calls of one event loop share: the connections to the model servers, and who is served by which.
///
/// Used on its event loop only; a call never leaves it.
package final class ForwardingLane {
    package let eventLoop: any EventLoop

    /// Storage in which calls put together what they send, one after the other; who keeps it makes the next one take a new one.
    var scratch = ByteBufferAllocator().buffer(capacity: 2_048)

    /// How answers are kept whose tunnel has died.
    let keeping: AnswerKeeping
    private let kept: KeptCalls
    private let upstreamCalls: [InFlight]
    private let unreachable: @Sendable (Int) -> Void
    private let logger: Logger
    private let openers: [any ExchangeOpener]
    private let identities: [UpstreamIdentity]
    private var routes: [String: ForwardingRoute] = [:]

    /// - Parameter forwarding: what the lane is one of; it keeps its lanes, which for that reason do not keep it.
    init(
        forwarding: Forwarding,
        openers: [any ExchangeOpener],
        identities: [UpstreamIdentity],
        eventLoop: any EventLoop
    ) {
        self.keeping = forwarding.keeping
        self.kept = forwarding.kept
        self.upstreamCalls = forwarding.upstreamCalls
        self.unreachable = forwarding.unreachable
        self.logger = forwarding.logger
        self.openers = openers
        self.identities = identities
        self.eventLoop = eventLoop
    }

    /// Takes over a call that the relay has opened a stream for.
    /// - Parameter isLeaving: whether only calls that are under way may go on.
    package func accept(_ stream: TunnelStream, isLeaving: Bool) -> any TunnelStreamHandler {
        Forwarder(lane: self, stream: stream, isLeaving: isLeaving)
    }

    /// Connections to model servers that exist on this event loop, idle ones included.
    package var connectionCount: Int {
        self.openers.reduce(0) { $0 + $1.connectionCount }
    }

    // MARK: Forwarders

    func route(to deployment: String) -> ForwardingRoute? {
        self.routes[deployment]
    }

    /// A connection to a route's server could not be made.
    func cannotReach(_ route: ForwardingRoute, _ error: any Error) {
        self.logger.warning(
            "the model server cannot be reached",
            metadata: ["deployment": "\(route.deployment)", "error": "\(error)"]
        )
        self.unreachable(route.upstream)
    }

    /// A route's server broke off an answer.
    func broke(_ route: ForwardingRoute, _ error: any Error) {
        self.logger.warning(
            "the model server broke off an answer",
            metadata: ["deployment": "\(route.deployment)", "error": "\(error)"]
        )
    }

    // MARK: Calls that may go on in another tunnel

    /// - Returns: why the call must not begin.
    func enter(_ name: CallStreamName, _ forwarder: Forwarder) -> ApplicationErrorCode? {
        self.kept.enter(name, NIOLoopBound(forwarder, eventLoop: self.eventLoop))
    }

    func forget(_ name: CallStreamName) {
        self.kept.forget(name)
    }

    func departed(_ name: CallStreamName, _ code: ApplicationErrorCode) {
        self.kept.depart(name, code)
    }

    func suspend(_ forwarder: Forwarder) {
        if let name = forwarder.name { self.kept.suspend(name) }
    }

    func answer(for name: CallStreamName) -> ApplicationErrorCode {
        self.kept.answer(for: name)
    }

    /// Gives a stream to the call that is to go on there, wherever that lives.
    func resume(_ request: ResumeRequest, on stream: any CallStream) {
        switch self.kept.find(request.name) {
        case .failure(let departure):
            stream.abandon(departure.code)
        case .success(let call) where call.eventLoop === self.eventLoop:
            let forwarder = call.value
            stream.hand(to: forwarder)
            forwarder.resume(request, on: stream)
        case .success(let call):
            let end = FarStreamEnd(stream, call: call, number: request.stream)
            stream.hand(to: end)
            let bound = NIOLoopBound(end, eventLoop: self.eventLoop)
            call.eventLoop.execute {
                let forwarder = call.value
                forwarder.resume(
                    request,
                    on: FarStream(bound, forwarder: forwarder, eventLoop: call.eventLoop)
                )
            }
        }
    }

    // MARK: The whole

    /// Takes a new table; calls under way keep the route that they have.
    func serve(_ table: Forwarding.Table) {
        var routes: [String: ForwardingRoute] = [:]
        for (deployment, entry) in table.entries where self.openers.indices.contains(entry.upstream) {
            routes[deployment] = ForwardingRoute(
                deployment: deployment,
                upstream: entry.upstream,
                opener: self.openers[entry.upstream],
                identity: self.identities[entry.upstream],
                deploymentCalls: entry.calls,
                upstreamCalls: self.upstreamCalls[entry.upstream]
            )
        }
        self.routes = routes
    }

    func closeIdle() {
        for opener in self.openers { opener.closeIdle() }
    }
}
