import NIOCore
import Routing
import Synchronization
import Testing
import TunnelProtocol
import Vocabulary

/// Calls that wait for a connector, on a clock that goes on when the test says so.
@Suite("Waiting for a connector")
struct HoldTests {
    final class Clock: Sendable {
        let seconds = Mutex<Int64>(1_000)
    }

    /// What became of one that waits.
    final class Ear: Sendable {
        let heard = Mutex<[RouteTurn]>([])

        var tunnel: Int? {
            if case .route(let route) = self.heard.withLock({ $0.first }) { route.tunnel.number } else { nil }
        }

        var words: [String] {
            self.heard.withLock { $0 }.map { turn in
                switch turn {
                case .route: "route"
                case .displaced: "displaced"
                case .stopping: "stopping"
                }
            }
        }
    }

    private let clock = Clock()
    private let stand: RoutingStand

    init() {
        let clock = self.clock
        self.stand = RoutingStand(
            registry: Registry(relay: "relay-1", hold: HoldLimits(time: .seconds(10), calls: 3)) {
                .uptimeNanoseconds(UInt64(clock.seconds.withLock { $0 }) * 1_000_000_000)
            }
        )
    }

    private var now: NIODeadline {
        .uptimeNanoseconds(UInt64(self.clock.seconds.withLock { $0 }) * 1_000_000_000)
    }

    private func wait(
        _ owner: String = "u",
        tried: [Int] = []
    ) throws -> (prospect: String, place: RoutePlace?, ear: Ear) {
        let ear = Ear()
        let waiter = RouteWaiter(owner: owner, size: 1, eventLoop: self.stand.loop, tried: tried) { turn in
            ear.heard.withLock { $0.append(turn) }
        }
        switch self.stand.registry.placeOrWait(try #require(DeploymentName("a")), waiter) {
        case .route: return ("route", nil, ear)
        case .waits(let place, _): return ("waits", place, ear)
        case .crowded: return ("crowded", nil, ear)
        case .offline: return ("offline", nil, ear)
        case .full: return ("full", nil, ear)
        case .stopping: return ("stopping", nil, ear)
        }
    }

    @Test("nobody waits for what never was there, or has been gone for long")
    func never() throws {
        #expect(try self.wait().prospect == "offline")
        let connector = try self.stand.connect(serving: "a")
        #expect(try self.wait().prospect == "route")
        try connector.vanish()
        self.clock.seconds.withLock { $0 += 9 }
        #expect(try self.wait().prospect == "waits")
        self.clock.seconds.withLock { $0 += 1 }
        #expect(try self.wait().prospect == "offline")
    }

    @Test("the line goes on, in turn, when somebody serves the deployment")
    func turns() throws {
        let connector = try self.stand.connect(session: "x", serving: "a")
        try connector.vanish()
        let waiting = [try self.wait("u"), try self.wait("u"), try self.wait("v")]
        self.clock.seconds.withLock { $0 += 2 }
        #expect(self.stand.registry.lines().map(\.count) == [3])
        #expect(self.stand.registry.lines().first?.longest == .seconds(2))
        _ = try self.stand.connect(session: "y", serving: "b")
        #expect(waiting.allSatisfy { $0.ear.words.isEmpty })
        _ = try self.stand.connect(session: "z", serving: "a")
        #expect(waiting.map(\.ear.tunnel) == [3, 3, 3])
        #expect(self.stand.registry.openCalls == 3)
        #expect(self.stand.registry.lines().isEmpty)
        for one in waiting { #expect(self.stand.registry.leave(try #require(one.place)) == false) }
    }

    @Test("a full line takes those who have fewer in it")
    func full() throws {
        try self.stand.connect(serving: "a").vanish()
        let greedy = try (0..<3).map { _ in try self.wait("u") }
        #expect(try self.wait("u").prospect == "full")
        #expect(try self.wait("v").prospect == "waits")
        #expect(greedy.map(\.ear.words) == [[], [], ["displaced"]])
        #expect(self.stand.registry.leave(try #require(greedy[0].place)))
        #expect(self.stand.registry.lines().map(\.count) == [2])
    }

    @Test("a connector that says goodbye, an upstream that falls ill: both may come back")
    func otherWays() throws {
        let connector = try self.stand.connect(serving: "a")
        try connector.serve(["a"], healthy: false, reason: "it restarts")
        let ill = try self.wait()
        #expect(ill.prospect == "waits")
        try connector.serve(["a"])
        #expect(ill.ear.tunnel == 1)
        try connector.say(.goodbye(reason: "stopping", lastStream: nil))
        #expect(try self.wait().prospect == "waits")
    }

    @Test("who was refused by a tunnel waits for another one, or until that one is well again")
    func refused() throws {
        let connector = try self.stand.connect(session: "x", serving: "a")
        let refused = try self.wait(tried: [1])
        #expect(refused.prospect == "waits")
        try connector.serve(["a", "b"])
        #expect(refused.ear.words.isEmpty)
        try connector.serve(["a"], healthy: false)
        try connector.serve(["a"])
        #expect(refused.ear.tunnel == 1)
        let other = try self.wait(tried: [1])
        _ = try self.stand.connect(session: "y", serving: "a")
        #expect(other.ear.tunnel == 2)
    }

    @Test("nobody waits for a connector whose token was revoked, although it was gone before")
    func revoked() throws {
        let name = try #require(DeploymentName("a"))
        try self.stand.connect(session: "x", token: "t1", serving: "a").vanish()
        try self.stand.connect(session: "y", token: "t2", serving: "a").vanish()
        #expect(try self.wait().prospect == "waits")
        let since = self.now
        self.stand.registry.end(token: "another", because: "revoked")
        self.stand.registry.end(token: "t2", because: "revoked")
        // The other one may come back.
        #expect(!self.stand.registry.isForsaken(name, since: since))
        #expect(try self.wait().prospect == "waits")
        self.stand.registry.end(token: "t1", because: "revoked")
        #expect(self.stand.registry.isForsaken(name, since: since))
        #expect(try self.wait().prospect == "offline")
    }

    @Test("who was gone for long when a call began to wait is not who it waits for", arguments: [true, false])
    func goneBefore(isKnown: Bool) throws {
        let name = try #require(DeploymentName("a"))
        if isKnown {
            try self.stand.connect(session: "x", token: "t1", serving: "a").vanish()
        } else {
            // By tunnels of the relay whose place this one has taken.
            self.stand.registry.expect([name])
        }
        self.clock.seconds.withLock { $0 += 10 }
        try self.stand.connect(session: "y", token: "t2", serving: "a").vanish()
        self.clock.seconds.withLock { $0 += 2 }
        let since = self.now
        #expect(try self.wait().prospect == "waits")
        #expect(!self.stand.registry.isForsaken(name, since: since))
        // Its time may run out while a call waits for it: that is no reason to end the wait earlier than others.
        self.clock.seconds.withLock { $0 += 9 }
        #expect(!self.stand.registry.isForsaken(name, since: since))
        self.stand.registry.end(token: "t2", because: "revoked")
        #expect(self.stand.registry.isForsaken(name, since: since))
    }

    @Test("a relay that stops ends the line")
    func stopping() throws {
        try self.stand.connect(serving: "a").vanish()
        let one = try self.wait()
        self.stand.registry.drainAll()
        #expect(one.ear.words == ["stopping"])
        #expect(try self.wait().prospect == "stopping")
    }
}
