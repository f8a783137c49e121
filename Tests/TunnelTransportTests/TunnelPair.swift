import Logging
import NIOCore
import NIOEmbedded
import TunnelProtocol
import TunnelTransport

/// A relay's and a connector's end of one tunnel, without a socket: bytes are carried over by hand.
final class TunnelPair {
    let loop = EmbeddedEventLoop()
    let relayEnd: Observer
    let connectorEnd: Observer
    let relayChannel: EmbeddedChannel
    let connectorChannel: EmbeddedChannel

    /// - Parameter inWebSocket: whether the bytes travel in messages of a WebSocket.
    init(
        relay: QMux.Settings = QMux.Settings(),
        connector: QMux.Settings = QMux.Settings(),
        inWebSocket: Bool = false
    ) throws {
        self.relayEnd = Observer()
        self.connectorEnd = Observer()
        self.relayChannel = EmbeddedChannel(loop: self.loop)
        self.connectorChannel = EmbeddedChannel(loop: self.loop)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let ends = [
            (self.relayChannel, QMux.Connection.Role.relay, relay, self.relayEnd),
            (self.connectorChannel, .connector, connector, self.connectorEnd),
        ]
        for (channel, role, settings, observer) in ends {
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            let handler = TunnelHandler(
                role: role,
                settings: settings,
                eventLoop: self.loop,
                delegate: observer,
                logger: logger
            )
            if inWebSocket {
                try channel.pipeline.syncOperations.addHandler(WebSocketCarrier(isClient: role == .connector))
            }
            try channel.pipeline.syncOperations.addHandler(handler)
            observer.tunnel = handler.tunnel
        }
        try self.carry()
    }

    /// Carries bytes both ways until there are none left.
    func carry() throws {
        var moved = true
        while moved {
            moved = false
            self.loop.run()
            for (from, to) in [
                (self.relayChannel, self.connectorChannel), (self.connectorChannel, self.relayChannel),
            ] {
                while let bytes = try from.readOutbound(as: ByteBuffer.self) {
                    moved = true
                    try to.writeInbound(bytes)
                }
            }
        }
    }

    deinit {
        _ = try? self.relayChannel.finish(acceptAlreadyClosed: true)
        _ = try? self.connectorChannel.finish(acceptAlreadyClosed: true)
    }
}

/// Remembers what a tunnel tells, and accepts every stream with a recorder.
final class Observer: TunnelDelegate {
    var tunnel: Tunnel?
    var isReady = false
    var messages: [ControlMessage] = []
    var accepted: [Recorder] = []
    var closure: TunnelClosure?
    var refusesStreams = false

    func tunnelReady(_ tunnel: Tunnel) { self.isReady = true }

    func tunnel(_ tunnel: Tunnel, accepted stream: TunnelStream) -> (any TunnelStreamHandler)? {
        if self.refusesStreams { return nil }
        let recorder = Recorder()
        recorder.stream = stream
        self.accepted.append(recorder)
        return recorder
    }

    func tunnel(_ tunnel: Tunnel, received message: ControlMessage) { self.messages.append(message) }

    func tunnelClosed(_ tunnel: Tunnel, because closure: TunnelClosure) {
        self.closure = closure
        self.tunnel = nil
    }
}

/// Remembers what happens to a stream.
final class Recorder: TunnelStreamHandler {
    var stream: TunnelStream?
    var bytes = ByteBuffer()
    var isFinished = false
    var completions = 0
    var resetCode: UInt64?
    var stopCode: UInt64?
    var becameWritable = 0
    var isClosed = false
    var returnsCredit = true

    func streamReceived(_ bytes: ByteBuffer, isFinal: Bool) {
        self.bytes.writeImmutableBuffer(bytes)
        self.isFinished = self.isFinished || isFinal
        if self.returnsCredit { self.stream?.consumed(bytes.readableBytes) }
    }

    func streamReadComplete() { self.completions += 1 }
    func streamReset(code: UInt64) { self.resetCode = code }
    func streamStopped(code: UInt64) { self.stopCode = code }
    func streamWritable() { self.becameWritable += 1 }

    func streamClosed() {
        self.isClosed = true
        self.stream = nil
    }
}
