import Logging
import NIOCore
import TunnelProtocol
import TunnelTransport

/// The relay's end of one tunnel, for tests of the connector's.
final class FakeRelay: TunnelDelegate, Sendable {
    struct Sight: Sendable {
        var messages: [ControlMessage] = []
        /// What became of the calls that were opened, in their order.
        var calls: [FakeCall.Sight] = []
        var closure: String?

        var hello: ControlMessage.Hello? {
            for case .hello(let hello) in self.messages { return hello }
            return nil
        }

        var states: [ControlMessage.State] {
            self.messages.compactMap { if case .state(let state) = $0 { state } else { nil } }
        }

        var goodbye: (reason: String, lastStream: UInt64?, returns: Bool)? {
            for case .goodbye(let reason, let last, let returns) in self.messages { return (reason, last, returns) }
            return nil
        }
    }

    let sight = Observed(Sight())
    /// Whether it welcomes the connector at once.
    let welcomes: Bool
    private let tunnel = Observed<NIOLoopBound<Tunnel>?>(nil)

    init(welcomes: Bool = true) {
        self.welcomes = welcomes
    }

    func makeHandler(on eventLoop: any EventLoop) -> TunnelHandler {
        let handler = TunnelHandler(
            role: .relay,
            settings: QMux.Settings(),
            eventLoop: eventLoop,
            delegate: self,
            logger: .silent
        )
        self.tunnel.update { $0 = NIOLoopBound(handler.tunnel, eventLoop: eventLoop) }
        return handler
    }

    /// Does something with the tunnel, on its event loop.
    func use(_ body: @escaping @Sendable (Tunnel) -> Void) async throws {
        guard let tunnel = try await self.tunnel.waits(for: "a tunnel", until: { $0 != nil }) else { return }
        tunnel.eventLoop.execute { body(tunnel.value) }
    }

    func send(_ message: ControlMessage) async throws {
        try await self.use { $0.send(message) }
    }

    static let welcome = ControlMessage.welcome(.init(relay: "relay-1", session: "s", scope: ["gemma"]))

    /// Opens a call and sends some bytes on it.
    func call() async throws {
        try await self.sight.waits(for: "hello") { $0.hello != nil }
        try await self.use { tunnel in
            let call = FakeCall(relay: self, index: self.sight.value.calls.count)
            self.sight.update { $0.calls.append(.init()) }
            call.stream = tunnel.openStream(call)
            call.stream?.send(ByteBuffer(string: "call"))
        }
    }

    func tunnelReady(_ tunnel: Tunnel) {
        if self.welcomes { tunnel.send(Self.welcome) }
    }

    func tunnel(_ tunnel: Tunnel, accepted stream: TunnelStream) -> (any TunnelStreamHandler)? { nil }

    func tunnel(_ tunnel: Tunnel, received message: ControlMessage) {
        self.sight.update { $0.messages.append(message) }
    }

    func tunnelClosed(_ tunnel: Tunnel, because closure: TunnelClosure) {
        self.tunnel.update { $0 = nil }
        self.sight.update { $0.closure = closure.description }
    }
}

/// One call of a ``FakeRelay``.
final class FakeCall: TunnelStreamHandler {
    struct Sight: Sendable {
        var answer = ""
        var isFinished = false
        var resetCode: UInt64?
    }

    private let relay: FakeRelay
    private let index: Int
    var stream: TunnelStream?

    init(relay: FakeRelay, index: Int) {
        self.relay = relay
        self.index = index
    }

    func streamReceived(_ bytes: ByteBuffer, isFinal: Bool) {
        self.stream?.consumed(bytes.readableBytes)
        self.note { sight in
            sight.answer += String(buffer: bytes)
            sight.isFinished = isFinal
        }
    }

    func streamReset(code: UInt64) { self.note { $0.resetCode = code } }
    func streamReadComplete() {}
    func streamStopped(code: UInt64) {}
    func streamWritable() {}
    func streamClosed() { self.stream = nil }

    private func note(_ change: (inout Sight) -> Void) {
        self.relay.sight.update { change(&$0.calls[self.index]) }
    }
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
