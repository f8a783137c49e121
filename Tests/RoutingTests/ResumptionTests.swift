import NIOCore
import Routing
import Synchronization
import Testing
import TunnelProtocol
import Vocabulary

/// Where calls go on whose tunnel has died.
@Suite("Another tunnel of the same session")
struct ResumptionTests {
    private final class Woken: Sendable {
        let answers = Mutex<[Bool]>([])
        var all: [Bool] { self.answers.withLock { $0 } }
    }

    /// A connector that can go on, with a call of its deployment placed on it.
    private func call(_ stand: RoutingStand, generation: UInt64 = 1) throws -> (FakeConnector, Route) {
        let connector = try self.connector(stand, generation: generation)
        try connector.serve(["gemma"])
        try stand.carry()
        return (connector, try #require(stand.place("gemma").route))
    }

    private func connector(
        _ stand: RoutingStand,
        session: String = "s",
        generation: UInt64,
        tunnel: Int = 0,
        lost: [UInt64] = [],
        replaces: [String] = [],
        capabilities: [String] = [Capability.resume]
    ) throws -> FakeConnector {
        let connector = try stand.dial(session: session, generation: generation)
        try connector.say(
            .hello(
                .init(
                    software: "test/1",
                    capabilities: capabilities,
                    streams: 16,
                    tunnel: tunnel,
                    lost: lost,
                    replaces: replaces
                )
            )
        )
        try stand.carry()
        return connector
    }

    private func goOn(_ stand: RoutingStand, _ route: Route, _ woken: Woken) -> (Route?, Int?) {
        switch stand.registry.goOn(route, wake: { hasCome in woken.answers.withLock { $0.append(hasCome) } }) {
        case .moved(let route): (route, nil)
        case .waiting(let wait): (nil, wait)
        case .never: (nil, nil)
        }
    }

    @Test("at once where there is one")
    func moves() throws {
        let stand = RoutingStand()
        let (first, route) = try self.call(stand)
        _ = try self.connector(stand, generation: 2, tunnel: 1)
        try first.vanish()
        let moved = try #require(self.goOn(stand, route, Woken()).0)
        #expect(moved.tunnel.number == stand.newest)
        #expect(moved.model == route.model)
        #expect(stand.registry.tunnels().map(\.openCalls) == [1])
        stand.registry.release(moved)
        #expect(stand.registry.tunnels().map(\.openCalls) == [0])
    }

    @Test("the next one wakes those who wait, once")
    func wakes() throws {
        let stand = RoutingStand()
        let (first, route) = try self.call(stand)
        try first.vanish()
        let (woken, left) = (Woken(), Woken())
        #expect(self.goOn(stand, route, woken).1 != nil)
        let wait = try #require(self.goOn(stand, route, left).1)
        stand.registry.stopWaiting(wait, for: route)
        _ = try self.connector(stand, session: "another", generation: 1)
        #expect(woken.all == [])
        _ = try self.connector(stand, generation: 2)
        #expect(woken.all == [true])
        _ = try self.connector(stand, generation: 3, tunnel: 1)
        #expect(woken.all == [true])
        #expect(left.all == [])
        #expect(self.goOn(stand, route, Woken()).0 != nil)
    }

    @Test("of a connector that is leaving, if it said that it comes back", arguments: [false, true])
    func leaving(returns: Bool) throws {
        let stand = RoutingStand()
        let (first, route) = try self.call(stand)
        try first.say(.goodbye(reason: "stopping", lastStream: 1, returns: returns))
        try stand.carry()
        try first.vanish()
        let woken = Woken()
        #expect((self.goOn(stand, route, woken).1 != nil) == returns)
        let second = try self.connector(stand, generation: 2)
        try second.say(.goodbye(reason: "stopping", lastStream: nil, returns: returns))
        try stand.carry()
        #expect(woken.all == (returns ? [true] : []))
        // For what it has already only.
        #expect(self.goOn(stand, route, Woken()).0 != nil)
        try second.serve(["gemma"])
        #expect(stand.place("gemma").tunnel == nil)
    }

    @Test("not in one of a connector that cannot")
    func capability() throws {
        let stand = RoutingStand()
        let (first, route) = try self.call(stand)
        #expect(route.tunnel.resumes)
        try first.vanish()
        _ = try self.connector(stand, generation: 2, capabilities: [])
        #expect(self.goOn(stand, route, Woken()).1 != nil)
    }

    @Test("a tunnel that its connector has lost is over for the relay too")
    func lost() throws {
        let stand = RoutingStand()
        _ = try self.call(stand)
        _ = try self.connector(stand, generation: 2, tunnel: 1, lost: [1])
        #expect(stand.registry.tunnels().map(\.ticket.generation) == [2])
    }

    @Test("a connector hears which calls are not wanted any more, at once or when it comes back")
    func cancels() throws {
        let stand = RoutingStand()
        let (first, route) = try self.call(stand)
        try first.vanish()
        let name = CallStreamName(call: "c", stream: 1)
        stand.registry.cancel(name, of: route)
        let second = try self.connector(stand, generation: 2)
        #expect(second.messages.contains(.cancel(calls: [name])))
        let other = CallStreamName(call: "d", stream: 1)
        stand.registry.cancel(other, of: route)
        try stand.carry()
        #expect(second.messages.contains(.cancel(calls: [other])))
    }

    @Test("nobody waits for a process that another one has replaced")
    func replaced() throws {
        let stand = RoutingStand()
        let (first, route) = try self.call(stand)
        // As long as it lives, nobody can say that it does not.
        _ = try self.connector(stand, session: "liar", generation: 1, replaces: ["s"])
        try first.vanish()
        let woken = Woken()
        #expect(self.goOn(stand, route, woken).1 != nil)
        _ = try self.connector(stand, session: "successor", generation: 1, replaces: ["s"])
        #expect(woken.all == [false])
    }

    @Test("nobody waits in a relay that stops, whose doors are closed")
    func relayStops() throws {
        let stand = RoutingStand()
        let (first, route) = try self.call(stand)
        try first.vanish()
        let woken = Woken()
        #expect(self.goOn(stand, route, woken).1 != nil)
        stand.registry.drainAll()
        #expect(woken.all == [false])
        let (moved, wait) = self.goOn(stand, route, Woken())
        #expect(moved == nil && wait == nil)
        #expect(stand.registry.unfinishedCalls == 1)
        stand.registry.release(route)
        #expect(stand.registry.unfinishedCalls == 0)
    }

    @Test("nobody waits for a connector whose token was revoked, then or before")
    func revoked() throws {
        let stand = RoutingStand()
        let (first, route) = try self.call(stand)
        try first.vanish()
        let woken = Woken()
        #expect(self.goOn(stand, route, woken).1 != nil)
        stand.registry.end(token: "another", because: "revoked")
        #expect(woken.all == [])
        stand.registry.end(token: "t", because: "revoked")
        #expect(woken.all == [false])
        let (moved, wait) = self.goOn(stand, route, Woken())
        #expect(moved == nil && wait == nil)
    }

    @Test("nobody waits for a connector that has said goodbye")
    func stopping() throws {
        let stand = RoutingStand()
        let (first, route) = try self.call(stand)
        try first.say(.goodbye(reason: "stopping", lastStream: nil))
        try first.vanish()
        let (moved, wait) = self.goOn(stand, route, Woken())
        #expect(moved == nil && wait == nil)
    }
}
