import NIOCore
import NIOEmbedded
import Routing
import Synchronization
import Testing

/// Two tunnels of one connector, on a clock that goes on when the test says so.
@Suite("Calls travel together")
struct TogetherTests {
    private let clock = HoldTests.Clock()
    private let stand: RoutingStand
    private let loops = [EmbeddedEventLoop(), EmbeddedEventLoop()]

    init() throws {
        let clock = self.clock
        self.stand = RoutingStand(
            registry: Registry(relay: "relay-1") {
                .uptimeNanoseconds(UInt64(clock.seconds.withLock { $0 }) * 1_000_000_000)
            }
        )
        for (index, loop) in self.loops.enumerated() {
            _ = try self.stand.connect(session: "x", tunnel: index, on: loop, serving: "a")
        }
    }

    private func places(_ count: Int) -> [Int?] {
        (0..<count).map { _ in self.stand.place("a", near: self.loops[1]).tunnel }
    }

    @Test("in the tunnel on the caller's event loop until it has many, then in the next one")
    func inTurn() {
        let many = Registry.together
        let all = [2, 1, 2].flatMap { Array(repeating: $0, count: many) }
        #expect(self.places(many * 3) == all)
    }

    @Test("only while calls go well there: one whose line has gone silent does not get them all")
    func silent() throws {
        #expect(self.places(2) == [2, 2])
        self.clock.seconds.withLock { $0 += 1 }
        #expect(self.places(3) == [1, 1, 1], "nobody knows better of that one")
        self.clock.seconds.withLock { $0 += 1 }
        let route = try #require(self.stand.place("a", near: self.loops[1]).route)
        #expect(route.tunnel.number == 2, "neither is known to be well: the less busy one")
        self.stand.registry.release(route, failed: false)
        #expect(self.places(4) == [2, 2, 2, 2])
    }

    @Test("a call that was given up says nothing of its tunnel")
    func givenUp() throws {
        let routes = (0..<3).compactMap { _ in self.stand.place("a", near: self.loops[1]).route }
        self.clock.seconds.withLock { $0 += 1 }
        self.stand.registry.release(try #require(routes.first))
        #expect(self.places(1) == [1])
    }
}
