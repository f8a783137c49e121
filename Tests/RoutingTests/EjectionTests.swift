import NIOCore
import Routing
import Synchronization
import Testing
import TunnelProtocol
import Vocabulary

/// Connectors that fail get no calls for a while, on a clock that goes on when the test says so.
@Suite("Connectors that fail")
struct EjectionTests {
    private let clock = HoldTests.Clock()
    private let stand: RoutingStand

    init() throws {
        let clock = self.clock
        self.stand = RoutingStand(
            registry: Registry(relay: "relay-1") {
                .uptimeNanoseconds(UInt64(clock.seconds.withLock { $0 }) * 1_000_000_000)
            }
        )
    }

    private func connect(_ session: String, slots: Int? = nil) throws {
        let connector = try self.stand.connect(session: session)
        try connector.serve([.init(name: "a", model: "m", upstream: "vllm", slots: slots, healthy: true)])
    }

    /// So many calls in a row fail there.
    private func fail(_ tunnel: Int, _ count: Int = 3) throws {
        for _ in 0..<count {
            var held: [Route] = []
            defer { for route in held { self.stand.registry.release(route) } }
            while true {
                let route = try #require(self.stand.place("a").route)
                if route.tunnel.number == tunnel {
                    self.stand.registry.release(route, failed: true)
                    break
                }
                held.append(route)
                try #require(held.count < 100, "it gets no calls")
            }
        }
    }

    /// Where the next calls go, each over before the next one.
    private func places(_ count: Int, failed: Bool? = nil) -> Set<Int> {
        Set(
            (0..<count).compactMap { _ in
                let route = self.stand.place("a").route
                if let route { self.stand.registry.release(route, failed: failed) }
                return route?.tunnel.number
            }
        )
    }

    private func go(_ seconds: Int64) { self.clock.seconds.withLock { $0 += seconds } }

    private var ejections: Int? {
        DeploymentName("a").flatMap { self.stand.registry.capacities(of: [$0]).first?.ejections }
    }

    @Test("it is left out, tried with one call, and back when that succeeds")
    func course() throws {
        for session in ["x", "y"] { try self.connect(session) }
        try self.fail(1, 2)
        #expect(self.places(3) == [1], "two failures are no reason")
        try self.fail(1, 1)
        #expect(self.ejections == 1)
        #expect(self.places(8) == [2])
        self.go(2)
        let trial = try #require(self.stand.place("a").route)
        #expect(trial.tunnel.number == 1)
        #expect(self.places(8) == [2], "one call decides")
        self.stand.registry.release(trial, failed: true)
        #expect(self.ejections == 2)
        self.go(3)
        #expect(self.places(8) == [2], "this time it takes longer")
        self.go(1)
        let second = try #require(self.stand.place("a").route)
        #expect(second.tunnel.number == 1)
        self.stand.registry.release(second, failed: false)
        #expect(Set((0..<4).compactMap { _ in self.stand.place("a").tunnel }) == [1, 2])
    }

    @Test("whoever is alone is not left out, and neither are all")
    func all() throws {
        try self.connect("x")
        try self.fail(1)
        #expect(self.places(2) == [1])
        try self.connect("y")
        #expect(self.places(4) == [2])
        try self.fail(2)
        #expect(self.ejections == 2)
        #expect(Set((0..<4).compactMap { _ in self.stand.place("a").tunnel }) == [1, 2])
    }

    @Test("what its caller ends says nothing of it, and what comes again begins anew")
    func nothing() throws {
        for session in ["x", "y"] { try self.connect(session) }
        try self.fail(1, 2)
        let route = try #require(self.stand.place("a").route)
        #expect(route.tunnel.number == 1)
        self.stand.registry.release(route)
        #expect(self.ejections == 0)
        try self.fail(1, 1)
        #expect(self.ejections == 1)
        try self.stand.connectors[0].vanish()
        try self.connect("x")
        #expect(Set((0..<4).compactMap { _ in self.stand.place("a").tunnel }) == [2, 3])
    }

    @Test("who waits is served when time alone makes room, and before those who come later", arguments: [true, false])
    func waiting(comesAnother: Bool) throws {
        for session in ["x", "y"] { try self.connect(session, slots: 1) }
        try self.fail(1)
        #expect(self.stand.place("a").tunnel == 2)
        let ear = HoldTests.Ear()
        let waiter = RouteWaiter(owner: "u", size: 1, eventLoop: self.stand.loop, tried: []) { turn in
            ear.heard.withLock { $0.append(turn) }
        }
        guard case .waits(_, for: .slot) = self.stand.registry.placeOrWait(try #require(DeploymentName("a")), waiter)
        else {
            Issue.record("it does not wait")
            return
        }
        #expect(self.stand.registry.isBusy(try #require(DeploymentName("a")), tried: [1]))
        self.stand.registry.lookAgain()
        #expect(ear.tunnel == nil)
        self.go(2)
        if comesAnother {
            guard case .busy = self.stand.place("a") else {
                Issue.record("it has overtaken who waits")
                return
            }
        } else {
            self.stand.registry.lookAgain()
        }
        #expect(ear.tunnel == 1)
    }
}
