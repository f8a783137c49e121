import NIOCore
import NIOPosix
import NIOSSL

@testable import Upstream

/// A pool on a real event loop, used from a test's task.
final class LoopbackPool: Sendable {
    let eventLoop: any EventLoop
    private let pool: NIOLoopBoundBox<UpstreamPool>

    init(
        _ url: String,
        tls: NIOSSLContext? = nil,
        connectTimeout: TimeAmount = .seconds(5),
        idleLimit: TimeAmount = .milliseconds(2_500)
    ) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let server = try UpstreamServer(url)
        let configuration = UpstreamConfiguration(
            address: .server(server),
            connectTimeout: connectTimeout,
            idleLimit: idleLimit
        )
        self.eventLoop = eventLoop
        self.pool = NIOLoopBoundBox.makeBoxSendingValue(
            UpstreamPool(server: server, configuration: configuration, tls: tls, eventLoop: eventLoop),
            eventLoop: eventLoop
        )
    }

    /// Does something with the pool on its event loop.
    func run<Value: Sendable>(_ body: @escaping @Sendable (UpstreamPool) throws -> Value) async throws -> Value {
        let pool = self.pool
        return try await self.eventLoop.submit { try body(pool.value) }.get()
    }

    var connectionCount: Int {
        get async throws { try await self.run { $0.connectionCount } }
    }

    /// Waits until so many connections exist, which the event loop brings about by itself.
    func waits(forConnections count: Int) async throws {
        try await within(10, "\(count) connections exist") {
            while try await self.connectionCount != count { await Task.yield() }
        }
    }

    /// Begins a call; its events arrive in the answer's inbox.
    func call(asks: Bool = true) async throws -> Call {
        let call = Call(eventLoop: self.eventLoop)
        try await self.run { call.start($0, asks: asks) }
        return call
    }

    func closeIdle() async throws {
        try await self.run { $0.closeIdle() }
    }

    /// One call through the pool.
    final class Call: Sendable {
        let events = Inbox<String>()
        private let eventLoop: any EventLoop
        private let receiver: NIOLoopBoundBox<(Receiver, UpstreamAttempt?)?>

        init(eventLoop: any EventLoop) {
            self.eventLoop = eventLoop
            self.receiver = NIOLoopBoundBox.makeEmptyBox(
                valueType: (Receiver, UpstreamAttempt?).self,
                eventLoop: eventLoop
            )
        }

        func start(_ pool: UpstreamPool, asks: Bool) {
            let receiver = Receiver()
            receiver.heard = { [unowned receiver] event in
                if event == "opened", asks { receiver.ask() }
                self.events.put(event)
            }
            let opening = pool.open(for: receiver)
            if case .pending(let attempt) = opening {
                self.receiver.value = (receiver, attempt)
            } else {
                self.receiver.value = (receiver, nil)
            }
            receiver.take(opening)
        }

        /// Waits for these events, in this order; reads that brought nothing are passed over.
        func hears(_ expected: String...) async throws {
            for event in expected {
                var heard = try await self.events.next()
                while heard == ".", event != "." { heard = try await self.events.next() }
                guard heard == event else { throw Surprise(description: "heard \(heard) instead of \(event)") }
            }
        }

        func cancel() async throws {
            try await self.eventLoop.submit { self.cancelNow() }.get()
        }

        /// On the event loop.
        func cancelNow() {
            self.receiver.value?.1?.cancel()
            self.receiver.value?.0.exchange?.close()
        }
    }

    struct Surprise: Error, CustomStringConvertible {
        var description: String
    }
}
