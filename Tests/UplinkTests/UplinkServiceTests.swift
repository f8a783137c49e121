import NIOCore
import NIOPosix
import ServiceLifecycle
import ServiceLifecycleTestKit
import Testing
import TunnelProtocol
import TunnelTransport

@testable import Uplink

/// Tunnels that are kept up: against a relay that does what the test says.
struct UplinkServiceTests {
    @Test func aTunnelIsIntroducedAndTellsWhatIsServed() async throws {
        try await UplinkUnderTest.run { uplink in
            let relay = try await uplink.relay()
            let sight = try await relay.sight.waits(for: "a state") { !$0.states.isEmpty }
            #expect(sight.hello?.tunnel == 0)
            #expect(sight.hello?.software == "adit-connector/test")
            #expect(sight.hello?.version == 1)
            #expect(sight.states.last?.deployments.map(\.name) == ["gemma"])
            #expect(uplink.tenant.sight.value.welcomes == [.init(relay: "relay-1", session: "s", scope: ["gemma"])])
            try await relay.send(.published(.init(accepted: ["gemma"], refused: [])))
            try await relay.send(.unknown(type: "news"))
            try await relay.send(.probe)
            let heard = try await uplink.tenant.sight.waits(for: "what the relay says") { $0.probes == 1 }
            #expect(heard.published == [.init(accepted: ["gemma"], refused: [])])
            let status = try #require(uplink.service.status().first)
            #expect(status.isUp && !status.isLeaving && status.relay == "relay-1" && status.generation == 1)
        }
    }

    @Test func changesAreToldAtOnceButNotEachByItself() async throws {
        try await UplinkUnderTest.run { uplink in
            let relay = try await uplink.relay()
            try await relay.sight.waits(for: "a state") { !$0.states.isEmpty }
            for number in 0..<200 {
                uplink.tenant.sight.update { $0.deployments[0].model = "m\(number)" }
                uplink.service.stateChanged()
            }
            let last = try await relay.sight.waits(for: "the last change") {
                $0.states.last?.deployments.first?.model == "m199"
            }
            #expect(last.states.count < 20)
        }
    }

    @Test func theSecondTunnelFollowsTheFirst() async throws {
        try await UplinkUnderTest.run(tunnels: 2) { uplink in
            let first = try await uplink.server.next()
            let request = try await first.request()
            #expect(uplink.server.connections == 1)
            let relay = FakeRelay()
            try await first.welcome(relay)
            try await relay.sight.waits(for: "hello") { $0.hello != nil }
            let second = try await uplink.server.next()
            let other = try await second.request()
            #expect(request.contains("adit-generation: 1\r\n"))
            #expect(other.contains("adit-generation: 2\r\n"))
            let session = { (request: String) in request.firstMatch(of: /adit-session: (\w+)/)?.1 }
            #expect(session(request) != nil && session(request) == session(other))
            let otherRelay = FakeRelay()
            try await second.welcome(otherRelay)
            let sight = try await otherRelay.sight.waits(for: "a state") { !$0.states.isEmpty }
            #expect(sight.hello?.tunnel == 1)
        }
    }

    @Test func aLostTunnelIsDialledAnew() async throws {
        try await UplinkUnderTest.run { uplink in
            let first = try await uplink.relay()
            try await first.sight.waits(for: "a state") { !$0.states.isEmpty }
            try await first.use { $0.close(reason: "gone") }
            let peer = try await uplink.server.next()
            #expect(try await peer.request().contains("adit-generation: 2\r\n"))
            let second = FakeRelay()
            try await peer.welcome(second)
            try await second.sight.waits(for: "a state") { !$0.states.isEmpty }
        }
    }

    @Test func anOlderGenerationIsDialledAnewAtOnce() async throws {
        try await UplinkUnderTest.run { uplink in
            for generation in 1...3 {
                let peer = try await uplink.server.next()
                #expect(try await peer.request().contains("adit-generation: \(generation)\r\n"))
                peer.refuse("409 Conflict", "older")
            }
            let relay = try await uplink.relay()
            try await relay.sight.waits(for: "a state") { !$0.states.isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func aFailureIsThereToBeShown() async throws {
        try await UplinkUnderTest.run { uplink in
            let peer = try await uplink.server.next()
            _ = try await peer.request()
            peer.refuse("503 Busy", "later", headers: ["retry-after: 0"])
            let relay = try await uplink.relay {
                #expect(uplink.service.lastFailure?.contains("takes no tunnel now (HTTP 503): later") == true)
            }
            try await relay.sight.waits(for: "a state") { !$0.states.isEmpty }
            // The one who keeps the tunnel hears of the welcome after the relay has heard of the state.
            while uplink.service.lastFailure != nil { await Task.yield() }
        }
    }

    /// The replacement comes first; the calls of the old tunnel go on, and then it ends.
    @Test func theRelayDrainsATunnel() async throws {
        try await UplinkUnderTest.run { uplink in
            let old = try await uplink.relay()
            try await old.call()
            try await uplink.tenant.sight.waits(for: "the call") { $0.openCalls == 1 }
            try await old.send(.drain(lastStream: nil))
            let new = try await uplink.relay()
            try await new.sight.waits(for: "a state") { !$0.states.isEmpty }
            #expect(old.sight.value.closure == nil)
            #expect(Set(uplink.service.status().map(\.isLeaving)) == [true, false])
            // What the relay had placed before it drained still comes.
            try await old.call()
            try await uplink.tenant.sight.waits(for: "both calls") { $0.openCalls == 2 }
            uplink.tenant.answer()
            let end = try await old.sight.waits(for: "the end of the old tunnel") { $0.closure != nil }
            #expect(end.calls.map(\.answer) == ["answer", "answer"])
            #expect(end.calls.allSatisfy { $0.isFinished && $0.resetCode == nil })
            #expect(new.sight.value.closure == nil)
            #expect(uplink.server.connections == 2)
        }
    }

    /// A relay that sends every tunnel away as soon as it is there.
    @Test func whoDrainsEachTunnelIsNotDialledWithoutEnd() async throws {
        try await UplinkUnderTest.run { uplink in
            let start = ContinuousClock.now
            for _ in 0..<4 {
                let relay = try await uplink.relay()
                for _ in 0..<100 { try await relay.send(.goodbye(reason: "away", lastStream: nil)) }
            }
            _ = try await uplink.server.next().request()
            // Four pauses of 100 ms at least.
            #expect(ContinuousClock.now - start >= .milliseconds(400))
        }
    }

    /// Each of its tunnels is a try that failed, and no tunnel that broke.
    @Test func whoEndsTunnelsWithoutAWelcomeIsSaidToBeUnreachable() async throws {
        try await UplinkUnderTest.run { uplink in
            let relay = try await uplink.relay(FakeRelay(welcomes: false))
            // As a relay does: what is said behind the upgrade with the connection's end at once, nobody would read.
            try await relay.sight.waits(for: "hello") { $0.hello != nil }
            let reason = String(repeating: "no ", count: 1_000)
            try await relay.use { $0.close(reason: reason) }
            let peer = try await uplink.server.next()
            _ = try await peer.request()
            let failure = try #require(uplink.service.lastFailure)
            // Where nobody holds it any more it closes, and that is a failure too.
            withExtendedLifetime(peer) {}
            #expect(failure.hasPrefix("the tunnel ended before the relay welcomed it: no no "))
            #expect(failure.count < 300)
        }
    }

    /// A relay that drains and takes no new tunnel yet, as one that is stopping.
    @Test func aDrainedTunnelEndsWithoutItsReplacement() async throws {
        try await UplinkUnderTest.run { uplink in
            let old = try await uplink.relay()
            try await old.sight.waits(for: "a state") { !$0.states.isEmpty }
            try await old.send(.goodbye(reason: "the relay is stopping", lastStream: nil))
            let peer = try await uplink.server.next()
            _ = try await peer.request()
            peer.refuse("503 Stopping", "the relay is stopping", headers: ["retry-after: 300"])
            try await old.sight.waits(for: "the end of the old tunnel") { $0.closure != nil }
        }
    }

    @Test func stoppingLetsCallsEndAndRefusesNewOnes() async throws {
        let relay = FakeRelay()
        try await UplinkUnderTest.run { uplink in
            _ = try await uplink.relay(relay)
            try await relay.call()
            try await uplink.tenant.sight.waits(for: "the call") { $0.openCalls == 1 }
            uplink.stop()
            let sight = try await relay.sight.waits(for: "goodbye") { $0.goodbye != nil }
            #expect(sight.goodbye?.lastStream == 1)
            try await relay.call()
            let refused = try await relay.sight.waits(for: "the refusal") { $0.calls.last?.resetCode != nil }
            #expect(refused.calls.last?.resetCode == ApplicationErrorCode.draining.rawValue)
            #expect(refused.closure == nil)
            #expect(uplink.tenant.sight.value.openCalls == 1)
            uplink.tenant.answer()
            let end = try await relay.sight.waits(for: "the end") { $0.closure != nil }
            #expect(end.calls.first?.answer == "answer")
            #expect(end.calls.first?.isFinished == true)
            #expect(end.closure == "the connector is stopping")
        }
    }

    /// The line breaks before the connector is told to stop, or behind it: what no tunnel carries any more has a way until it is over.
    @Test(arguments: [false, true])
    func stoppingWaitsForCallsThatComeBack(isStopping: Bool) async throws {
        try await UplinkUnderTest.run { uplink in
            let first = try await uplink.relay()
            try await first.sight.waits(for: "a state") { !$0.states.isEmpty }
            if isStopping {
                uplink.stop()
                let sight = try await first.sight.waits(for: "goodbye") { $0.goodbye != nil }
                #expect(sight.goodbye?.returns == true)
            }
            uplink.tenant.sight.update { $0.suspendedCalls = 1 }
            try await first.use { $0.close(reason: "cut") }
            try await first.sight.waits(for: "the cut") { $0.closure != nil }
            if !isStopping { uplink.stop() }
            // The first try may fail as any other.
            let peer = try await uplink.server.next()
            // It may be a dial that the stop has broken off.
            _ = try? await peer.request()
            peer.refuse("503 Busy", "later")
            let second = try await uplink.relay()
            let sight = try await second.sight.waits(for: "goodbye") { $0.goodbye != nil }
            #expect(sight.hello?.lost?.contains(1) == true)
            #expect(sight.goodbye?.returns == true)
            try await second.call()
            try await second.sight.waits(for: "the refusal of what is new") { $0.calls.last?.resetCode != nil }
            #expect(second.sight.value.closure == nil)
            uplink.tenant.sight.update { $0.suspendedCalls = 0 }
            let end = try await second.sight.waits(for: "the end") { $0.closure != nil }
            #expect(end.closure == "the connector is stopping")
        }
    }

    /// The line breaks in the middle of a request, which the connector forgets: the relay, which waits for it, is to hear so.
    @Test(arguments: [false, true])
    func stoppingComesBackToSayWhatItNeverSaw(isStopping: Bool) async throws {
        try await UplinkUnderTest.run { uplink in
            let peer = try await uplink.server.next()
            _ = try await peer.request()
            let first = FakeRelay()
            try await peer.welcome(first)
            try await first.call()
            try await uplink.tenant.sight.waits(for: "the call") { $0.openCalls == 1 }
            if isStopping {
                uplink.stop()
                let goodbye = try await first.sight.waits(for: "goodbye") { $0.goodbye != nil }.goodbye
                #expect(goodbye?.returns == true)
            }
            peer.close()
            try await uplink.tenant.sight.waits(for: "the break") { $0.openCalls == 0 }
            if !isStopping {
                uplink.stop()
                // It may be a dial that the stop has broken off.
                let dial = try await uplink.server.next()
                _ = try? await dial.request()
                dial.refuse("503 Busy", "later")
            }
            // A relay that does not welcome it may not have heard it.
            let deaf = try await uplink.relay(FakeRelay(welcomes: false))
            try await deaf.sight.waits(for: "hello") { $0.hello != nil }
            try await deaf.use { $0.close(reason: "busy") }
            let last = try await uplink.relay()
            let end = try await last.sight.waits(for: "the end") { $0.closure != nil }
            #expect(end.hello?.lost?.contains(1) == true)
            #expect(end.closure == "the connector is stopping")
            #expect(uplink.server.connections == (isStopping ? 3 : 4))
        }
    }

    @Test func stoppingSaysThatItHasTakenNothing() async throws {
        let relay = FakeRelay()
        try await UplinkUnderTest.run { uplink in
            _ = try await uplink.relay(relay)
            try await relay.sight.waits(for: "a state") { !$0.states.isEmpty }
            uplink.stop()
            let sight = try await relay.sight.waits(for: "goodbye") { $0.goodbye != nil }
            #expect(sight.goodbye?.lastStream == 0)
        }
    }

    @Test func stoppingWaitsNoLongerThanItMay() async throws {
        let relay = FakeRelay()
        try await UplinkUnderTest.run(drain: .milliseconds(20)) { uplink in
            _ = try await uplink.relay(relay)
            try await relay.call()
            try await uplink.tenant.sight.waits(for: "the call") { $0.openCalls == 1 }
            uplink.stop()
            let end = try await relay.sight.waits(for: "the end") { $0.closure == "the connector is stopping" }
            // Nobody is to wait for the call that it gives up.
            guard case .goodbye(_, _, let returns) = end.messages.last else {
                throw Observed<Int>.TooLate(description: "no goodbye")
            }
            #expect(!returns)
        }
    }

    /// The line breaks, and the way to the relay then takes connections and says nothing.
    @Test func stoppingWaitsNoLongerForADialThanItMay() async throws {
        try await UplinkUnderTest.run(drain: .seconds(3)) { uplink in
            let relay = try await uplink.relay()
            try await relay.sight.waits(for: "a state") { !$0.states.isEmpty }
            uplink.stop()
            try await relay.sight.waits(for: "goodbye") { $0.goodbye != nil }
            uplink.tenant.sight.update { $0.suspendedCalls = 1 }
            try await relay.use { $0.close(reason: "cut") }
            let silent = try await uplink.server.next()
            _ = try await silent.request()
            // A dial may take five minutes here.
            try await silent.closed()
        }
    }

    /// Before anything, while the relay is silent, between two tries, and before the welcome.
    @Test(arguments: ["dialling", "asked", "pausing", "unwelcome"])
    func stoppingAtAnyTime(moment: String) async throws {
        try await UplinkUnderTest.run(tunnels: 4) { uplink in
            if moment != "dialling" {
                let peer = try await uplink.server.next()
                _ = try await peer.request()
                switch moment {
                case "pausing":
                    peer.refuse("401 Unauthorized", "no")
                    try await peer.closed()
                case "unwelcome":
                    let relay = FakeRelay(welcomes: false)
                    try await peer.welcome(relay)
                    try await relay.sight.waits(for: "hello") { $0.hello != nil }
                default:
                    break
                }
            }
            uplink.stop()
        }
    }
}

/// An uplink at work, and the server that it dials.
struct UplinkUnderTest: Sendable {
    let server: StubServer
    let tenant: FakeTenant
    let service: UplinkService
    let stop: @Sendable () -> Void

    /// Runs an uplink while the body runs, and stops it then; returns when it has ended.
    static func run(
        tunnels: Int = 1,
        drain: TimeAmount = .seconds(60),
        _ body: @escaping @Sendable (UplinkUnderTest) async throws -> Void
    ) async throws {
        let server = try await StubServer.start()
        let tenant = FakeTenant()
        let service = UplinkService(
            dialer: try DialerUnderTest("http://127.0.0.1:\(server.port)").dialer,
            tunnels: tunnels,
            eventLoops: [MultiThreadedEventLoopGroup.singleton.next()],
            delegate: tenant,
            drain: drain,
            logger: .silent,
            now: { 1 }
        )
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                let stop: @Sendable () -> Void = { trigger.triggerGracefulShutdown() }
                try await body(UplinkUnderTest(server: server, tenant: tenant, service: service, stop: stop))
                stop()
                try await group.waitForAll()
            }
        }
        await server.stop()
    }

    /// Lets the next tunnel in.
    /// - Parameter asked: called when the connector has asked for it.
    func relay(_ relay: FakeRelay = FakeRelay(), asked: @Sendable () -> Void = {}) async throws -> FakeRelay {
        let peer = try await self.server.next()
        _ = try await peer.request()
        asked()
        try await peer.welcome(relay)
        return relay
    }
}
