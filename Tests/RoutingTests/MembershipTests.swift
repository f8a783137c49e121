import Routing
import Testing
import TunnelProtocol
import TunnelTransport
import Vocabulary

@Suite("Tunnels that come and go")
struct MembershipTests {
    // MARK: Generations

    @Test("the newest generation of a session's tunnel gets the calls, the old one drains")
    func replaced() throws {
        let stand = RoutingStand()
        let old = try stand.connect(generation: 1, serving: "a")
        let underWay = try #require(stand.place("a").route)
        let new = try stand.connect(generation: 2, serving: "a")
        #expect(old.drains == 1 && new.drains == 0)
        #expect(stand.registry.tunnels().map(\.isDraining) == [true, false])
        for _ in 0..<3 { #expect(stand.place("a").tunnel == 2) }
        // Its call goes on.
        #expect(stand.registry.tunnels().map(\.openCalls) == [1, 3])
        #expect(old.closure == nil)
        stand.registry.release(underWay)
        try old.vanish()
        #expect(stand.place("a").tunnel == 2)
    }

    @Test("an old tunnel that says anew what it serves stays drained")
    func oldSpeaks() throws {
        let stand = RoutingStand()
        let old = try stand.connect(generation: 1, serving: "a")
        _ = try stand.connect(generation: 2, serving: "a")
        try old.serve(["a", "b"])
        #expect(stand.place("a").tunnel == 2)
        #expect(stand.place("b").reason == "its connector is stopping")
    }

    @Test("a tunnel of an older generation that greets late is the one that drains")
    func late() throws {
        let stand = RoutingStand()
        let old = try stand.dial(generation: 1)
        let new = try stand.connect(generation: 2, serving: "a")
        try old.greet()
        try old.serve(["a"])
        try stand.carry()
        #expect(old.drains == 1 && new.drains == 0)
        for _ in 0..<3 { #expect(stand.place("a").tunnel == 1) }
    }

    @Test("other tunnels of the session and other sessions are left alone")
    func others() throws {
        let stand = RoutingStand()
        let connectors = [
            try stand.connect(session: "x", generation: 1, tunnel: 0, serving: "a"),
            try stand.connect(session: "x", generation: 2, tunnel: 1, serving: "a"),
            try stand.connect(session: "y", generation: 3, tunnel: 0, serving: "a"),
            try stand.connect(session: "y", generation: 3, tunnel: 0, serving: "a"),
        ]
        #expect(connectors.map(\.drains) == [0, 0, 0, 0])
        #expect(stand.registry.tunnels().allSatisfy { !$0.isDraining })
    }

    @Test("a dial of an older generation is not accepted")
    func accepts() {
        let registry = Registry(relay: "r")
        #expect(registry.accepts(session: "s", generation: 0))
        registry.note(session: "s", generation: 7)
        registry.note(session: "s", generation: 5)
        #expect([5, 6, 7, 8].map { registry.accepts(session: "s", generation: $0) } == [false, false, true, true])
        #expect(registry.accepts(session: "other", generation: 1))
    }

    @Test("generations are remembered as long as a session lives, others not without bound")
    func forgetting() throws {
        let stand = RoutingStand()
        _ = try stand.connect(session: "live", generation: 5)
        for number in 0...10_001 { stand.registry.note(session: "gone-\(number)", generation: 5) }
        #expect(!stand.registry.accepts(session: "live", generation: 4))
        #expect(stand.registry.accepts(session: "gone-0", generation: 4))
        #expect(!stand.registry.accepts(session: "gone-10001", generation: 4))
    }

    // MARK: Offers

    @Test("a deployment that is no longer named is withdrawn")
    func withdrawal() throws {
        let stand = RoutingStand()
        let connector = try stand.connect(serving: "a", "b")
        try connector.serve(["b"])
        #expect(stand.place("a").reason == "no connector for it is online")
        #expect(stand.place("b").tunnel == 1)
        try connector.serve([String]())
        #expect(stand.place("b").reason == "no connector for it is online")
        try connector.serve(["a"])
        #expect(stand.place("a").tunnel == 1)
    }

    @Test("two connectors may serve one deployment; one that withdraws leaves it to the other")
    func two() throws {
        let stand = RoutingStand()
        let first = try stand.connect(session: "x", token: "t1", serving: "a")
        _ = try stand.connect(session: "y", token: "t2", serving: "a")
        #expect([stand.place("a").tunnel, stand.place("a").tunnel] == [1, 2])
        try first.serve([String]())
        for _ in 0..<3 { #expect(stand.place("a").tunnel == 2) }
        try first.serve(["a"])
        #expect(stand.place("a").tunnel == 1, "it is the less busy one again")
    }

    @Test("a changed offer holds from the next call on")
    func changed() throws {
        let stand = RoutingStand()
        let connector = try stand.connect(serving: "a")
        #expect(stand.place("a").model == "own-a")
        try connector.serve([.init(name: "a", model: "newer", upstream: "vllm", contextLength: 9, healthy: true)])
        #expect(stand.place("a").model == "newer")
        let offer = stand.registry.tunnels().first?.deployments.first?.value
        #expect(offer?.upstream == "vllm" && offer?.contextLength == 9)
    }

    // MARK: Leaving

    @Test("a connector that says goodbye gets no new calls, and keeps those that it has")
    func goodbye() throws {
        let stand = RoutingStand()
        let first = try stand.connect(session: "x", serving: "a")
        _ = stand.place("a")
        try first.say(.goodbye(reason: "stopping", lastStream: nil))
        #expect(stand.place("a").reason == "its connector is stopping")
        #expect(stand.registry.openCalls == 1)
        _ = try stand.connect(session: "y", serving: "a")
        #expect(stand.place("a").tunnel == 2)
    }

    @Test("a tunnel that breaks is forgotten with all that it served", arguments: [false, true])
    func leaving(inOrder: Bool) throws {
        let stand = RoutingStand()
        let first = try stand.connect(session: "x", serving: "a", "b")
        _ = try stand.connect(session: "y", serving: "b")
        _ = stand.place("a")
        if inOrder {
            first.tunnel?.close(reason: "done")
            try stand.carry()
        } else {
            try first.vanish()
        }
        #expect(stand.registry.tunnels().map(\.number) == [2])
        #expect(stand.registry.openCalls == 0)
        #expect(stand.place("a").reason == "no connector for it is online")
        #expect(stand.place("b").tunnel == 2)
    }

    @Test("a tunnel that ends before its hello was never there")
    func silent() throws {
        let stand = RoutingStand()
        let connector = try stand.dial()
        #expect(stand.registry.tunnels().count == 0)
        try connector.vanish()
        #expect(stand.registry.tunnels().count == 0)
    }

    // MARK: The relay stops

    @Test("a stopping relay tells every connector, and places nothing")
    func drainAll() throws {
        let stand = RoutingStand()
        let connectors = [
            try stand.connect(session: "x", serving: "a"), try stand.connect(session: "y", serving: "a"),
        ]
        _ = stand.place("a")
        #expect(!stand.registry.isDraining)
        stand.registry.drainAll()
        try stand.carry()
        #expect(stand.registry.isDraining)
        #expect(connectors.map(\.drains) == [1, 1])
        #expect(connectors.allSatisfy { $0.closure == nil })
        #expect(stand.place("a").reason == "its connector is stopping")
        #expect(stand.registry.openCalls == 1)
    }

    @Test("a tunnel that comes up while the relay stops is told too")
    func drainingAlready() throws {
        let stand = RoutingStand()
        stand.registry.drainAll()
        let connector = try stand.connect(serving: "a")
        #expect(stand.place("a").reason == "its connector is stopping")
        #expect(connector.drains == 1)
    }

    @Test("at the very end every tunnel is closed, and reads why")
    func closeAll() throws {
        let stand = RoutingStand()
        let connectors = [
            try stand.connect(session: "x", serving: "a"), try stand.connect(session: "y", serving: "a"),
        ]
        stand.registry.closeAll(because: "the relay is stopping")
        try stand.carry()
        for connector in connectors {
            #expect(connector.messages.last == .goodbye(reason: "the relay is stopping", lastStream: nil))
            #expect(connector.closure?.description == "the relay is stopping")
        }
        #expect(stand.registry.tunnels().count == 0)
    }

    @Test("a revoked token ends its tunnels and no others")
    func revoked() throws {
        let stand = RoutingStand()
        let connectors = [
            try stand.connect(session: "x", token: "t1", serving: "a"),
            try stand.connect(session: "x", tunnel: 1, token: "t1", serving: "a"),
            try stand.connect(session: "y", token: "t2", serving: "a"),
        ]
        stand.registry.end(token: "t1", because: "the token was revoked")
        try stand.carry()
        #expect(connectors.map { $0.closure?.description } == ["the token was revoked", "the token was revoked", nil])
        #expect(stand.registry.tunnels().map(\.ticket.token) == ["t2"])
        #expect(stand.place("a").tunnel == 3)
    }

    @Test("a tunnel that was let in before its token was revoked does not come up after it")
    func revokedBeforeItsHello() throws {
        let stand = RoutingStand()
        let sleeper = try stand.dial(session: "x", token: "t1")
        stand.registry.end(token: "t1", because: "the token was revoked")
        try sleeper.greet()
        #expect(sleeper.closure?.description == "the tunnel token was revoked")
        #expect(stand.registry.tunnels().count == 0)
        _ = try stand.connect(session: "y", token: "t2", serving: "a")
        #expect(stand.place("a").tunnel != nil)
    }

    @Test("a tunnel without a hello is ended after a while, one with it is not")
    func withoutHello() throws {
        let stand = RoutingStand()
        let greeted = try stand.connect(session: "x", serving: "a")
        let silent = try stand.dial(session: "y")
        for _ in 0..<9 { try stand.pass(seconds: 1) }
        #expect(silent.closure == nil)
        for _ in 0..<2 { try stand.pass(seconds: 1) }
        #expect(silent.closure?.description == "the connector did not say hello in time")
        #expect(greeted.closure == nil)
    }

    @Test("tunnels are shown oldest first, as they are")
    func status() throws {
        let stand = RoutingStand()
        for (index, session) in ["x", "y", "z"].enumerated() {
            stand.now = 1_000 + index
            _ = try stand.connect(session: session, serving: "a", "b")
        }
        let tunnels = stand.registry.tunnels()
        #expect(tunnels.map(\.ticket.session) == ["x", "y", "z"])
        #expect(tunnels.map(\.since) == [1_000, 1_001, 1_002])
        #expect(tunnels.map(\.number) == [1, 2, 3])
        #expect(tunnels.allSatisfy { $0.deployments.keys.map(\.rawValue).sorted() == ["a", "b"] })
        #expect(tunnels.allSatisfy { $0.traffic.bytesReceived > 0 })
        #expect(stand.registry.tunnels().count == 3)
    }
}
