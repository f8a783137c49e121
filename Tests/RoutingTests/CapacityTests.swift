import NIOCore
import Routing
import Synchronization
import Testing
import TunnelProtocol
import Vocabulary

@Suite("How busy connectors are")
struct CapacityTests {
    private func serve(
        _ connector: FakeConnector,
        slots: Int? = nil,
        others: Int? = nil,
        queued: Int = 0,
        loaded: Bool? = nil,
        weight: Int? = nil
    ) throws {
        try connector.serve([
            .init(
                name: "a",
                model: "own-a",
                upstream: "vllm",
                slots: slots,
                queued: queued,
                others: others,
                loaded: loaded,
                weight: weight,
                healthy: true
            )
        ])
    }

    private func isBusy(_ stand: RoutingStand) -> Bool {
        if case .busy = stand.place("a") { true } else { false }
    }

    @Test("calls are held back when all slots of all connectors are taken, by whom ever")
    func slots() throws {
        let stand = RoutingStand()
        let first = try stand.connect(session: "x")
        let second = try stand.connect(session: "y")
        try self.serve(first, slots: 2)
        try self.serve(second, slots: 2, others: 1)
        let routes = try (0..<3).map { _ in try #require(stand.place("a").route) }
        #expect(routes.map(\.tunnel.number).sorted() == [1, 1, 2])
        #expect(self.isBusy(stand))
        stand.registry.release(try #require(routes.first))
        #expect(stand.place("a").route != nil)
        #expect(self.isBusy(stand))
        try self.serve(second, slots: 2, others: 0)
        #expect(stand.place("a").tunnel == 2)
    }

    @Test("nothing is held back of what is not to be")
    func ignored() throws {
        let pattern = try #require(DeploymentPattern("a*"))
        for limits in [CapacityLimits(time: .zero), CapacityLimits(calls: 0), CapacityLimits(ignored: [pattern])] {
            let stand = RoutingStand(registry: Registry(relay: "relay-1", capacity: limits))
            try self.serve(try stand.connect(), slots: 1, others: 1)
            #expect(stand.place("a").tunnel == 1)
        }
    }

    @Test("both tunnels of a connector lead to the same slots")
    func tunnels() throws {
        let stand = RoutingStand()
        for index in 0..<2 { try self.serve(try stand.connect(tunnel: index), slots: 2) }
        #expect([stand.place("a").tunnel, stand.place("a", tried: [1]).tunnel] == [1, 2])
        #expect(self.isBusy(stand))
    }

    @Test("of a server that does not say how many it takes, only its queue tells")
    func unknown() throws {
        let stand = RoutingStand()
        let connector = try stand.connect()
        try self.serve(connector)
        for _ in 0..<50 { #expect(stand.place("a").tunnel == 1) }
        try self.serve(connector, others: 0, queued: 3)
        #expect(self.isBusy(stand))
        try self.serve(connector, slots: -1, queued: 0)
        #expect(stand.place("a").tunnel == 1)
    }

    @Test("who waits for a slot gets it when a call ends, or when others end there")
    func line() throws {
        let stand = RoutingStand()
        let connector = try stand.connect()
        try self.serve(connector, slots: 1)
        let route = try #require(stand.place("a").route)
        let ear = HoldTests.Ear()
        for _ in 0..<2 {
            let waiter = RouteWaiter(owner: "u", size: 1, eventLoop: stand.loop, tried: []) { turn in
                ear.heard.withLock { $0.append(turn) }
            }
            guard case .waits(_, for: .slot) = stand.registry.placeOrWait(try #require(DeploymentName("a")), waiter)
            else {
                Issue.record("it does not wait")
                return
            }
        }
        stand.registry.release(route)
        #expect(ear.words == ["route"])
        try self.serve(connector, slots: 2)
        #expect(ear.words == ["route", "route"])
        #expect(stand.registry.lines().isEmpty)
    }

    @Test("who waits for a slot does not wait any more when connectors are sent to another relay")
    func handover() throws {
        let stand = RoutingStand()
        try self.serve(try stand.connect(), slots: 1)
        #expect(stand.place("a").tunnel == 1)
        let ear = HoldTests.Ear()
        let waiter = RouteWaiter(owner: "u", size: 1, eventLoop: stand.loop, tried: []) { turn in
            ear.heard.withLock { $0.append(turn) }
        }
        guard case .waits = stand.registry.placeOrWait(try #require(DeploymentName("a")), waiter) else {
            Issue.record("it does not wait")
            return
        }
        stand.registry.sendAway()
        #expect(ear.tunnel == 1)
        #expect(stand.place("a").tunnel == 1)
    }

    @Test("calls are spread by weight, and by slots where all say them")
    func weights() throws {
        for (first, second) in [((slots: nil, weight: 3), (slots: nil, weight: 1)), ((6, nil), (2, nil))]
            as [((slots: Int?, weight: Int?), (slots: Int?, weight: Int?))]
        {
            let stand = RoutingStand()
            try self.serve(try stand.connect(session: "x"), slots: first.slots, weight: first.weight)
            try self.serve(try stand.connect(session: "y"), slots: second.slots, weight: second.weight)
            let tunnels = (0..<8).compactMap { _ in stand.place("a").tunnel }
            #expect(tunnels.count { $0 == 1 } == 6 && tunnels.count { $0 == 2 } == 2, "\(tunnels)")
        }
    }

    @Test("a model that has to be loaded is as good as one call more")
    func cold() throws {
        let stand = RoutingStand()
        try self.serve(try stand.connect(session: "x"), loaded: false)
        try self.serve(try stand.connect(session: "y"), loaded: true)
        #expect([stand.place("a").tunnel, stand.place("a").tunnel, stand.place("a").tunnel] == [2, 1, 2])
    }

    @Test("numbers beyond belief do no harm")
    func extremes() throws {
        for extreme in [Int.max, Int.min] {
            let stand = RoutingStand()
            for session in ["x", "y"] {
                let connector = try stand.connect(session: session)
                try self.serve(connector, slots: extreme, others: extreme, queued: extreme, weight: extreme)
            }
            // As many others as slots leave no room; of less than nothing nothing is known.
            #expect(self.isBusy(stand) == (extreme == .max))
            let name = try #require(DeploymentName("a"))
            #expect(stand.registry.capacities(of: [name]).map(\.slots) == [extreme == .max ? 2_000_000 : 0])
        }
    }

    @Test("a call that a connector has refused goes to another one, not to the same one's other tunnel")
    func refused() throws {
        let stand = RoutingStand()
        for index in 0..<2 { try self.serve(try stand.connect(session: "x", tunnel: index)) }
        try self.serve(try stand.connect(session: "y"))
        let first = try #require(stand.place("a").route)
        #expect(first.tunnel.number == 1)
        #expect(stand.place("a", tried: [1]).tunnel == 3)
        #expect(stand.place("a", tried: [1, 3]).tunnel == 2, "better than nobody")
    }

    @Test("for whom it is said, a conversation stays where it was until that is twice as busy")
    func stickiness() throws {
        let stand = RoutingStand(
            registry: Registry(
                relay: "relay-1",
                policy: PlacementPolicy(affinity: [try #require(DeploymentPattern("a*"))])
            )
        )
        for session in ["x", "y"] { try self.serve(try stand.connect(session: session)) }
        let name = try #require(DeploymentName("a"))
        let tunnels = (0..<6).map { _ -> Int? in
            guard case .route(let route) = stand.registry.place(name, near: stand.loop, prefix: { 7 }) else {
                return nil
            }
            return route.tunnel.number
        }
        let home = try #require(tunnels.first ?? nil)
        // Three are there before the first goes elsewhere, where without that every second would.
        #expect(tunnels.prefix(3).allSatisfy { $0 == home }, "\(tunnels)")
        #expect(tunnels.count { $0 == home } == 5, "\(tunnels)")
    }

    @Test("a conversation goes where it was while that is as good as elsewhere")
    func affinity() throws {
        let stand = RoutingStand()
        for session in ["x", "y", "z"] { try self.serve(try stand.connect(session: session)) }
        let name = try #require(DeploymentName("a"))
        var places: Set<Int> = []
        for prefix in 0..<32 as Range<UInt64> {
            var tunnels: Set<Int> = []
            for _ in 0..<3 {
                guard case .route(let route) = stand.registry.place(name, near: stand.loop, prefix: { prefix }) else {
                    continue
                }
                tunnels.insert(route.tunnel.number)
                stand.registry.release(route)
            }
            #expect(tunnels.count == 1)
            places.formUnion(tunnels)
        }
        #expect(places == [1, 2, 3])
    }
}
