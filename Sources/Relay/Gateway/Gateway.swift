package import Admission
package import Dialects
package import Logging
package import NIOCore
package import Routing
import TunnelProtocol
package import Vocabulary

/// The spine: every call walks through here once, in one order.
package final class Gateway: Sendable {
    /// How long a call may wait for what.
    package struct Times: Sendable {
        /// Until the upstream's first byte.
        package var firstByte: TimeAmount = .seconds(600)
        /// Between two pieces of a stream.
        package var idle: TimeAmount = .seconds(600)
        /// Until a stream's head is sent although no event came.
        package var hold: TimeAmount = .seconds(5)
        /// Between two signs of life to a caller that waits.
        package var keepAlive: TimeAmount = .seconds(15)

        package init() {}
    }

    package let gatekeeper: Gatekeeper
    package let registry: Registry
    package let observer: any CallObserver
    package let times: Times
    let logger: Logger

    static let mostTries = 3
    static let keepAlive = ChatStream.keepAlive

    package init(
        gatekeeper: Gatekeeper,
        registry: Registry,
        observer: any CallObserver,
        times: Times,
        logger: Logger
    ) {
        self.gatekeeper = gatekeeper
        self.registry = registry
        self.observer = observer
        self.times = times
        self.logger = logger
    }

    /// What is known of a request when its body has been read.
    package struct Request {
        package var id: CallID
        package var endpoint: Endpoint
        package var caller: Caller
        package var passedHeaders: [(name: String, value: String)]
        package var body: ByteBuffer
        package var facts: Result<RequestFacts, JSONFault>
        package var arrived: NIODeadline

        package init(
            id: CallID,
            endpoint: Endpoint,
            caller: Caller,
            passedHeaders: [(name: String, value: String)],
            body: ByteBuffer,
            facts: Result<RequestFacts, JSONFault>,
            arrived: NIODeadline
        ) {
            self.id = id
            self.endpoint = endpoint
            self.caller = caller
            self.passedHeaders = passedHeaders
            self.body = body
            self.facts = facts
            self.arrived = arrived
        }
    }

    /// The walk of one call; the only place that knows its order.
    ///
    /// Authenticated (once more: the body may have taken its time) → understood → authorised → placed → sent. Whatever refuses
    /// throws, and the caller of this method says so in the dialect's shape.
    /// - Returns: the call on its way; it writes to `responder` by itself.
    package func begin(
        _ request: Request,
        on lane: CallLane,
        answeringTo responder: any CallResponder
    ) throws(GatewayError) -> Exchange {
        try self.gatekeeper.check(request.caller.key)
        let facts = try Self.facts(request.facts)
        let prepared = try PreparedRequest(facts, endpoint: request.endpoint)
        let grant = try self.gatekeeper.admit(request.caller.key, to: prepared.model)
        let route = try self.route(to: grant.deployment, near: lane.eventLoop)
        let call = Call(
            id: request.id,
            endpoint: request.endpoint,
            deployment: grant.deployment,
            key: grant.key,
            isStreamed: prepared.streams,
            wantsUsage: prepared.wantsUsage,
            passedHeaders: request.passedHeaders,
            body: request.body,
            prepared: prepared,
            arrived: request.arrived,
            complete: .now()
        )
        let exchange = Exchange(gateway: self, lane: lane, call: call, route: route, responder: responder)
        exchange.start()
        return exchange
    }

    private func route(to name: DeploymentName, near eventLoop: any EventLoop) throws(GatewayError) -> Route {
        if self.registry.isDraining {
            throw GatewayError(.relayUnavailable, "The relay is restarting. Try again in a moment.", retryAfter: 2)
        }
        switch self.registry.place(name, near: eventLoop) {
        case .route(let route):
            return route
        case .offline(let reason):
            throw GatewayError(
                .connectorOffline,
                "The deployment \(name) is offline: \(reason). "
                    + "Start the connector and its model server, then try again.",
                retryAfter: 5
            )
        }
    }

    private static func facts(_ facts: Result<RequestFacts, JSONFault>) throws(GatewayError) -> RequestFacts {
        switch facts {
        case .success(let facts): return facts
        case .failure(let fault): throw GatewayError(.invalidRequest, fault.message)
        }
    }

    /// A call as bytes for the tunnel: head, body with the upstream's own model name, end.
    func request(for call: Call, model: String) -> [ByteBuffer] {
        let edited = call.prepared.edits(upstreamModel: model).apply(to: call.body)
        let length = edited.reduce(0) { $0 + $1.readableBytes }
        var fields: [BinaryHTTP.Field] = [
            .init(name: "adit-call", value: call.id.rawValue),
            .init(name: "adit-deployment", value: call.deployment.rawValue),
            .init(name: "content-type", value: "application/json"),
            .init(name: "content-length", value: String(length)),
            .init(name: "accept", value: call.isStreamed ? "text/event-stream" : "application/json"),
        ]
        for header in call.passedHeaders { fields.append(.init(name: header.name, value: header.value)) }
        var head = ByteBuffer()
        head.reserveCapacity(512 + (length < Self.copiedBody ? length : 0))
        BinaryHTTP.write(
            BinaryHTTP.RequestHead(
                method: "POST",
                scheme: "http",
                authority: "upstream",
                path: call.endpoint.path,
                fields: fields
            ),
            to: &head
        )
        if length > 0 { BinaryHTTP.writeContentHeader(length: length, to: &head) }
        if length < Self.copiedBody {
            for piece in edited { head.writeImmutableBuffer(piece) }
            BinaryHTTP.writeEnd(trailers: [], to: &head)
            return [head]
        }
        var end = ByteBuffer()
        BinaryHTTP.writeEnd(trailers: [], to: &end)
        return [head] + edited + [end]
    }

    /// Below this a body is copied behind its head; above it its slices are sent as they are.
    private static let copiedBody = 16 * 1024
}
