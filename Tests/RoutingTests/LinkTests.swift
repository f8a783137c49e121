import Routing
import Testing
import TunnelProtocol
import Vocabulary

/// On one thread, because the tunnels' event loops belong to the one that made them.
@Suite("What a connector is told")
@MainActor
struct LinkTests {
    /// Takes the next announcement and answers it.
    private func answer(_ stand: RoutingStand, _ failures: [String: String] = [:]) async throws -> [String]? {
        var announcements = stand.registry.announced.makeAsyncIterator()
        guard let announcement = await announcements.next(isolation: #isolation) else { return nil }
        let pairs = failures.compactMap { name, reason in DeploymentName(name).map { ($0, reason) } }
        announcement.answer(Dictionary(uniqueKeysWithValues: pairs))
        try stand.carry()
        return announcement.names.map(\.rawValue)
    }

    @Test("the relay's name, its session and its scope, as soon as it says hello")
    func welcome() throws {
        let stand = RoutingStand()
        let connector = try stand.dial(session: "s-1", scope: ["gemma", "home-*"])
        try connector.greet()
        let welcome = ControlMessage.Welcome(
            relay: "relay-1",
            session: "s-1",
            scope: ["gemma", "home-*"],
            capabilities: [Capability.resume],
            instance: stand.registry.instance
        )
        #expect(connector.messages == [.welcome(welcome)])
    }

    @Test("which names were taken, once the accounts know them")
    func published() async throws {
        let stand = RoutingStand()
        let connector = try stand.connect(serving: "b", "a")
        #expect(connector.published == nil)
        #expect(try await self.answer(stand) == ["a", "b"])
        #expect(connector.published == .init(accepted: ["a", "b"], refused: []))
    }

    @Test("which names the accounts did not take, and why")
    func notTaken() async throws {
        let stand = RoutingStand()
        let connector = try stand.connect(serving: "a", "b")
        _ = try await self.answer(stand, ["b": "it is another user's"])
        #expect(
            connector.published
                == .init(accepted: ["a"], refused: [.init(name: "b", reason: "it is another user's")])
        )
    }

    @Test("a name that was not taken is announced again with what it says next, until it is taken")
    func again() async throws {
        let stand = RoutingStand()
        let connector = try stand.connect(serving: "a", "b")
        try connector.serve(["a", "b"])
        _ = try await self.answer(stand, ["b": "not now"])
        try connector.serve(["a", "b"])
        try connector.serve(["a", "b"])
        #expect(try await self.answer(stand) == ["b"])
        #expect(connector.published == .init(accepted: ["a", "b"], refused: []))
        try connector.serve(["a", "b", "c"])
        #expect(try await self.answer(stand) == ["c"], "and nothing was announced in between")
    }

    @Test("nothing when nothing has changed; only new names are announced")
    func changes() async throws {
        let stand = RoutingStand()
        let connector = try stand.connect(serving: "a")
        #expect(try await self.answer(stand) == ["a"])
        let count = connector.messages.count
        try connector.serve(["a"])
        try connector.serve(["a"])
        try connector.serve(["a", "c", "b"])
        #expect(try await self.answer(stand) == ["b", "c"], "and nothing was announced in between")
        #expect(connector.messages.count == count + 1)
        try connector.serve(["c"], healthy: false)
        #expect(try await self.answer(stand) == [])
        #expect(connector.published == .init(accepted: ["c"], refused: []))
        try connector.serve(["c"], healthy: true)
        #expect(try await self.answer(stand) == [])
        try connector.serve(["c", "d"])
        #expect(try await self.answer(stand) == ["d"], "and nothing was announced in between")
    }

    @Test("names outside of the token's scope, and names that are none, are refused and get no calls")
    func scope() async throws {
        let stand = RoutingStand()
        let connector = try stand.connect(
            scope: ["gemma", "home-*"],
            serving: "home-x",
            "gemma2",
            "gemma",
            "no name",
            ""
        )
        #expect(try await self.answer(stand) == ["gemma", "home-x"])
        let reason = "the tunnel token covers only: gemma, home-*"
        #expect(
            connector.published
                == .init(
                    accepted: ["gemma", "home-x"],
                    refused: [
                        .init(name: "gemma2", reason: reason),
                        .init(name: "no name", reason: "that is not a valid deployment name"),
                        .init(name: "", reason: "that is not a valid deployment name"),
                    ]
                )
        )
        #expect(stand.place("gemma2").reason == "no connector for it is online")
        #expect(stand.place("gemma").tunnel == 1)
        #expect(stand.place("home-x").tunnel == 1)
    }

    @Test("of more refusals than a line carries it hears as many as fit")
    func many() async throws {
        let stand = RoutingStand()
        let scope = (0..<16).map { "\($0)-" + String(repeating: "x", count: 60) }
        let connector = try stand.connect(scope: scope)
        let names = (0..<3_000).map { "name-\($0)" }
        try connector.serve(names)
        _ = try await self.answer(stand)
        #expect(connector.closure == nil)
        let published = try #require(connector.published)
        #expect(published.refused.count > 500)
        #expect(published.more == names.count - published.refused.count)
        #expect(published.fitting == published)
    }

    @Test(
        "a scope covers exact names and patterns",
        arguments: [
            (["*"], "a", true), (["a"], "a", true), (["a"], "ab", false), (["a"], "A", false), (["a*"], "a", true),
            (["a*"], "ab", true), (["*a"], "ba", true), (["*a"], "ab", false), (["a*c"], "abc", true),
            (["a*c"], "acb", false), (["x", "y*"], "yz", true), (["x", "y*"], "z", false), ([], "a", false),
            (["org/*"], "org/model:4b", true), (["*:4b"], "org/model:4b", true),
        ]
    )
    func covers(_ scope: [String], _ name: String, _ expected: Bool) throws {
        let ticket = TunnelTicket(
            token: "t",
            scope: scope.compactMap { DeploymentPattern($0) },
            session: "s",
            generation: 1,
            software: "",
            remoteAddress: ""
        )
        #expect(ticket.covers(try #require(DeploymentName(name))) == expected)
    }

    @Test("what it says before its hello counts for nothing")
    func early() throws {
        let stand = RoutingStand()
        let connector = try stand.dial()
        try connector.serve(["a"])
        try connector.say(.goodbye(reason: "", lastStream: nil))
        #expect(stand.registry.tunnels().count == 0)
        #expect(stand.place("a").reason != nil)
        try connector.greet()
        try connector.serve(["a"])
        #expect(stand.place("a").tunnel == 1)
    }

    @Test("a second hello changes nothing, nor does what only a relay says")
    func oddMessages() throws {
        let stand = RoutingStand()
        let connector = try stand.connect(serving: "a")
        try connector.greet(tunnel: 4)
        for message in [
            ControlMessage.probe, .drain(lastStream: nil), .unknown(type: "later"),
            .welcome(.init(relay: "x", session: "x", scope: [])), .published(.init(accepted: [], refused: [])),
        ] {
            try connector.say(message)
        }
        #expect(stand.registry.tunnels().count == 1)
        #expect(stand.place("a").tunnel == 1)
        #expect(connector.closure == nil)
    }

    @Test("of two deployments with one name the last counts")
    func twice() throws {
        let stand = RoutingStand()
        let connector = try stand.connect()
        try connector.serve([
            .init(name: "a", model: "first", upstream: "demo", healthy: true),
            .init(name: "a", model: "second", upstream: "demo", healthy: true),
        ])
        #expect(stand.place("a").model == "second")
        try connector.serve([String]())
        #expect(stand.place("a").reason != nil)
    }
}
