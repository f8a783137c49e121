import NIOCore
import NIOPosix
import Testing

@testable import Upstream

/// The pool over real sockets on loopback.
struct UpstreamPoolTests {
    private func pool(_ server: ModelServer, idleLimit: TimeAmount = .seconds(60)) async throws -> LoopbackPool {
        try await LoopbackPool("http://127.0.0.1:\(server.port)", idleLimit: idleLimit)
    }

    private func whole(_ pool: LoopbackPool, _ peer: ModelServer.Peer) async throws {
        let call = try await pool.call()
        _ = try await peer.request()
        try await peer.answer("ok")
        try await call.hears("opened", "200", "ok", "end", ".")
    }

    /// Waits as long as a server has to keep a connection before it is trusted to.
    private func probation(_ pool: LoopbackPool) async throws {
        try await pool.eventLoop.scheduleTask(in: ReusePolicy.probation) {}.futureResult.get()
    }

    @Test func aConnectionIsUsedAgain() async throws {
        let server = try await ModelServer.start()
        let pool = try await self.pool(server)
        let first = try await pool.call()
        let peer = try await server.next()
        _ = try await peer.request()
        try await peer.answer("ok")
        try await first.hears("opened", "200", "ok", "end", ".")
        try await self.probation(pool)
        for _ in 0..<20 { try await self.whole(pool, peer) }
        #expect(server.accepted == 1)
        #expect(try await pool.connectionCount == 1)
        try await pool.closeIdle()
        try await peer.closed()
        try await pool.waits(forConnections: 0)
        await server.stop()
    }

    @Test func callsAtOnceHaveConnectionsOfTheirOwn() async throws {
        let server = try await ModelServer.start()
        let pool = try await self.pool(server)
        var calls: [(LoopbackPool.Call, ModelServer.Peer)] = []
        for _ in 0..<5 {
            let call = try await pool.call()
            calls.append((call, try await server.next()))
        }
        for (call, peer) in calls {
            _ = try await peer.request()
            try await peer.answer("ok")
            try await call.hears("opened", "200", "ok", "end", ".")
        }
        try await self.probation(pool)
        // The one that was used last is taken first.
        try await self.whole(pool, calls[4].1)
        try await self.whole(pool, calls[4].1)
        #expect(server.accepted == 5)
        try await pool.closeIdle()
        await server.stop()
    }

    @Test func aServerThatClosesAfterEachAnswerWithoutAWord() async throws {
        let server = try await ModelServer.start()
        let pool = try await self.pool(server)
        for number in 1...10 {
            let call = try await pool.call()
            let peer = try await server.next()
            _ = try await peer.request()
            try await peer.answerAndClose("ok")
            try await call.hears("opened", "200", "ok", "end", ".")
            #expect(server.accepted == number)
        }
        try await pool.waits(forConnections: 0)
        await server.stop()
    }

    @Test func aServerThatSaysThatItCloses() async throws {
        let server = try await ModelServer.start()
        let pool = try await self.pool(server)
        for _ in 0..<3 {
            let call = try await pool.call()
            let peer = try await server.next()
            _ = try await peer.request()
            try await peer.answer("ok", headers: "connection: close\r\n")
            try await call.hears("opened", "200", "ok", "end", ".")
            try await peer.closed()
        }
        try await pool.waits(forConnections: 0)
        await server.stop()
    }

    @Test func anIdleConnectionIsClosedInTime() async throws {
        let server = try await ModelServer.start()
        let pool = try await self.pool(server, idleLimit: .milliseconds(50))
        let call = try await pool.call()
        let peer = try await server.next()
        _ = try await peer.request()
        try await peer.answer("ok")
        try await call.hears("opened", "200", "ok", "end", ".")
        try await peer.closed()
        try await pool.waits(forConnections: 0)
        await server.stop()
    }

    @Test func anIdleConnectionThatTheServerClosesIsForgotten() async throws {
        let server = try await ModelServer.start()
        let pool = try await self.pool(server)
        let first = try await pool.call()
        let peer = try await server.next()
        _ = try await peer.request()
        try await peer.answer("ok")
        try await first.hears("opened", "200", "ok", "end", ".")
        try await self.probation(pool)
        let second = try await pool.call()
        _ = try await peer.request()
        // In the same breath: on a busy machine more than 250 ms may lie between two.
        try await peer.answerAndClose("ok")
        try await second.hears("opened", "200", "ok", "end", ".")
        try await pool.waits(forConnections: 0)
        // It closed within 250 ms of its answer: from now on each call has its own connection.
        for _ in 0..<2 {
            let next = try await pool.call()
            let peer = try await server.next()
            _ = try await peer.request()
            try await peer.answer("ok")
            try await next.hears("opened", "200", "ok", "end", ".")
            try await peer.closed()
        }
        await server.stop()
    }

    /// A request that may have been started is never sent twice.
    @Test func aRequestThatIsNotAnsweredIsNotRepeated() async throws {
        let server = try await ModelServer.start()
        let pool = try await self.pool(server)
        let call = try await pool.call()
        let peer = try await server.next()
        _ = try await peer.request()
        peer.close()
        try await call.hears("opened", "broke")
        try await pool.waits(forConnections: 0)
        #expect(server.accepted == 1)
        await server.stop()
    }

    @Test func nobodyListens() async throws {
        let server = try await ModelServer.start()
        let pool = try await self.pool(server)
        await server.stop()
        let call = try await pool.call()
        try await call.hears("failed")
        try await pool.waits(forConnections: 0)
    }

    @Test func aName() async throws {
        let server = try await ModelServer.start()
        let pool = try await LoopbackPool("http://localhost:\(server.port)")
        let call = try await pool.call()
        let peer = try await server.next()
        _ = try await peer.request()
        try await peer.answer("ok")
        try await call.hears("opened", "200", "ok", "end", ".")
        try await pool.closeIdle()
        await server.stop()
    }

    @Test func aNameThatDoesNotExist() async throws {
        let pool = try await LoopbackPool("http://does-not-exist.invalid:1")
        let call = try await pool.call()
        try await call.hears("failed")
        try await pool.waits(forConnections: 0)
    }

    @Test(arguments: [false, true])
    func aCallThatIsCancelledWhileConnecting(byName: Bool) async throws {
        let server = try await ModelServer.start()
        let pool = try await LoopbackPool("http://\(byName ? "localhost" : "127.0.0.1"):\(server.port)")
        for _ in 0..<20 {
            let call = LoopbackPool.Call(eventLoop: pool.eventLoop)
            // In one turn of the event loop: the connection cannot have been made.
            try await pool.run { pool in
                call.start(pool, asks: true)
                call.cancelNow()
            }
        }
        try await pool.waits(forConnections: 0)
        await server.stop()
    }

    @Test func aCallThatIsCancelledBeforeItsAnswer() async throws {
        let server = try await ModelServer.start()
        let pool = try await self.pool(server)
        let call = try await pool.call()
        let peer = try await server.next()
        _ = try await peer.request()
        try await call.cancel()
        try await peer.closed()
        try await pool.waits(forConnections: 0)
        await server.stop()
    }
}
