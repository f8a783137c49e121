import NIOCore
import NIOPosix
import Testing
import TunnelProtocol
import Vocabulary

@testable import Upstream

/// One forwarder on a real event loop with a real server behind it; only the tunnel is played by the test.
final class LoopbackCall: Sendable {
    /// What is looked at from a test's task.
    struct Sight: Sendable {
        fileprivate var bytes: ByteBuffer
        var credit: Int
        var abandoned: ApplicationErrorCode?
        var isFinished: Bool
        var connections: Int
        var inFlight: Int

        var sent: Int { self.bytes.readableBytes }
        /// What was sent, as messages understand it; decoded at each look.
        var answer: FakeStream.Answer { (try? FakeStream.Answer(self.bytes)) ?? FakeStream.Answer() }
    }

    private struct Parts {
        let lane: ForwardingLane
        let stream: FakeStream
        let forwarder: Forwarder
    }

    let eventLoop: any EventLoop
    let forwarding: Forwarding
    private let deployment: DeploymentName
    private let parts: NIOLoopBoundBox<Parts?>

    init(_ configuration: UpstreamConfiguration) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let deployment = try #require(DeploymentName("gemma"))
        let forwarding = try Forwarding(upstreams: [configuration], logger: .silent)
        forwarding.serve([Deployment(name: deployment, model: "m", upstream: 0)])
        self.eventLoop = eventLoop
        self.forwarding = forwarding
        self.deployment = deployment
        self.parts = NIOLoopBoundBox.makeEmptyBox(valueType: Parts.self, eventLoop: eventLoop)
        try await eventLoop.submit {
            let lane = forwarding.lane(on: eventLoop)
            let stream = FakeStream()
            self.parts.value = Parts(lane: lane, stream: stream, forwarder: Forwarder(lane: lane, stream: stream))
        }.get()
    }

    convenience init(_ url: String) async throws {
        try await self.init(UpstreamConfiguration(address: try UpstreamAddress(url)))
    }

    /// The relay sends bytes in one burst.
    func receive(_ bytes: ByteBuffer, isFinal: Bool) async throws {
        try await self.onLoop { parts in
            parts.forwarder.streamReceived(bytes, isFinal: isFinal)
            parts.forwarder.streamReadComplete()
        }
    }

    func ask(_ body: String = "{}") async throws {
        try await self.receive(RelayRequest(content: [body]).bytes, isFinal: true)
    }

    /// The caller leaves.
    func cancel() async throws {
        try await self.onLoop { $0.forwarder.streamStopped(code: ApplicationErrorCode.cancelled.rawValue) }
    }

    /// The caller reads slowly, or well again.
    func setWritable(_ isWritable: Bool) async throws {
        try await self.onLoop { parts in
            parts.stream.isWritable = isWritable
            if isWritable { parts.forwarder.streamWritable() }
        }
    }

    var sight: Sight {
        get async throws {
            let (forwarding, deployment) = (self.forwarding, self.deployment)
            return try await self.onLoop { parts in
                Sight(
                    bytes: parts.stream.sent,
                    credit: parts.stream.credit,
                    abandoned: parts.stream.abandoned,
                    isFinished: parts.stream.isFinished,
                    connections: parts.lane.connectionCount,
                    inFlight: forwarding.callsInFlight(for: deployment)
                )
            }
        }
    }

    /// Looks again and again until what is seen is as wanted.
    @discardableResult
    func waits(_ what: String, until isAsWanted: @escaping @Sendable (Sight) -> Bool) async throws -> Sight {
        try await within(10, what) {
            while true {
                let sight = try await self.sight
                if isAsWanted(sight) { return sight }
                await Task.yield()
            }
        }
    }

    private func onLoop<Value: Sendable>(_ body: @escaping @Sendable (Parts) throws -> Value) async throws -> Value {
        let parts = self.parts
        return try await self.eventLoop.submit {
            try body(try #require(parts.value))
        }.get()
    }
}
