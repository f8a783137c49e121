import Gateway
import NIOCore
import NIOHTTP1
import NIOWebSocket
import TunnelTransport
import Vocabulary

extension TunnelRequest {
    /// What a connector's request says of itself.
    init(_ head: HTTPRequestHead) {
        self.init(
            isUpgrade: Self.isUpgrade(head.headers),
            authorization: head.headers.first(name: "authorization"),
            session: head.headers.first(name: TunnelUpgrade.sessionHeader),
            generation: head.headers.first(name: TunnelUpgrade.generationHeader),
            software: head.headers.first(name: TunnelUpgrade.versionHeader)
        )
    }

    /// Whether a tunnel is asked for, by itself or inside of a WebSocket.
    private static func isUpgrade(_ headers: HTTPHeaders) -> Bool {
        let upgrades = headers[canonicalForm: "upgrade"]
        if upgrades.contains(TunnelUpgrade.token[...]) { return true }
        return upgrades.contains { $0.lowercased() == TunnelUpgrade.webSocket }
            && headers[canonicalForm: TunnelUpgrade.subprotocolHeader].contains(TunnelUpgrade.token[...])
    }
}

/// Turns a connector's HTTP/1.1 connection into a tunnel.
struct TunnelUpgrader: HTTPServerProtocolUpgrader, Sendable {
    let tunnels: TunnelAdmission
    let origin: NIOLoopBound<Origin>

    var supportedProtocol: String { TunnelUpgrade.token }
    var requiredUpgradeHeaders: [String] { [] }

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        guard upgradeRequest.uri == TunnelUpgrade.path, upgradeRequest.method == .GET else {
            return channel.eventLoop.makeFailedFuture(
                TunnelRefusal(status: 404, message: "Tunnels enter at \(TunnelUpgrade.path).")
            )
        }
        let address = self.origin.value.client(upgradeRequest.headers)
        switch self.tunnels.admit(TunnelRequest(upgradeRequest), from: address) {
        case .success: return channel.eventLoop.makeSucceededFuture(initialResponseHeaders)
        case .failure(let refusal): return channel.eventLoop.makeFailedFuture(refusal)
        }
    }

    func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        context.eventLoop.makeCompletedFuture {
            let address = self.origin.value.client(upgradeRequest.headers)
            try self.tunnels.open(upgradeRequest, from: address, on: context.channel, carrier: nil)
        }
    }
}

/// Lets WebSockets in where they lead somewhere: to a tunnel, or to the Responses API.
struct WebSocketUpgrader: HTTPServerProtocolUpgrader, Sendable {
    private let admission: TunnelAdmission
    private let origin: NIOLoopBound<Origin>
    private let tunnels: NIOWebSocketServerUpgrader
    private let responses: NIOWebSocketServerUpgrader

    init(admission: TunnelAdmission, origin: NIOLoopBound<Origin>, responses: NIOWebSocketServerUpgrader) {
        self.admission = admission
        self.origin = origin
        self.responses = responses
        self.tunnels = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, head in
                switch admission.admit(TunnelRequest(head), from: origin.value.client(head.headers)) {
                case .success:
                    channel.eventLoop.makeSucceededFuture([TunnelUpgrade.subprotocolHeader: TunnelUpgrade.token])
                case .failure(let refusal):
                    channel.eventLoop.makeFailedFuture(refusal)
                }
            },
            // Only its answer is used: a tunnel's messages need no frames that are put together first.
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        )
    }

    var supportedProtocol: String { TunnelUpgrade.webSocket }
    var requiredUpgradeHeaders: [String] { [] }

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        (Self.isTunnel(upgradeRequest) ? self.tunnels : self.responses).buildUpgradeResponse(
            channel: channel,
            upgradeRequest: upgradeRequest,
            initialResponseHeaders: initialResponseHeaders
        )
    }

    func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        guard Self.isTunnel(upgradeRequest) else {
            return self.responses.upgrade(context: context, upgradeRequest: upgradeRequest)
        }
        return context.eventLoop.makeCompletedFuture {
            let address = self.origin.value.client(upgradeRequest.headers)
            let carrier = WebSocketCarrier(isClient: false)
            try self.admission.open(upgradeRequest, from: address, on: context.channel, carrier: carrier)
        }
    }

    private static func isTunnel(_ head: HTTPRequestHead) -> Bool {
        head.uri == TunnelUpgrade.path && head.method == .GET
    }
}

extension TunnelAdmission {
    /// Makes a connection whose HTTP is over a tunnel.
    /// - Parameter carrier: what the tunnel's bytes travel in, if not by themselves.
    fileprivate func open(
        _ request: HTTPRequestHead,
        from address: NetworkAddress?,
        on channel: any Channel,
        carrier: WebSocketCarrier?
    ) throws {
        let admission = self.admit(TunnelRequest(request), from: address)
        // Its token was good when the request began, and may be good no more now that it is whole. The connector was told that it has
        // its tunnel, so that the connection can only end; NIO would gather what follows.
        if case .failure = admission { channel.close(promise: nil) }
        let ticket = try admission.get()
        let pipeline = channel.pipeline.syncOperations
        pipeline.removeHandler(try pipeline.handler(type: CallHandler.self), promise: nil)
        // A tunnel gathers by itself.
        pipeline.removeHandler(try pipeline.handler(type: WriteMerger.self), promise: nil)
        try channel.syncOptions?.setOption(.writeBufferWaterMark, value: TunnelSocket.waterMark)
        try channel.syncOptions?.setOption(TunnelSocket.unsentOption, value: TunnelSocket.unsent)
        try channel.syncOptions?.setOption(TunnelSocket.patienceOption, value: .init(self.userTimeout))
        if let carrier { try pipeline.addHandler(carrier) }
        try pipeline.addHandler(self.makeHandler(ticket, eventLoop: channel.eventLoop))
    }
}
