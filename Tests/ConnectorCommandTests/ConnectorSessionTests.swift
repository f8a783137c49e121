import Logging
import NIOCore
import NIOPosix
import Testing
import Uplink
import Upstream

@testable import ConnectorCommand

@Suite("What runs for one loaded configuration")
struct ConnectorSessionTests {
    /// What a session is made of, as far as something else still holds it.
    private struct Remains {
        weak var connector: Connector?
        weak var forwarding: Forwarding?
        weak var uplink: UplinkService?
        let lane: NIOLoopBoundBox<Lane?>
    }

    private struct Lane {
        weak var lane: ForwardingLane?
    }

    /// Runs a session that has had a tunnel on this event loop, as far as calls are concerned, and lets it leave.
    private func remains(of eventLoop: any EventLoop) async throws -> Remains {
        // Nobody listens on port 1: who asks there is refused at once.
        let configuration = try load(["--relay", "https://127.0.0.1:1", "--upstream", "http://127.0.0.1:1"]).get()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let session = try await ConnectorSession(configuration, id: ConnectorSession.newID(), logger: logger)
        let connector = session.connector
        let remains = Remains(
            connector: connector,
            forwarding: session.forwarding,
            uplink: session.uplink,
            lane: NIOLoopBoundBox.makeEmptyBox(valueType: Lane.self, eventLoop: eventLoop)
        )
        let lane = remains.lane
        try await eventLoop.submit {
            lane.value = Lane(lane: connector.acceptor(on: eventLoop) as? ForwardingLane)
            #expect(lane.value?.lane != nil)
        }.get()
        let running = Task { try await session.run() }
        await session.leave()
        try await running.value
        return remains
    }

    @Test("nothing holds it when it is over")
    func isLetGo() async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let remains = try await self.remains(of: eventLoop)
        // What the event loop was asked to do before is done by then.
        let lane = remains.lane
        let isLaneHeld = try await eventLoop.submit { lane.value?.lane != nil }.get()
        #expect(!isLaneHeld)
        #expect(remains.connector == nil)
        #expect(remains.forwarding == nil)
        #expect(remains.uplink == nil)
    }
}
