import Dialects
import Gateway
import NIOCore
import NIOHTTP1
import NIOWebSocket
import Vocabulary

/// Turns a caller's HTTP/1.1 connection into a WebSocket of the Responses API (RFC 6455 §4.2).
///
/// Who may not come in is told by ``CallHandler``, in HTTP.
struct ResponsesUpgrader: Sendable {
    let site: Site
    let loops: IngressLoops
    let origin: NIOLoopBound<Origin>

    func make() -> NIOWebSocketServerUpgrader {
        NIOWebSocketServerUpgrader(
            maxFrameSize: self.site.configuration.largestBody,
            automaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                let headers = self.caller(of: head, on: channel).map { _ in
                    HTTPHeaders([("x-request-id", self.loops[channel.eventLoop].lane.makeCallID(at: .now()).rawValue)])
                }
                return channel.eventLoop.makeSucceededFuture(headers)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture { try self.upgrade(channel, head) }
            }
        )
    }

    private func upgrade(_ channel: any Channel, _ head: HTTPRequestHead) throws {
        // Its key was good when the request began, and may be good no more now that it is whole. The client was told that it has its
        // WebSocket, so that the connection can only end. Without an error NIO would hand on what follows as HTTP.
        guard let caller = self.caller(of: head, on: channel) else {
            channel.close(promise: nil)
            throw NIOWebSocketUpgradeError.unsupportedWebSocketTarget
        }
        let pipeline = channel.pipeline.syncOperations
        let calls = try pipeline.handler(type: CallHandler.self)
        pipeline.removeHandler(calls, promise: nil)
        let desk = GatewayTurnDesk(
            gateway: self.site.gateway,
            lane: self.loops[channel.eventLoop].lane,
            caller: self.site.gateway.opened(by: caller, from: self.origin.value.client(head.headers)),
            passedHeaders: CallHeaders(head.headers).passed
        )
        let gauge = MessageGauge(self.site.capacity)
        let frames = try pipeline.handler(type: ByteToMessageHandler<WebSocketFrameDecoder>.self)
        try pipeline.addHandler(gauge, position: .before(frames))
        try pipeline.addHandler(ResponsesSocket(desk: desk, configuration: self.site.configuration, gauge: gauge))
    }

    /// The caller, if it asks for this WebSocket and may have it.
    private func caller(of head: HTTPRequestHead, on channel: any Channel) -> Caller? {
        let (path, query) = CallHandler.split(head.uri)
        guard case .responsesSocket = Target.find(method: head.method.rawValue, path: path, query: query),
            !Target.carriesKey(query: query), !self.site.gateway.isStopping, !self.origin.value.isShed
        else { return nil }
        // Who is refused here is asked again where the refusal is said; the wrong key counts there.
        return try? self.site.gateway.identify(
            head.headers,
            from: self.origin.value.client(head.headers),
            for: .responses,
            counts: false
        )
    }
}

extension Gateway {
    /// Accepts or refuses a caller by its headers.
    /// - Parameters:
    ///   - address: where the caller is; asked for when a key depends on it.
    ///   - endpoint: what is called, if it is a call.
    ///   - counts: whether a wrong key is noted.
    func identify(
        _ headers: HTTPHeaders,
        from address: @autoclosure () -> NetworkAddress?,
        for endpoint: Endpoint?,
        counts: Bool = true
    ) throws(GatewayError) -> Caller {
        var memory = CallerMemory()
        return try self.identify(
            authorization: headers.first(name: "authorization"),
            apiKey: headers.first(name: "x-api-key"),
            googleKey: headers.first(name: "x-goog-api-key"),
            from: address(),
            for: endpoint,
            counts: counts,
            remembering: &memory
        )
    }
}
