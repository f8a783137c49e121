package import Logging
package import NIOCore
package import TunnelProtocol

/// The last handler of a connection that has become a tunnel: bytes in, bytes out.
package final class TunnelHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// The tunnel that this handler drives.
    package let tunnel: Tunnel

    /// - Parameter death: after how much silence of the peer the tunnel is given up.
    package init(
        role: QMux.Connection.Role,
        settings: QMux.Settings,
        eventLoop: any EventLoop,
        death: TimeAmount = Liveness.usualDeath,
        delegate: any TunnelDelegate,
        logger: Logger
    ) {
        self.tunnel = Tunnel(
            role: role,
            settings: settings,
            eventLoop: eventLoop,
            death: death,
            delegate: delegate,
            logger: logger
        )
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.tunnel.attach(context)
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        self.tunnel.finish(TunnelClosure("the connection was closed", isLoss: true))
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.tunnel.receive(&bytes)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        self.tunnel.readComplete()
        context.fireChannelReadComplete()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.tunnel.writabilityChanged()
        context.fireChannelWritabilityChanged()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        self.tunnel.finish(TunnelClosure("the connection was closed", isLoss: true))
        context.fireChannelInactive()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.tunnel.finish(TunnelClosure("the connection failed: \(error)", isLoss: true))
    }
}
