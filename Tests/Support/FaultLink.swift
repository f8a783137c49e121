internal import NIOCore

/// One connection through a ``FaultProxy``: a socket on either side, and the weather of each direction between them.
package final class FaultLink: Sendable {
    /// Its place in the order in which connections were opened, from 1.
    package let number: Int
    private let near: any Channel
    private let courses: NIOLoopBound<[FaultProxy.Direction: FaultCourse]>

    /// Begins to carry; on the event loop of both sockets.
    init(
        number: Int,
        near: any Channel,
        far: any Channel,
        weather: [FaultProxy.Direction: FaultProxy.Weather]
    ) throws {
        self.number = number
        self.near = near
        let up = FaultCourse(from: near, to: far, weather: weather[.up] ?? .init())
        let down = FaultCourse(from: far, to: near, weather: weather[.down] ?? .init())
        try near.pipeline.syncOperations.addHandler(FaultHandler(reading: up, writing: down))
        try far.pipeline.syncOperations.addHandler(FaultHandler(reading: down, writing: up))
        self.courses = NIOLoopBound([.up: up, .down: down], eventLoop: near.eventLoop)
        up.begin()
        down.begin()
    }

    func whenOver(_ body: @escaping @Sendable () -> Void) {
        self.near.closeFuture.whenComplete { _ in body() }
    }

    /// Changes what happens in these directions from now on.
    package func change(
        _ directions: [FaultProxy.Direction] = FaultProxy.Direction.allCases,
        _ change: @escaping @Sendable (inout FaultProxy.Weather) -> Void
    ) async throws {
        try await self.onLoop { courses in
            for direction in directions { courses[direction]?.change(change) }
        }
    }

    /// Resets both sides now; what was on its way is lost.
    package func cut() async throws {
        try await self.onLoop { courses in
            courses[.up]?.cut()
        }
    }

    /// Ends one direction in order (FIN); the other one goes on.
    package func halfClose(_ direction: FaultProxy.Direction) async throws {
        try await self.onLoop { courses in courses[direction]?.end() }
    }

    /// How many bytes have been passed on in a direction.
    package func passed(_ direction: FaultProxy.Direction) async throws -> Int {
        try await self.onLoop { courses in courses[direction]?.passed ?? 0 }
    }

    private func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable ([FaultProxy.Direction: FaultCourse]) throws -> Value
    ) async throws -> Value {
        let courses = self.courses
        return try await self.near.eventLoop.submit { try body(courses.value) }.get()
    }
}

/// Hands what happens on one socket to the directions that begin and end there.
private final class FaultHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let reading: FaultCourse
    private let writing: FaultCourse

    init(reading: FaultCourse, writing: FaultCourse) {
        self.reading = reading
        self.writing = writing
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.reading.take(self.unwrapInboundIn(data))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.writing.updateReading()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event as? ChannelEvent == .inputClosed { self.reading.takeEnd() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.reading.takeEnd()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.reading.break()
    }
}
