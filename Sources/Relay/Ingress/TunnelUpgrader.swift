import Gateway
import NIOCore
import NIOHTTP1
import TunnelTransport

extension TunnelRequest {
    /// What a connector's request says of itself.
    init(_ head: HTTPRequestHead) {
        self.init(
            isUpgrade: head.headers[canonicalForm: "upgrade"].contains(TunnelUpgrade.token[...]),
            authorization: head.headers.first(name: "authorization"),
            session: head.headers.first(name: TunnelUpgrade.sessionHeader),
            generation: head.headers.first(name: TunnelUpgrade.generationHeader),
            software: head.headers.first(name: TunnelUpgrade.versionHeader)
        )
    }
}

/// Turns a connector's HTTP/1.1 connection into a tunnel.
struct TunnelUpgrader: HTTPServerProtocolUpgrader, Sendable {
    let door: TunnelDoor

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
        switch self.door.admit(TunnelRequest(upgradeRequest), from: channel.remoteAddress?.ipAddress ?? "unknown") {
        case .success: return channel.eventLoop.makeSucceededFuture(initialResponseHeaders)
        case .failure(let refusal): return channel.eventLoop.makeFailedFuture(refusal)
        }
    }

    func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
        context.eventLoop.makeCompletedFuture {
            let channel = context.channel
            let remote = channel.remoteAddress?.ipAddress ?? "unknown"
            let ticket = try self.door.admit(TunnelRequest(upgradeRequest), from: remote).get()
            let calls = try channel.pipeline.syncOperations.handler(type: CallHandler.self)
            channel.pipeline.syncOperations.removeHandler(calls, promise: nil)
            // A tunnel gathers by itself.
            let merger = try channel.pipeline.syncOperations.handler(type: WriteMerger.self)
            channel.pipeline.syncOperations.removeHandler(merger, promise: nil)
            try channel.syncOptions?.setOption(.writeBufferWaterMark, value: .init(low: 128 * 1_024, high: 256 * 1_024))
            try channel.pipeline.syncOperations.addHandler(self.door.makeHandler(ticket, eventLoop: channel.eventLoop))
        }
    }
}
