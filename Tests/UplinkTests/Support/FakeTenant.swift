import NIOCore
import TunnelProtocol
import TunnelTransport

@testable import Uplink

/// What answers calls and says what is served, in place of the model servers.
final class FakeTenant: UplinkDelegate {
    struct Sight: Sendable {
        var welcomes: [ControlMessage.Welcome] = []
        var published: [ControlMessage.Published] = []
        var probes = 0
        var deployments = [ControlMessage.DeploymentState(name: "gemma", model: "m", upstream: "demo", healthy: true)]
        var openCalls = 0
        var keptCalls = 0
        var suspendedCalls = 0
        /// How often it was asked for those.
        var looks = 0
    }

    let sight = Observed(Sight())
    private let calls = Observed<[NIOLoopBound<EchoCall>]>([])

    var keptCalls: Int { self.sight.value.keptCalls }
    var suspendedCalls: Int {
        self.sight.update { $0.looks += 1 }
        return self.sight.value.suspendedCalls
    }
    func cancel(_ calls: [CallStreamName]) {}

    func acceptor(on eventLoop: any EventLoop) -> any StreamAcceptor {
        FakeAcceptor(tenant: self, eventLoop: eventLoop)
    }

    fileprivate func accept(
        _ stream: TunnelStream,
        on eventLoop: any EventLoop,
        isLeaving: Bool
    ) -> any TunnelStreamHandler {
        if isLeaving { return RefusedCall(stream: stream) }
        let call = EchoCall(stream: stream, tenant: self)
        self.calls.update { $0.append(NIOLoopBound(call, eventLoop: eventLoop)) }
        self.sight.update { $0.openCalls += 1 }
        return call
    }

    /// Answers every open call to its end.
    func answer() {
        for call in self.calls.value { call.eventLoop.execute { call.value.finish() } }
        self.calls.update { $0 = [] }
    }

    func deployments() -> [ControlMessage.DeploymentState] { self.sight.value.deployments }
    func welcomed(_ welcome: ControlMessage.Welcome) { self.sight.update { $0.welcomes.append(welcome) } }
    func published(_ published: ControlMessage.Published) { self.sight.update { $0.published.append(published) } }
    func probeNow() { self.sight.update { $0.probes += 1 } }
}

/// Takes the calls of one tunnel.
final class FakeAcceptor: StreamAcceptor {
    private let tenant: FakeTenant
    private let eventLoop: any EventLoop

    init(tenant: FakeTenant, eventLoop: any EventLoop) {
        self.tenant = tenant
        self.eventLoop = eventLoop
    }

    func accept(_ stream: TunnelStream, isLeaving: Bool) -> any TunnelStreamHandler {
        self.tenant.accept(stream, on: self.eventLoop, isLeaving: isLeaving)
    }
}

/// A call that comes too late.
final class RefusedCall: TunnelStreamHandler {
    private let stream: TunnelStream

    init(stream: TunnelStream) {
        self.stream = stream
    }

    func streamReceived(_ bytes: ByteBuffer, isFinal: Bool) { self.stream.abandon(.draining) }
    func streamReadComplete() {}
    func streamReset(code: UInt64) {}
    func streamStopped(code: UInt64) {}
    func streamWritable() {}
    func streamClosed() {}
}

/// A call that is answered when the test says so.
final class EchoCall: TunnelStreamHandler {
    private var stream: TunnelStream?
    private let tenant: FakeTenant

    init(stream: TunnelStream, tenant: FakeTenant) {
        self.stream = stream
        self.tenant = tenant
    }

    func finish() {
        self.stream?.send(ByteBuffer(string: "answer"), isFinal: true)
        self.stream?.stopSending(.none)
    }

    func streamReceived(_ bytes: ByteBuffer, isFinal: Bool) { self.stream?.consumed(bytes.readableBytes) }
    func streamReadComplete() {}
    func streamReset(code: UInt64) {}
    func streamStopped(code: UInt64) {}
    func streamWritable() {}

    func streamClosed() {
        self.stream = nil
        self.tenant.sight.update { $0.openCalls -= 1 }
    }
}
