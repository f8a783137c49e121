import NIOEmbedded
import Routing
import Testing
import TunnelProtocol
import Vocabulary

@Suite("Where a call goes")
struct PlacementTests {
    @Test("nowhere when nobody serves the deployment")
    func nobody() throws {
        let stand = RoutingStand()
        #expect(stand.place("a").reason == "no connector for it is online")
        _ = try stand.connect(serving: "b")
        #expect(stand.place("a").reason == "no connector for it is online")
        #expect(stand.place("B").reason == "no connector for it is online", "names differ by case")
        #expect(stand.registry.openCalls == 0)
    }

    @Test("to the connector that serves it, with the model's name there")
    func model() throws {
        let stand = RoutingStand()
        _ = try stand.connect(session: "x", serving: "a")
        _ = try stand.connect(session: "y", serving: "b", "c")
        #expect(stand.place("a").tunnel == 1)
        #expect(stand.place("c").tunnel == 2)
        #expect(stand.place("c").model == "own-c")
    }

    @Test("to the least busy of those that serve it")
    func leastBusy() throws {
        let stand = RoutingStand()
        for session in ["x", "y", "z"] { _ = try stand.connect(session: session, serving: "a") }
        let routes = try (0..<6).map { _ in try #require(stand.place("a").route) }
        #expect(routes.map(\.tunnel.number) == [1, 2, 3, 1, 2, 3])
        stand.registry.release(routes[4])
        #expect(stand.place("a").tunnel == 2)
        stand.registry.release(routes[2])
        stand.registry.release(routes[5])
        #expect(stand.place("a").tunnel == 3)
        #expect(stand.place("a").tunnel == 3)
        #expect(stand.place("a").tunnel == 1)
    }

    @Test("calls of other deployments count for a tunnel too")
    func sharedLoad() throws {
        let stand = RoutingStand()
        _ = try stand.connect(session: "x", serving: "a", "b")
        _ = try stand.connect(session: "y", serving: "b")
        _ = stand.place("a")
        #expect(stand.place("b").tunnel == 2)
    }

    @Test("at equal load to a tunnel on the caller's own event loop")
    func ownLoop() throws {
        let stand = RoutingStand()
        let loops = [EmbeddedEventLoop(), EmbeddedEventLoop()]
        _ = try stand.connect(session: "x", on: loops[0], serving: "a")
        _ = try stand.connect(session: "y", on: loops[1], serving: "a")
        #expect(stand.place("a", near: loops[1]).tunnel == 2)
        #expect(stand.place("a", near: loops[1]).tunnel == 1, "a less busy one elsewhere is better")
        #expect(stand.place("a", near: loops[1]).tunnel == 2)
        #expect(stand.place("a", near: EmbeddedEventLoop()).tunnel == 1)
    }

    @Test("never to one whose upstream is not healthy, and the caller reads why")
    func unhealthy() throws {
        let stand = RoutingStand()
        let first = try stand.connect(session: "x", serving: "a")
        try first.serve(["a"], healthy: false, reason: "the model is being loaded")
        #expect(stand.place("a").reason == "the model is being loaded")
        try first.serve(["a"], healthy: false)
        #expect(stand.place("a").reason == "its upstream is not healthy")
        let second = try stand.connect(session: "y", serving: "a")
        for _ in 0..<5 { #expect(stand.place("a").tunnel == 2) }
        try second.serve(["a"], healthy: false, reason: "second")
        #expect(stand.place("a").reason == "its upstream is not healthy", "the first one's reason")
        try first.serve(["a"])
        #expect(stand.place("a").tunnel == 1)
    }

    @Test("never to one that refused this call already")
    func tried() throws {
        let stand = RoutingStand()
        _ = try stand.connect(session: "x", serving: "a")
        _ = try stand.connect(session: "y", serving: "a")
        #expect(stand.place("a", tried: [1]).tunnel == 2)
        #expect(stand.place("a", tried: [1]).tunnel == 2)
        #expect(stand.place("a", tried: [2, 7]).tunnel == 1)
        #expect(stand.place("a", tried: [2, 1]).reason != nil)
        #expect(stand.registry.openCalls == 3, "a call that went nowhere is counted nowhere")
    }

    @Test("a call is counted until it is released, and released once at most to nothing")
    func counting() throws {
        let stand = RoutingStand()
        let connector = try stand.connect(serving: "a")
        let route = try #require(stand.place("a").route)
        #expect(stand.registry.openCalls == 1)
        #expect(stand.registry.tunnels().map(\.openCalls) == [1])
        stand.registry.release(route)
        stand.registry.release(route)
        #expect(stand.registry.openCalls == 0)
        let late = try #require(stand.place("a").route)
        try connector.vanish()
        stand.registry.release(late)
        #expect(stand.registry.openCalls == 0)
        #expect(stand.registry.tunnels().count == 0)
    }

    @Test("always to the best that there is, whatever happened before", arguments: UInt64(1)...30)
    func random(seed: UInt64) throws {
        var source = SeededNumbers(seed: seed)
        let stand = RoutingStand()
        let loops = [EmbeddedEventLoop(), EmbeddedEventLoop()]
        let names = ["a", "b", "c"]
        var routes: [Route] = []
        for step in 0..<120 {
            let live = stand.connectors.filter { $0.closure == nil }
            switch Int.random(in: 0..<10, using: &source) {
            case 0 where live.count < 6:
                let connector = try stand.connect(
                    session: "s\(Int.random(in: 0..<4, using: &source))",
                    generation: UInt64(step),
                    on: loops[Int.random(in: 0...1, using: &source)]
                )
                try connector.serve(names.filter { _ in Bool.random(using: &source) })
            case 1, 2:
                guard let connector = live.randomElement(using: &source) else { break }
                let health = Bool.random(using: &source)
                try connector.serve(names.filter { _ in Bool.random(using: &source) }, healthy: health, reason: "ill")
            case 3 where Bool.random(using: &source):
                try live.randomElement(using: &source)?.vanish()
            case 4 where Int.random(in: 0..<4, using: &source) == 0:
                try live.randomElement(using: &source)?.say(.goodbye(reason: "", lastStream: nil))
            case 5, 6:
                guard !routes.isEmpty else { break }
                let route = routes.remove(at: Int.random(in: 0..<routes.count, using: &source))
                stand.registry.release(route)
            default:
                let name = try #require(DeploymentName(names[Int.random(in: 0..<names.count, using: &source)]))
                let loop = loops[Int.random(in: 0...1, using: &source)]
                let tunnels = stand.registry.tunnels()
                let able = tunnels.filter { tunnel in
                    !tunnel.isDraining && tunnel.deployments[name]?.isHealthy == true
                }
                let busy = { (session: String) in
                    tunnels.filter { $0.ticket.session == session && $0.deployments[name] != nil }
                        .reduce(0) { $0 + $1.openCalls }
                }
                switch stand.registry.place(name, near: loop) {
                case .busy:
                    Issue.record("nobody says how many calls it takes")
                case .offline(let outage):
                    #expect(able.isEmpty && outage != .unreachable, "seed \(seed), step \(step)")
                case .route(let route):
                    let chosen = try #require(able.first { $0.number == route.tunnel.number }, "seed \(seed)")
                    let session = chosen.ticket.session
                    #expect(busy(session) == able.map { busy($0.ticket.session) }.min(), "seed \(seed), step \(step)")
                    let own = able.filter { $0.ticket.session == session }
                    let steps = own.map { $0.openCalls / Registry.together }
                    #expect(chosen.openCalls / Registry.together == steps.min(), "seed \(seed), step \(step)")
                    #expect(route.model == "own-\(name)")
                    routes.append(route)
                }
            }
            try stand.carry()
        }
    }
}

/// Random numbers that a seed brings back (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite("What is known of the server behind a route")
struct RouteServerTests {
    private func state(_ version: String, _ dialects: [String]) -> ControlMessage.DeploymentState {
        .init(name: "a", model: "m", upstream: "vllm", upstreamVersion: version, dialects: dialects, healthy: true)
    }

    @Test("what its connector says, until it turns out not to be so, or the connector says something new")
    func missing() throws {
        let stand = RoutingStand()
        let connector = try stand.connect(session: "x", serving: "b")
        try connector.serve([self.state("1", ["chat", "messages", "of a later version"])])
        var route = try #require(stand.place("a").route)
        #expect(route.server.kind == .vllm)
        #expect(route.server.services == UpstreamService.common.union([.messages]))
        stand.registry.note(&route, lacks: .messages)
        #expect(route.server.services == UpstreamService.common)
        #expect(stand.place("a").route?.server.services == UpstreamService.common)
        try connector.serve([self.state("1", ["chat", "messages", "of a later version"])])
        #expect(stand.place("a").route?.server.services == UpstreamService.common)
        try connector.serve([self.state("2", ["chat", "messages"])])
        #expect(stand.place("a").route?.server.services.contains(.messages) == true)
    }
}
